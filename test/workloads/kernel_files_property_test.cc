// Random mixes of everything that files do, against a recount.

#include <vector>

#include "pagelab/alloc/lru.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/kernel_world_support.h"
#include "pagelab/workloads/kernel/page_cache.h"
#include "pagelab/workloads/kernel/page_frags.h"
#include "pagelab/workloads/kernel/pipes.h"
#include "pagelab/workloads/kernel/shmem.h"

namespace pagelab {
namespace {

class Mix {
 public:
  explicit Mix(uint64_t seed) : random_(seed) {
    kernel_.world().swap().Grow(PageCount(2000));
  }

  void Step() {
    const uint64_t pages = random_.UniformBetween(1, 40);
    switch (random_.Uniform(12)) {
      case 0:
        return NewFile();
      case 1:
        return Unlink();
      case 2:
      case 3:
        return Write(pages);
      case 4:
      case 5:
        return Read(pages);
      case 6:
        return Truncate();
      case 7:
        return Sync();
      case 8:
        return Reclaim(pages);
      case 9:
        return Migrate();
      case 10:
        return Network();
      case 11:
        return kernel_.RunFor(Nanoseconds(random_.Uniform(2'000'000'000)));
    }
  }

  // Everything goes; what is wrong then.
  std::string Finish() {
    while (!files_.empty()) Unlink();
    kernel_.RunFor(Nanoseconds(60'000'000'000));
    PageFrags& frags = kernel_.world().page_frags();
    while (frags.Consume(kernel_.process(), "rx")) {
    }
    while (frags.Consume(kernel_.process(), "peer")) {
    }
    kernel_.world().pipes().Close(kernel_.process(), pipe_);
    kernel_.world().Exit(kernel_.process());
    const KernelWorld::Counts& counts = kernel_.world().counts();
    // The driver's block stays, and pages that reclaim freed are not counted
    // as given back by their users.
    std::string wrong = kernel_.Check();
    if (kernel_.Node(NodeStat::kFilePages) > 0) wrong += "pages of files\n";
    if (kernel_.world().swap().used() > PageCount(0)) wrong += "swap\n";
    const uint64_t held = counts.pages_allocated - counts.pages_freed;
    if (held > 8) wrong += std::to_string(held) + " pages held\n";
    return wrong;
  }
  std::string Check() { return kernel_.Check(); }

 private:
  bool Pick() {
    if (files_.empty()) return false;
    at_ = random_.Uniform(files_.size());
    return true;
  }
  FilePosition& Picked() { return files_[at_]; }
  bool InTmpfs() { return Picked().open->fs == FileSystem::kTmpfs; }

  void NewFile() {
    FilePosition& file = files_.emplace_back();
    file.open = kernel_.world().files().Create(
        random_.Bernoulli(0.4) ? FileSystem::kTmpfs : FileSystem::kExt4);
    file.open->size = random_.Uniform(200) * kPageSize;
  }
  void Unlink() {
    if (!Pick()) return;
    TruncateTo(0);
    kernel_.world().files().Remove(*Picked().open);
    files_.erase(files_.begin() + static_cast<int64_t>(at_));
  }
  void Write(uint64_t pages) {
    if (!Pick()) return;
    Inode& inode = *Picked().open;
    const uint64_t begin = random_.Uniform(300);
    const uint64_t end = begin + pages;
    inode.size = std::max(inode.size, end * kPageSize);
    if (!InTmpfs()) {
      kernel_.world().page_cache().Write(kernel_.process(), inode, begin, end);
    } else if (random_.Bernoulli(0.3)) {
      kernel_.world().shmem().Fallocate(kernel_.process(), inode, begin, end);
    } else {
      kernel_.world().shmem().Write(kernel_.process(), inode, begin, end);
    }
  }
  void Read(uint64_t pages) {
    if (!Pick()) return;
    const uint64_t begin = random_.Uniform(Picked().open->nr_indexes() + 1);
    if (InTmpfs()) {
      kernel_.world().shmem().Read(kernel_.process(), *Picked().open, begin,
                                   begin + pages);
    } else {
      kernel_.world().page_cache().Read(kernel_.process(), Picked(), begin,
                                        begin + pages);
    }
  }
  void TruncateTo(uint64_t pages) {
    Inode& inode = *Picked().open;
    if (InTmpfs()) {
      kernel_.world().shmem().Truncate(kernel_.process(), inode, pages,
                                       UINT64_MAX);
    } else {
      kernel_.world().page_cache().Truncate(kernel_.process(), inode, pages);
    }
    inode.size = std::min(inode.size, pages * kPageSize);
  }
  void Truncate() {
    if (Pick()) TruncateTo(random_.Uniform(300));
  }
  void Sync() {
    if (!Pick() || InTmpfs()) return;
    kernel_.world().page_cache().Sync(kernel_.process(), *Picked().open);
    if (random_.Bernoulli(0.2)) {
      ExecutionContext context = kernel_.world().ContextOf(kernel_.process());
      kernel_.world().page_cache().DropClean(context);
    }
  }
  void Reclaim(uint64_t pages) {
    const auto list = static_cast<LruList>(random_.Uniform(4));
    PageList& folios =
        kernel_.state().nodes[0].lruvec.lists[static_cast<size_t>(Index(list))];
    for (uint64_t i = 0; i < pages && !folios.empty(); ++i) {
      kernel_.Reclaim(kernel_.machine().memory().PfnOf(&folios.back()));
    }
  }
  void Migrate() {
    if (!Pick()) return;
    const FileEntry entry = Picked().open->pages.Get(random_.Uniform(300));
    if (!entry.is_page()) return;
    kernel_.world().MigrateFolio(kernel_.process(), entry.pfn(),
                                 MigrateReason::kCompaction, NodeId());
  }
  void Network() {
    PageFrags& frags = kernel_.world().page_frags();
    const uint64_t bytes = random_.UniformBetween(1, 3000);
    frags.Receive(kernel_.process(), "rx", bytes);
    frags.Send(kernel_.process(), "peer", PageFrags::Kind::kTcp, bytes * 10);
    if (random_.Bernoulli(0.6)) frags.Consume(kernel_.process(), "rx");
    if (random_.Bernoulli(0.9)) frags.Consume(kernel_.process(), "peer");
    Pipes& pipes = kernel_.world().pipes();
    pipes.Write(kernel_.process(), pipe_, random_.Uniform(5));
    pipes.Read(kernel_.process(), pipe_, random_.Uniform(5));
  }

  TestKernel kernel_;
  Random random_;
  std::vector<FilePosition> files_;
  size_t at_ = 0;
  Pipe pipe_;
};

TEST_CASE("Files: random mixes agree with a recount, and leave nothing behind",
          "[workloads][files][property]") {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    Mix mix(seed);
    for (int step = 0; step < 20'000; ++step) {
      mix.Step();
      if (step % 400 != 0) continue;
      CAPTURE(step);
      const std::string wrong = mix.Check();
      REQUIRE(wrong.empty());
    }
    CHECK(mix.Finish() == "");
  }
}

}  // namespace
}  // namespace pagelab
