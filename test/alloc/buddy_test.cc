// Worked examples E1 to E6 and E16 of page-allocator.md 23, and the
// primitives of 7 to 9.

#include "pagelab/alloc/buddy.h"

#include "pagelab/alloc/fallback.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;
constexpr Migratetype kC = Migratetype::kCma;
constexpr Migratetype kI = Migratetype::kIsolate;

void FreeDirect(TinyMachine& machine, uint64_t pfn, int order,
                FpiFlags fpi = FpiFlags::kNone) {
  machine.allocator->FreeDirect(machine.context, machine.zone(), Pfn(pfn),
                                Order(order), fpi);
}

TEST_CASE("Buddy: E1, a block splits into its upper halves", "[alloc][buddy]") {
  TinyMachine machine;
  machine.PutFreeTyped(3, kU, {0x1000});
  machine.Record();
  const Page* page = TakeSmallest(*machine.state, machine.context,
                                  machine.zone(), Order(0), kU);
  CHECK(machine.PfnOf(page) == 0x1000);
  CHECK(machine.Free(3, kU).empty());
  CHECK(machine.Free(2, kU) == Pfns{0x1004});
  CHECK(machine.Free(1, kU) == Pfns{0x1002});
  CHECK(machine.Free(0, kU) == Pfns{0x1001});
  CHECK(machine.nr_free_pages() == 7);
  CHECK(machine.trace.Take() ==
        std::vector<std::string>{"locked 1000 order 0 mt 0 refill 1"});
}

TEST_CASE("Buddy: E2, a merged block goes to the tail when it may merge again",
          "[alloc][buddy]") {
  TinyMachine machine;
  machine.PutFreeTyped(0, kU, {0x1001});
  machine.PutFree(1, kU, {0x1002});
  machine.PutFree(2, kU, {0x1004});
  machine.PutFreeTyped(3, kU, {0x1200});
  machine.PutFree(4, kU, {0x1010});
  machine.PutAllocated(0x1000, 0);
  FreeDirect(machine, 0x1000, 0);
  CHECK(machine.Free(3, kU) == Pfns{0x1200, 0x1000});
  CHECK(machine.Free(4, kU) == Pfns{0x1010});
  for (int order = 0; order < 3; ++order) {
    CHECK(machine.Free(order, kU).empty());
  }
  CHECK(Verify(*machine.state) == std::vector<std::string>());
}

TEST_CASE("Buddy: E3, a merged block goes to the head otherwise",
          "[alloc][buddy]") {
  TinyMachine machine;
  machine.PutFreeTyped(0, kU, {0x1001});
  machine.PutFree(1, kU, {0x1002});
  machine.PutFree(2, kU, {0x1004});
  machine.PutFreeTyped(3, kU, {0x1220});
  machine.PutAllocated(0x1000, 0);
  FreeDirect(machine, 0x1000, 0);
  CHECK(machine.Free(3, kU) == Pfns{0x1000, 0x1220});
}

TEST_CASE("Buddy: E4, an unmerged block looks at its parent's buddy",
          "[alloc][buddy]") {
  TinyMachine machine;
  machine.PutFree(0, kM, {0x5000});
  machine.PutPages(0x2000, 2);
  SECTION("free: to the tail") {
    machine.PutFree(1, kM, {0x2002});
    FreeDirect(machine, 0x2000, 0);
    CHECK(machine.Free(0, kM) == Pfns{0x5000, 0x2000});
  }
  SECTION("in use: to the head") {
    FreeDirect(machine, 0x2000, 0);
    CHECK(machine.Free(0, kM) == Pfns{0x2000, 0x5000});
  }
  SECTION("forced to the tail") {
    FreeDirect(machine, 0x2000, 0, FpiFlags::kToTail);
    CHECK(machine.Free(0, kM) == Pfns{0x5000, 0x2000});
  }
}

TEST_CASE("Buddy: E5, order 10 is freed as two halves, the second's type wins",
          "[alloc][buddy]") {
  TinyMachine machine;
  machine.SetType(0x4000, kU);
  machine.PutAllocated(0x4000, 10);
  FreeDirect(machine, 0x4000, 10);
  CHECK(machine.Free(10, kM) == Pfns{0x4000});
  CHECK(machine.Free(9, kU).empty());
  CHECK(machine.state->PageblockType(Pfn(0x4000)) == kM);
  CHECK(machine.state->PageblockType(Pfn(0x4200)) == kM);
  CHECK(machine.state->events.pgfree == 1024);
  CHECK(Verify(*machine.state).empty());
}

TEST_CASE("Buddy: the halves of order 10 stay apart when types cannot merge",
          "[alloc][buddy]") {
  TinyMachine machine;
  machine.SetType(0x4000, kC);
  machine.PutAllocated(0x4000, 10);
  FreeDirect(machine, 0x4000, 10);
  CHECK(machine.Free(9, kC) == Pfns{0x4000});
  CHECK(machine.Free(9, kM) == Pfns{0x4200});
  CHECK(machine.zone().StatPages(ZoneStat::kFreeCma) == 512);
  CHECK(machine.nr_free_pages() == 1024);
}

TEST_CASE("Buddy: E6, CMA is a border to merging", "[alloc][buddy]") {
  TinyMachine machine;
  machine.PutFreeTyped(9, kC, {0x4000});
  machine.PutAllocated(0x4200, 9);
  FreeDirect(machine, 0x4200, 9);
  CHECK(machine.Free(9, kC) == Pfns{0x4000});
  CHECK(machine.Free(9, kM) == Pfns{0x4200});
}

TEST_CASE("Buddy: E16, the tail of exact pages is freed at once, to the tail",
          "[alloc][buddy]") {
  TinyMachine machine;
  machine.PutFreeTyped(3, kU, {0x8000});
  machine.PutFreeTyped(0, kU, {0x8800});
  machine.Record();
  const Page* page = machine.allocator->AllocPagesExact(
      machine.context, {.gfp = gfp::kKernel}, PageCount(5));
  CHECK(machine.PfnOf(page) == 0x8000);
  CHECK(machine.Free(0, kU) == Pfns{0x8800, 0x8005});
  CHECK(machine.Free(1, kU) == Pfns{0x8006});
  CHECK(machine.trace.Take() ==
        std::vector<std::string>{"locked 8000 order 3 mt 0 refill 1",
                                 "alloc 8000 order 3 mt 0 gfp cc0",
                                 "free 8005 order 0", "free 8006 order 0",
                                 "free 8007 order 0"});
  CHECK(Verify(*machine.state).empty());
  machine.allocator->FreePagesExact(machine.context, machine.page(0x8000),
                                    PageCount(5));
  CHECK(machine.trace.Take().front() == "free 8000 order 0");
}

TEST_CASE("Buddy: exact pages of no or too many pages are refused",
          "[alloc][buddy]") {
  TinyMachine machine;
  machine.PutFree(10, kM, {0x4000});
  const AllocRequest request{.gfp = gfp::kKernel};
  CHECK(machine.allocator->AllocPagesExact(machine.context, request,
                                           PageCount(0)) == nullptr);
  CHECK(machine.allocator->AllocPagesExact(machine.context, request,
                                           PageCount(1025)) == nullptr);
  CHECK(machine.allocator->AllocPagesExact(machine.context, request,
                                           PageCount(1024)) != nullptr);
}

TEST_CASE("FreeArea: blocks move to the tail of another type and are counted",
          "[alloc][free_area]") {
  TinyMachine machine;
  machine.PutFree(2, kM, {0x2000, 0x2008});
  machine.PutFreeTyped(2, Migratetype::kHighAtomic, {0x4000});
  Zone& zone = machine.zone();
  MoveToFreeList(zone, CpuId(0), *machine.page(0x2000), kM,
                 Migratetype::kHighAtomic);
  CHECK(machine.Free(2, Migratetype::kHighAtomic) == Pfns{0x4000, 0x2000});
  CHECK(zone.nr_free_highatomic == 8);
  CHECK(zone.free_area[2].nr_free == 3);
  CHECK(machine.nr_free_pages() == 12);
}

TEST_CASE("FreeArea: isolated pages are not free pages", "[alloc][free_area]") {
  TinyMachine machine;
  machine.PutFree(2, kM, {0x2000});
  machine.PutFreeTyped(2, kI, {0x4000});
  CHECK(machine.nr_free_pages() == 4);
  MoveToFreeList(machine.zone(), CpuId(0), *machine.page(0x2000), kM, kI);
  CHECK(machine.nr_free_pages() == 0);
  CHECK(machine.Free(2, kI) == Pfns{0x4000, 0x2000});
}

TEST_CASE("ModZoneStat: a counter drifts up to the threshold, then folds",
          "[alloc][free_area]") {
  TinyMachine machine;
  Zone& zone = machine.zone();
  PerCpuPages& pcp = machine.pcp();
  pcp.stat_threshold = 10;
  ModZoneStat(zone, CpuId(0), ZoneStat::kFreePages, 10);
  CHECK(zone.vm_stat[0] == 0);
  CHECK(pcp.vm_stat_diff[0] == 10);
  ModZoneStat(zone, CpuId(0), ZoneStat::kFreePages, -20);
  CHECK(zone.vm_stat[0] == 0);
  CHECK(pcp.vm_stat_diff[0] == -10);
  // No overstep: exactly the sum.
  ModZoneStat(zone, CpuId(0), ZoneStat::kFreePages, -1);
  CHECK(zone.vm_stat[0] == -11);
  CHECK(pcp.vm_stat_diff[0] == 0);
  // Readers never see less than nothing.
  CHECK(machine.nr_free_pages() == 0);
}

TEST_CASE("SplitPage: pieces have references of their own", "[alloc][buddy]") {
  TinyMachine machine;
  machine.SetTuning(63, 252, 1000);
  machine.PutAllocated(0x2000, 3);
  machine.allocator->SplitPage(machine.page(0x2000), Order(3), Order(1));
  for (uint64_t pfn : {0x2000, 0x2002, 0x2004, 0x2006}) {
    CHECK(machine.page(pfn)->order() == Order(1));
    CHECK(machine.page(pfn)->refcount == 1);
  }
  CHECK(machine.page(0x2001)->state == PageState::kNone);
  CHECK(machine.FreeBlock(0x2004, 1));
  CHECK(machine.Pcp(4) == Pfns{0x2004});
  CHECK(Verify(*machine.state).empty());
}

}  // namespace
}  // namespace pagelab
