#include "pagelab/workloads/kernel/hugetlb_pool.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/sim/files/rendered_file.h"
#include "pagelab/workloads/kernel/driver_ways.h"
#include "pagelab/workloads/kernel/world.h"

namespace pagelab {
namespace {

constexpr std::string_view kPath = "/proc/sys/vm/nr_hugepages";
constexpr Order kHugeOrder(9);

// The sysctl: reads as a number, and grows or shrinks the pool when written.
class NrHugepagesFile final : public SimFile {
 public:
  NrHugepagesFile(HugetlbPool& pool, KernelWorld& world)
      : pool_(pool), world_(world), text_([&pool](RenderFor) {
          return std::to_string(pool.size()) + "\n";
        }) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    return text_.Read(buffer);
  }
  absl::StatusOr<size_t> Write(std::string_view data) override {
    std::string_view number = data;
    while (!number.empty() && (number.back() == '\n' || number.back() == ' ')) {
      number.remove_suffix(1);
    }
    const absl::StatusOr<uint64_t> pages = ParseUint64(number);
    if (!pages.ok()) {
      return InvalidInput(std::string(kPath) +
                          " takes a number of pages, not \"" +
                          std::string(number) + "\"");
    }
    // Whoever writes: the machine's own task stands for it.
    Process writer;
    writer.task = &world_.machine().boot_task();
    pool_.Resize(writer, *pages);
    return data.size();
  }
  absl::Status Seek(uint64_t position) override { return text_.Seek(position); }
  uint64_t position() const override { return text_.position(); }
  absl::Status Dump(OutputStream& out) override { return text_.Dump(out); }

 private:
  HugetlbPool& pool_;
  KernelWorld& world_;
  RenderedFile text_;
};

}  // namespace

HugetlbPool::HugetlbPool(KernelWorld& world)
    : world_(world),
      pages_(static_cast<size_t>(world.machine().state().nr_nodes)) {
  world_.machine().kernel_files().Add(kPath, [this] {
    return std::make_unique<NrHugepagesFile>(*this, world_);
  });
}

HugetlbPool::~HugetlbPool() { world_.machine().kernel_files().Remove(kPath); }

uint64_t HugetlbPool::size() const {
  uint64_t count = 0;
  for (const std::vector<Pfn>& of_node : pages_) count += of_node.size();
  return count;
}

void HugetlbPool::NoteCounts() {
  HugetlbCounts& counts = world_.machine().hugetlb();
  counts.total = size();
  counts.free = counts.total;
}

uint64_t HugetlbPool::Resize(Process& process, uint64_t pages) {
  while (size() < pages && Grow(process)) {
  }
  while (size() > pages && Shrink(process)) {
  }
  return size();
}

bool HugetlbPool::Grow(Process& process) {
  VmEvents& events = world_.machine().state().events;
  for (size_t tries = 0; tries < pages_.size(); ++tries) {
    const size_t node = next_to_grow_;
    next_to_grow_ = (next_to_grow_ + 1) % pages_.size();
    const auto blocks = world_.Enter(process, HugetlbPath(),
                                     {.gfp = HugetlbPath().gfp,
                                      .order = kHugeOrder,
                                      .node = NodeId(static_cast<int>(node))});
    if (blocks.empty()) {
      events.Count(VmEvent::kHtlbBuddyAllocFail);
      continue;
    }
    events.Count(VmEvent::kHtlbBuddyAllocSuccess);
    world_.Adopt(process, blocks[0], {.kind = FolioKind::kHugetlb});
    pages_[node].push_back(world_.machine().memory().PfnOf(blocks[0].page));
    NoteCounts();
    return true;
  }
  return false;
}

bool HugetlbPool::Shrink(Process& process) {
  for (size_t tries = 0; tries < pages_.size(); ++tries) {
    std::vector<Pfn>& of_node = pages_[next_to_shrink_];
    next_to_shrink_ = (next_to_shrink_ + 1) % pages_.size();
    if (of_node.empty()) continue;
    ExecutionContext context = world_.ContextOf(process);
    world_.Release(context, of_node.back());
    of_node.pop_back();
    NoteCounts();
    return true;
  }
  return false;
}

}  // namespace pagelab
