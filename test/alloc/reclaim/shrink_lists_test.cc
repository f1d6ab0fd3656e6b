#include "pagelab/alloc/reclaim/shrink_lists.h"

#include "pagelab/alloc/lru.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/reclaim_world.h"

namespace pagelab {
namespace {

constexpr LruList kInactiveFile = LruList::kInactiveFile;
constexpr LruList kActiveFile = LruList::kActiveFile;

struct Scan {
  PageCount Inactive(LruList list, uint64_t pages) {
    return ListShrinker(*world.machine.allocator, world.machine.context,
                        world.node(), control)
        .ShrinkInactive(list, PageCount(pages));
  }
  void Active(LruList list, uint64_t pages) {
    ListShrinker(*world.machine.allocator, world.machine.context, world.node(),
                 control)
        .ShrinkActive(list, PageCount(pages));
  }
  PageFlags FlagsOf(uint64_t pfn) { return world.machine.page(pfn)->flags; }

  ReclaimWorld world;
  ScanControl control;
};

TEST_CASE("ShrinkLists: the oldest go first, 31 in a batch",
          "[alloc][reclaim]") {
  Scan scan;
  const Pfns pages = scan.world.UseFile(40);
  scan.world.machine.SetTuning(63, 252, 1000);
  scan.world.machine.Record();
  CHECK(scan.Inactive(kInactiveFile, 32) == PageCount(32));
  std::vector<std::string> frees;
  for (const std::string& line : scan.world.machine.trace.Take()) {
    frees.push_back(line.substr(0, line.find(' ')));
  }
  std::vector<std::string> expected(31, "free");
  expected.insert(expected.end(), 31, "batched");
  expected.insert(expected.end(), {"free", "batched"});
  CHECK(frees == expected);
  CHECK(scan.world.users.evicted == Pfns(pages.begin(), pages.begin() + 32));
  CHECK(scan.world.Listed(kInactiveFile) ==
        Pfns(pages.rbegin(), pages.rbegin() + 8));
  CHECK(scan.world.Count(VmEvent::kPgscanDirect) == 32);
  CHECK(scan.world.Count(VmEvent::kPgscanFile) == 32);
  CHECK(scan.world.Count(VmEvent::kPgstealDirect) == 32);
  CHECK(scan.world.Count(VmEvent::kPgstealFile) == 32);
  CHECK(scan.world.Count(VmEvent::kPgscanKswapd) == 0);
  CHECK(scan.world.Stat(NodeStat::kIsolatedFile) == 0);
  CHECK(scan.control.nr_scanned == 32);
  // 32 pages looked at, at 200 ns.
  CHECK(scan.world.users.spent == 6400);
  CHECK(scan.world.Verified() == "");
}

TEST_CASE("ShrinkLists: kswapd counts for itself", "[alloc][reclaim]") {
  Scan scan;
  scan.control.scanner = Scanner::kKswapd;
  scan.world.UseAnon(3);
  CHECK(scan.Inactive(LruList::kInactiveAnon, 32) == PageCount(3));
  CHECK(scan.world.Count(VmEvent::kPgscanKswapd) == 3);
  CHECK(scan.world.Count(VmEvent::kPgstealKswapd) == 3);
  CHECK(scan.world.Count(VmEvent::kPgscanAnon) == 3);
  CHECK(scan.world.Count(VmEvent::kPgstealAnon) == 3);
  CHECK(scan.world.Count(VmEvent::kPgstealDirect) == 0);
}

TEST_CASE(
    "ShrinkLists: a page used once gets another round, one used twice "
    "is active",
    "[alloc][reclaim]") {
  Scan scan;
  const Pfns pages = scan.world.UseFile(4);
  scan.world.users.references = {{pages[0], 1}, {pages[1], 2}};
  CHECK(scan.Inactive(kInactiveFile, 3) == PageCount(1));
  CHECK(scan.world.users.evicted == Pfns{pages[2]});
  CHECK(scan.FlagsOf(pages[0]) == page_flag::kLru.With(page_flag::kReferenced));
  CHECK(scan.world.Listed(kInactiveFile) == Pfns{pages[0], pages[3]});
  CHECK(scan.world.Listed(kActiveFile) == Pfns{pages[1]});
  CHECK(scan.world.Count(VmEvent::kPgactivate) == 1);
  SECTION("used again in that round, it is active") {
    scan.world.users.references = {{pages[0], 1}};
    scan.Inactive(kInactiveFile, 32);
    CHECK(scan.world.Listed(kActiveFile) == Pfns{pages[0], pages[1]});
  }
  SECTION("not used in that round, it goes") {
    CHECK(scan.Inactive(kInactiveFile, 32) == PageCount(2));
    CHECK(scan.world.Listed(kInactiveFile).empty());
  }
  CHECK(scan.world.Verified() == "");
}

TEST_CASE("ShrinkLists: what cannot go comes back to the head",
          "[alloc][reclaim]") {
  Scan scan;
  const Pfns pages = scan.world.UseFile(4);
  scan.world.users.evictions = {{pages[0], Eviction::kBusy},
                                {pages[1], Eviction::kActivate}};
  scan.world.machine.page(pages[2])->flags =
      scan.FlagsOf(pages[2]).With(page_flag::kLocked);
  CHECK(scan.Inactive(kInactiveFile, 3) == PageCount(0));
  CHECK(scan.world.Listed(kInactiveFile) == Pfns{pages[2], pages[0], pages[3]});
  CHECK(scan.world.Listed(kActiveFile) == Pfns{pages[1]});
  // Three looks in vain.
  CHECK(scan.world.node().lruvec.cost == std::array<int64_t, 2>{0, 1});
  CHECK(scan.world.Verified() == "");
}

TEST_CASE("ShrinkLists: anonymous memory is written from the inactive list",
          "[alloc][reclaim]") {
  Scan scan;
  scan.world.users.write_nanoseconds = 50'000;
  const PageFlags anon = page_flag::kSwapbacked.With(page_flag::kDirty);
  const Pfns pages = scan.world.Use(2, anon);
  CHECK(scan.Inactive(LruList::kInactiveAnon, 2) == PageCount(0));
  CHECK(scan.world.Listed(LruList::kInactiveAnon) == Pfns{pages[1], pages[0]});
  const PageFlags writing = page_flag::kSwapbacked.With(page_flag::kLru)
                                .With(page_flag::kWriteback)
                                .With(page_flag::kReclaim);
  CHECK(scan.FlagsOf(pages[0]) == writing);
  CHECK(scan.world.Stat(NodeStat::kVmscanWrite) == 2);
  CHECK(scan.control.nr_writeback == 2);
  SECTION("met again it steps aside") {
    CHECK(scan.Inactive(LruList::kInactiveAnon, 2) == PageCount(0));
    CHECK(scan.control.nr_immediate == 2);
    CHECK(scan.world.Listed(LruList::kActiveAnon) == Pfns{pages[1], pages[0]});
  }
  scan.world.users.Spend(scan.world.machine.context, Nanoseconds(50'000));
  CHECK(scan.world.Count(VmEvent::kPgrotated) == 2);
  CHECK(scan.Inactive(LruList::kInactiveAnon, 2) == PageCount(2));
  CHECK(scan.world.Verified() == "");
}

TEST_CASE("ShrinkLists: dirty files are written and step aside",
          "[alloc][reclaim]") {
  Scan scan;
  const Pfns pages = scan.world.Use(1, page_flag::kDirty);
  SECTION("unless writing is not allowed") {
    scan.control.may_writepage = false;
  }
  SECTION("or the request must not start I/O") { scan.control.may_io = false; }
  if (scan.control.may_writepage && scan.control.may_io) {
    FAIL("no section");
  }
  CHECK(scan.Inactive(kInactiveFile, 1) == PageCount(0));
  CHECK(scan.world.users.evicted.empty());
  CHECK(scan.world.Listed(kInactiveFile) == pages);
  scan.control.may_writepage = true;
  scan.control.may_io = true;
  CHECK(scan.Inactive(kInactiveFile, 1) == PageCount(0));
  CHECK(scan.world.Listed(kActiveFile) == pages);
  CHECK(scan.FlagsOf(pages[0]) == page_flag::kLru.With(page_flag::kActive)
                                      .With(page_flag::kWriteback)
                                      .With(page_flag::kReclaim));
  CHECK(scan.world.Stat(NodeStat::kVmscanImmediateReclaim) == 1);
}

TEST_CASE("ShrinkLists: without I/O no anonymous memory goes",
          "[alloc][reclaim]") {
  Scan scan;
  scan.control.may_io = false;
  scan.world.UseAnon(2);
  scan.world.UseFile(2);
  CHECK(scan.Inactive(LruList::kInactiveAnon, 2) == PageCount(0));
  CHECK(scan.Inactive(kInactiveFile, 2) == PageCount(2));
}

TEST_CASE("ShrinkLists: a locked page is put on the unevictable list",
          "[alloc][reclaim]") {
  Scan scan;
  const Pfns pages = scan.world.Use(1, page_flag::kMlocked);
  CHECK(scan.Inactive(kInactiveFile, 32) == PageCount(0));
  CHECK(scan.world.Listed(LruList::kUnevictable) == pages);
  CHECK(scan.world.Count(VmEvent::kUnevictablePgsCulled) == 1);
  CHECK(scan.world.Verified() == "");
}

TEST_CASE(
    "ShrinkLists: pages of zones that are too high keep their order at "
    "the head",
    "[alloc][reclaim]") {
  ReclaimWorld world({.memory = TinyMachineOptions::Memory::kBlocks,
                      .nodes = {{.memory = {{Pfn(0x800), Pfn(0x1800)}}}},
                      .geometry = {.section_order = 11, .pageblock_order = 5}});
  const auto use = [&world](Gfp gfp) {
    const uint64_t pfn = world.machine.Alloc(gfp);
    Page& page = *world.machine.page(pfn);
    AddToLru(*world.machine.state, page, PageCount(1));
    return pfn;
  };
  const uint64_t high1 = use(gfp::kHighuserMovable);
  const uint64_t low1 = use(gfp::kKernel.With(gfp::kDma));
  const uint64_t high2 = use(gfp::kHighuserMovable);
  const uint64_t low2 = use(gfp::kKernel.With(gfp::kDma));
  const uint64_t high3 = use(gfp::kHighuserMovable);
  REQUIRE(low1 < 0x1000);
  REQUIRE(high1 >= 0x1000);
  ScanControl control;
  control.reclaim_idx = Index(ZoneType::kDma);
  CHECK(ListShrinker(*world.machine.allocator, world.machine.context,
                     world.node(), control)
            .ShrinkInactive(kInactiveFile, PageCount(2)) == PageCount(2));
  CHECK(world.users.evicted == Pfns{low1, low2});
  CHECK(world.Listed(kInactiveFile) == Pfns{high2, high1, high3});
  // Those passed over count as scanned.
  CHECK(world.Count(VmEvent::kPgscanDirect) == 4);
  CHECK(world.Verified() == "");
}

TEST_CASE("ShrinkLists: active pages become inactive, used or not",
          "[alloc][reclaim]") {
  Scan scan;
  const Pfns inactive = scan.world.UseFile(1);
  const Pfns pages = scan.world.Use(3, page_flag::kActive);
  scan.world.users.references = {{pages[0], 1}};
  scan.Active(kActiveFile, 2);
  CHECK(scan.world.Listed(kActiveFile) == Pfns{pages[2]});
  CHECK(scan.world.Listed(kInactiveFile) ==
        Pfns{pages[1], pages[0], inactive[0]});
  CHECK(scan.FlagsOf(pages[0]) == page_flag::kLru.With(page_flag::kWorkingset));
  // The use was taken note of.
  CHECK(scan.world.users.references.empty());
  CHECK(scan.world.Count(VmEvent::kPgrefill) == 2);
  CHECK(scan.world.Count(VmEvent::kPgdeactivate) == 2);
  CHECK(scan.world.Verified() == "");
}

TEST_CASE("ShrinkLists: large folios count by their pages",
          "[alloc][reclaim]") {
  Scan scan;
  const uint64_t pfn =
      scan.world.machine.Alloc(gfp::kHighuserMovable.With(gfp::kComp), 4);
  AddToLru(*scan.world.machine.state, *scan.world.machine.page(pfn),
           PageCount(16));
  scan.world.UseFile(20);
  CHECK(scan.Inactive(kInactiveFile, 17) == PageCount(17));
  CHECK(scan.world.users.evicted.size() == 2);
  CHECK(scan.world.Stat(NodeStat::kInactiveFile) == 19);
  CHECK(scan.world.Verified() == "");
}

}  // namespace
}  // namespace pagelab
