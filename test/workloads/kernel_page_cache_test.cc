#include "pagelab/alloc/lru.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/kernel_world_support.h"
#include "pagelab/workloads/kernel/page_cache.h"

namespace pagelab {
namespace {

constexpr Nanoseconds kSecond{1'000'000'000};

// A file on disk and a reader of it.
struct OpenFile {
  OpenFile(TestKernel& kernel, uint64_t pages) {
    position.open = kernel.world().files().Create(FileSystem::kExt4);
    position.open->size = pages * kPageSize;
  }
  Inode& inode() { return *position.open; }
  Pfn PfnAt(uint64_t index) { return inode().pages.Get(index).pfn(); }
  uint64_t cached() { return inode().pages.nr_pages(); }

  FilePosition position;
};

// Reads pages [begin, end), one system call for each.
void ReadPages(TestKernel& kernel, OpenFile& file, uint64_t begin,
               uint64_t end) {
  for (uint64_t i = begin; i < end; ++i) {
    REQUIRE(kernel.world().page_cache().Read(kernel.process(), file.position, i,
                                             i + 1) == FileResult::kDone);
  }
}

void WritePages(TestKernel& kernel, OpenFile& file, uint64_t begin,
                uint64_t end) {
  REQUIRE(kernel.world().page_cache().Write(kernel.process(), file.inode(),
                                            begin, end) == FileResult::kDone);
}

// Until the process is awake.
void Wait(TestKernel& kernel) {
  kernel.RunUntil(kernel.process().sleeps_until);
}

TEST_CASE("PageCache: a file read in order comes in growing windows",
          "[workloads][page_cache]") {
  TestKernel kernel;
  OpenFile file(kernel, 100);
  // The page that is read, and how many are there then: 4 pages with the
  // marker at 1, 8 more, 16, and twice 32, as far as the file goes.
  struct Step {
    uint64_t index;
    uint64_t cached;
  };
  uint64_t next = 0;
  for (const Step& step : {Step{0, 4}, Step{1, 12}, Step{3, 12}, Step{4, 28},
                           Step{11, 28}, Step{12, 60}, Step{27, 60},
                           Step{28, 92}, Step{59, 92}, Step{60, 100}}) {
    CAPTURE(step.index);
    ReadPages(kernel, file, next, step.index + 1);
    next = step.index + 1;
    CHECK(file.cached() == step.cached);
  }
  ReadPages(kernel, file, next, 100);
  CHECK(file.cached() == 100);
  CHECK(kernel.Event(VmEvent::kPgpgin) == 400);
  CHECK(kernel.Check().empty());
}

TEST_CASE("PageCache: a reader waits for the disk, the pages are locked",
          "[workloads][page_cache]") {
  TestKernel kernel;
  OpenFile file(kernel, 100);
  const Nanoseconds begin = kernel.world().now();
  ReadPages(kernel, file, 0, 1);
  CHECK(kernel.PageAt(file.PfnAt(0)).flags.Has(page_flag::kLocked));
  CHECK(kernel.Reclaim(file.PfnAt(0)) == Eviction::kBusy);
  CHECK_FALSE(kernel.world().MigrateFolio(
      kernel.process(), file.PfnAt(0), MigrateReason::kCompaction, NodeId()));
  // 80 us for the first page, 10 us for each of the other three.
  CHECK(kernel.process().sleeps_until.value() - kernel.world().now().value() ==
        110'000);
  CHECK(begin <= kernel.world().now());
  Wait(kernel);
  const Page& page = kernel.PageAt(file.PfnAt(0));
  CHECK_FALSE(page.flags.Has(page_flag::kLocked));
  CHECK(page.flags.Has(page_flag::kUptodate.With(page_flag::kReferenced)));
  CHECK(kernel.Check().empty());
}

TEST_CASE("PageCache: a page here and there is read as it is",
          "[workloads][page_cache]") {
  TestKernel kernel;
  OpenFile file(kernel, 1000);
  ReadPages(kernel, file, 500, 501);
  ReadPages(kernel, file, 100, 101);
  ReadPages(kernel, file, 900, 901);
  CHECK(file.cached() == 3);
}

TEST_CASE("PageCache: the second read makes a page active",
          "[workloads][page_cache]") {
  TestKernel kernel;
  OpenFile file(kernel, 50);
  ReadPages(kernel, file, 0, 50);
  CHECK(kernel.Node(NodeStat::kInactiveFile) == 50);
  CHECK(kernel.Event(VmEvent::kPgactivate) == 0);
  ReadPages(kernel, file, 0, 50);
  CHECK(kernel.Node(NodeStat::kActiveFile) == 50);
  CHECK(kernel.Event(VmEvent::kPgactivate) == 50);
  ReadPages(kernel, file, 0, 50);
  CHECK(kernel.Event(VmEvent::kPgactivate) == 50);
  CHECK(kernel.Check().empty());
}

TEST_CASE("PageCache: what is dirty for thirty seconds is written",
          "[workloads][page_cache]") {
  TestKernel kernel;
  OpenFile file(kernel, 0);
  WritePages(kernel, file, 0, 10);
  CHECK(kernel.Node(NodeStat::kDirty) == 10);
  CHECK(kernel.Node(NodeStat::kDirtied) == 10);
  // Written once more, still dirty once.
  WritePages(kernel, file, 0, 10);
  CHECK(kernel.Node(NodeStat::kDirtied) == 10);
  CHECK(kernel.Check().empty());
  kernel.RunFor(Nanoseconds(29 * kSecond.value()));
  CHECK(kernel.Node(NodeStat::kDirty) == 10);
  kernel.RunFor(Nanoseconds(6 * kSecond.value()));
  CHECK(kernel.Node(NodeStat::kDirty) == 0);
  CHECK(kernel.Node(NodeStat::kWriteback) == 0);
  CHECK(kernel.Node(NodeStat::kWritten) == 10);
  CHECK(kernel.Event(VmEvent::kPgpgout) == 40);
  CHECK(file.cached() == 10);
  CHECK(kernel.PageAt(file.PfnAt(0)).flags ==
        page_flag::kUptodate.With(page_flag::kLru).With(page_flag::kPrivate));
  CHECK(kernel.Check().empty());
}

TEST_CASE(
    "PageCache: much that is dirty is written at once, and holds up "
    "the writer",
    "[workloads][page_cache]") {
  TestKernel kernel;
  OpenFile file(kernel, 0);
  const DirtyLimits limits = DirtyLimitsOf(kernel.state());
  // 20 and 10 percent of nearly all 16,384 pages.
  CHECK(limits.limit > 2500);
  CHECK(limits.limit < 3277);
  // 819 and 409 of 4096.
  CHECK(limits.background == limits.limit * 409 / 819);
  WritePages(kernel, file, 0, limits.background - 10);
  kernel.RunFor(kSecond);
  CHECK(kernel.Node(NodeStat::kDirty) == limits.background - 10);
  WritePages(kernel, file, limits.background - 10, limits.background + 20);
  CHECK(kernel.world().daemons().NextDue(kernel.world().now()) ==
        kernel.world().now());
  CHECK(kernel.process().sleeps_until <= kernel.world().now());
  WritePages(kernel, file, limits.background + 20, limits.limit + 500);
  CHECK(kernel.process().sleeps_until > kernel.world().now());
  CHECK(kernel.Check().empty());
  kernel.RunFor(kSecond);
  CHECK(kernel.Node(NodeStat::kDirty) <=
        DirtyLimitsOf(kernel.state()).background);
  CHECK(kernel.Node(NodeStat::kDirty) > 0);
  CHECK(kernel.Check().empty());
}

TEST_CASE("PageCache: fsync waits for what it writes",
          "[workloads][page_cache]") {
  TestKernel kernel;
  OpenFile file(kernel, 0);
  WritePages(kernel, file, 0, 300);
  const Nanoseconds begin = kernel.world().now();
  kernel.world().page_cache().Sync(kernel.process(), file.inode());
  CHECK(kernel.Node(NodeStat::kWriteback) == 300);
  // 10 us a page.
  CHECK(kernel.process().sleeps_until == begin + Nanoseconds(3'000'000));
  CHECK(kernel.Check().empty());
  Wait(kernel);
  CHECK(kernel.Node(NodeStat::kWriteback) == 0);
  CHECK(kernel.Node(NodeStat::kWritten) == 300);
}

TEST_CASE("PageCache: reclaim writes what is dirty, and gets it next time",
          "[workloads][page_cache]") {
  TestKernel kernel;
  OpenFile file(kernel, 0);
  WritePages(kernel, file, 0, 5);
  const Pfn pfn = file.PfnAt(2);
  CHECK(kernel.Reclaim(pfn) == Eviction::kWriteback);
  CHECK(kernel.PageAt(pfn).flags.Has(
      page_flag::kWriteback.With(page_flag::kReclaim)));
  CHECK(kernel.Reclaim(pfn) == Eviction::kBusy);
  CHECK(kernel.Check().empty());
  kernel.RunFor(Nanoseconds(20'000));
  // The oldest of its list now.
  PageList& inactive = kernel.state().nodes[0].lruvec.lists[static_cast<size_t>(
      Index(LruList::kInactiveFile))];
  CHECK(&inactive.back() == &kernel.PageAt(pfn));
  CHECK(kernel.Event(VmEvent::kPgrotated) == 1);
  CHECK(kernel.Reclaim(pfn) == Eviction::kFreed);
  CHECK(file.cached() == 4);
  CHECK(file.inode().pages.Get(2).is_shadow());
  CHECK(kernel.Check().empty());
}

TEST_CASE(
    "PageCache: a page that would have stayed on a longer list comes "
    "back active",
    "[workloads][page_cache]") {
  TestKernel kernel;
  OpenFile file(kernel, 10);
  ReadPages(kernel, file, 0, 10);
  Wait(kernel);
  // Two more leave after page 5: its distance is 3.
  for (const uint64_t index : {5, 6, 7}) {
    REQUIRE(kernel.Reclaim(file.PfnAt(index)) == Eviction::kFreed);
  }
  SECTION("no active pages: it is only one more page") {
    ReadPages(kernel, file, 5, 6);
    CHECK(kernel.Node(NodeStat::kWorkingsetRefaultFile) > 0);
    CHECK(kernel.Node(NodeStat::kWorkingsetActivateFile) == 0);
    CHECK(kernel.Node(NodeStat::kActiveFile) == 0);
  }
  SECTION("as many active pages: it was part of the working set") {
    // Each that becomes active moves the clock on by one more.
    ReadPages(kernel, file, 0, 5);
    ReadPages(kernel, file, 8, 10);
    CHECK(kernel.Node(NodeStat::kActiveFile) == 7);
    // Distance 3 + 7.
    ReadPages(kernel, file, 5, 6);
    CHECK(kernel.Node(NodeStat::kWorkingsetActivateFile) == 0);
    // Of page 0, evicted just now: 1.
    REQUIRE(kernel.Reclaim(file.PfnAt(0)) == Eviction::kFreed);
    ReadPages(kernel, file, 0, 1);
    CHECK(kernel.Node(NodeStat::kWorkingsetActivateFile) == 1);
    CHECK(kernel.PageAt(file.PfnAt(0)).flags.Has(page_flag::kActive));
  }
  Wait(kernel);
  CHECK(kernel.Check().empty());
}

TEST_CASE("PageCache: a page that moves stays where it is in the file",
          "[workloads][page_cache]") {
  TestKernel kernel;
  OpenFile file(kernel, 0);
  WritePages(kernel, file, 0, 3);
  const Pfn old = file.PfnAt(1);
  REQUIRE(kernel.world().MigrateFolio(kernel.process(), old,
                                      MigrateReason::kCompaction, NodeId()));
  const Pfn moved = file.PfnAt(1);
  CHECK(moved != old);
  CHECK(kernel.world().frames().Get(moved).index == 1);
  CHECK(kernel.PageAt(moved).flags.Has(page_flag::kDirty));
  CHECK(file.cached() == 3);
  CHECK(kernel.Check().empty());
  kernel.world().page_cache().Sync(kernel.process(), file.inode());
  Wait(kernel);
  CHECK(kernel.Node(NodeStat::kWritten) == 3);
  CHECK(kernel.Check().empty());
}

TEST_CASE("PageCache: truncation frees what is dirty, written or read",
          "[workloads][page_cache]") {
  TestKernel kernel;
  OpenFile file(kernel, 0);
  WritePages(kernel, file, 0, 40);
  kernel.world().page_cache().Sync(kernel.process(), file.inode());
  WritePages(kernel, file, 0, 20);
  file.inode().size = 100 * kPageSize;
  ReadPages(kernel, file, 60, 61);
  kernel.world().page_cache().Truncate(kernel.process(), file.inode(), 10);
  CHECK(file.cached() == 10);
  CHECK(kernel.Node(NodeStat::kDirty) == 10);
  CHECK(kernel.Node(NodeStat::kWriteback) == 10);
  CHECK(kernel.Check().empty());
  kernel.world().page_cache().Truncate(kernel.process(), file.inode(), 0);
  CHECK(kernel.Node(NodeStat::kFilePages) == 0);
  Wait(kernel);
  kernel.world().files().Remove(file.inode());
  CHECK(kernel.Check().empty());
}

TEST_CASE("PageCache: drop_caches takes what is clean and idle",
          "[workloads][page_cache]") {
  TestKernel kernel;
  OpenFile clean(kernel, 32);
  OpenFile dirty(kernel, 0);
  ReadPages(kernel, clean, 0, 32);
  Wait(kernel);
  WritePages(kernel, dirty, 0, 7);
  ExecutionContext context = kernel.world().ContextOf(kernel.process());
  CHECK(kernel.world().page_cache().DropClean(context) == PageCount(32));
  CHECK(clean.cached() == 0);
  CHECK(dirty.cached() == 7);
  CHECK(kernel.Event(VmEvent::kDropPagecache) == 1);
  CHECK(kernel.Check().empty());
}

TEST_CASE("PageCache: more than fits into memory goes through it",
          "[workloads][page_cache]") {
  TestKernel kernel;
  OpenFile file(kernel, 0);
  SECTION("with a flusher that has its turn") {
    for (uint64_t i = 0; i < 300; ++i) {
      WritePages(kernel, file, i * 100, (i + 1) * 100);
      Wait(kernel);
    }
  }
  SECTION("in one system call: reclaim has to write") {
    WritePages(kernel, file, 0, 30'000);
    CHECK(kernel.Node(NodeStat::kVmscanImmediateReclaim) > 0);
  }
  CHECK(kernel.Node(NodeStat::kDirtied) == 30'000);
  // 64 MiB are 16,384 pages.
  CHECK(file.cached() < 16'384);
  CHECK(file.cached() > 10'000);
  CHECK(kernel.Event(VmEvent::kPgstealFile) == 30'000 - file.cached());
  CHECK(kernel.Node(NodeStat::kWritten) >= 30'000 - file.cached());
  CHECK(kernel.Check().empty());
}

}  // namespace
}  // namespace pagelab
