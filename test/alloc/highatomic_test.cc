// page-allocator.md 11 and worked example E18.

#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;
constexpr Migratetype kH = Migratetype::kHighAtomic;

void Reserve(TinyMachine& machine, uint64_t pfn, int order) {
  machine.allocator->ReserveHighatomic(machine.zone(), *machine.page(pfn),
                                       CpuId(0), Order(order));
}

bool Unreserve(TinyMachine& machine, bool force, Gfp gfp = gfp::kKernel) {
  const AllocControl ac =
      ControlFor(*machine.state, machine.context, {.gfp = gfp}, gfp);
  return machine.allocator->UnreserveHighatomic(ac, force, CpuId(0));
}

TEST_CASE("Highatomic: E18, the pageblock of an atomic block is kept",
          "[alloc][highatomic]") {
  TinyMachine machine;
  machine.SetTuning(63, 252, 1000);
  machine.PutFreeTyped(4, kU, {0x7010, 0x9010});
  machine.PutAllocated(0x7004, 2);
  Zone& zone = machine.zone();
  zone.managed = PageCount(1'000'000);
  Reserve(machine, 0x7004, 2);
  CHECK(machine.state->PageblockType(Pfn(0x7000)) == kH);
  CHECK(machine.Free(4, kU) == Pfns{0x9010});
  CHECK(machine.Free(4, kH) == Pfns{0x7010});
  CHECK(zone.nr_free_highatomic == 16);
  CHECK(zone.nr_reserved_highatomic == 512);
  CHECK(machine.nr_free_pages() == 32);
  // The page itself comes back through the movable list.
  REQUIRE(machine.FreeBlock(0x7004, 2));
  CHECK(machine.Pcp(7) == Pfns{0x7004});
  machine.allocator->DrainAllPages(machine.context);
  CHECK(machine.Free(2, kH) == Pfns{0x7004});
  CHECK(zone.nr_free_highatomic == 20);
}

TEST_CASE("Highatomic: a hundredth of the zone at most, in whole pageblocks",
          "[alloc][highatomic]") {
  TinyMachine machine;
  Zone& zone = machine.zone();
  for (uint64_t pfn : {0x2000, 0x3000, 0x4000}) {
    machine.PutAllocated(pfn, 2);
  }
  SECTION("51199 pages: a hundredth is less than a pageblock") {
    zone.managed = PageCount(51199);
    Reserve(machine, 0x2000, 2);
    CHECK(zone.nr_reserved_highatomic == 0);
  }
  SECTION("51300 pages: 513, rounded up to two pageblocks") {
    zone.managed = PageCount(51300);
    Reserve(machine, 0x2000, 2);
    // It is there already.
    Reserve(machine, 0x2000, 2);
    CHECK(zone.nr_reserved_highatomic == 512);
    Reserve(machine, 0x3000, 2);
    Reserve(machine, 0x4000, 2);
    CHECK(zone.nr_reserved_highatomic == 1024);
    CHECK(machine.state->PageblockType(Pfn(0x4000)) == kM);
  }
}

TEST_CASE("Highatomic: only ordinary pageblocks are reserved",
          "[alloc][highatomic]") {
  TinyMachine machine({.nodes = {{.memory = {{Pfn(0x1010), Pfn(0x9000)}}}}});
  Zone& zone = machine.zone();
  machine.PutAllocated(0x2000, 2);
  machine.PutAllocated(0x1014, 2);
  zone.managed = PageCount(1'000'000);
  machine.SetType(0x2000, Migratetype::kCma);
  Reserve(machine, 0x2000, 2);
  // Not wholly in the zone.
  Reserve(machine, 0x1014, 2);
  CHECK(zone.nr_reserved_highatomic == 0);
}

TEST_CASE("Highatomic: a block of whole pageblocks is only re-typed",
          "[alloc][highatomic]") {
  TinyMachine machine;
  machine.PutAllocated(0x2000, 10);
  machine.zone().managed = PageCount(1'000'000);
  Reserve(machine, 0x2000, 10);
  CHECK(machine.state->PageblockType(Pfn(0x2000)) == kH);
  CHECK(machine.state->PageblockType(Pfn(0x2200)) == kH);
  CHECK(machine.zone().nr_reserved_highatomic == 1024);
}

TEST_CASE("Highatomic: the last pageblock goes back only by force",
          "[alloc][highatomic]") {
  TinyMachine machine;
  machine.PutFreeTyped(3, kH, {0x2000});
  machine.PutFree(1, kH, {0x2010});
  machine.PutFree(3, kU, {0x4000});
  machine.SetType(0x4000, kU);
  Zone& zone = machine.zone();
  zone.nr_reserved_highatomic = 512;
  CHECK_FALSE(Unreserve(machine, false));
  CHECK(Unreserve(machine, true));
  // All free blocks of the pageblock, to the tails of the request's type.
  CHECK(machine.Free(3, kU) == Pfns{0x4000, 0x2000});
  CHECK(machine.Free(1, kU) == Pfns{0x2010});
  CHECK(machine.state->PageblockType(Pfn(0x2000)) == kU);
  CHECK(zone.nr_reserved_highatomic == 0);
  CHECK(zone.nr_free_highatomic == 0);
  CHECK_FALSE(Unreserve(machine, true));
  CHECK(Verify(*machine.state).empty());
}

TEST_CASE("Highatomic: one pageblock at a time, smallest block first",
          "[alloc][highatomic]") {
  TinyMachine machine;
  machine.PutFreeTyped(9, kH, {0x2000});
  machine.PutFreeTyped(0, kH, {0x4001});
  machine.zone().nr_reserved_highatomic = 1024;
  CHECK(Unreserve(machine, false, gfp::kHighuserMovable));
  CHECK(machine.Free(0, kM) == Pfns{0x4001});
  CHECK(machine.Free(9, kH) == Pfns{0x2000});
  CHECK(machine.zone().nr_reserved_highatomic == 512);
  CHECK(Unreserve(machine, true, gfp::kHighuserMovable));
  CHECK(machine.Free(9, kM) == Pfns{0x2000});
  CHECK(machine.state->PageblockType(Pfn(0x2000)) == kM);
  CHECK(Verify(*machine.state).empty());
}

TEST_CASE("Highatomic: an atomic request that fails at first reserves",
          "[alloc][highatomic]") {
  TinyMachine machine;
  machine.PutFreeTyped(4, kU, {0x2000});
  machine.PutFree(10, kU, {0x4000});
  machine.SetType(0x4000, kU);
  machine.SetType(0x4200, kU);
  Zone& zone = machine.zone();
  zone.managed = PageCount(1'000'000);
  zone.watermark = {1400, 1500, 1600, 1700};
  // Not sleeping, __GFP_HIGH, order over 0: 3/8 of MIN will do.
  CHECK(machine.Alloc(gfp::kNowait, 2) == TinyMachine::NoPfn());
  CHECK(machine.Alloc(gfp::kAtomic, 2) == 0x2000);
  CHECK(zone.nr_reserved_highatomic == 512);
  CHECK(machine.Free(3, kH) == Pfns{0x2008});
  CHECK(machine.Free(2, kH) == Pfns{0x2004});
  // The next one is served from the reserve, past the per-cpu list.
  CHECK(machine.Alloc(gfp::kAtomic, 4) == 0x4000);
}

TEST_CASE(
    "Highatomic: a request that may wait gets the reserve back in the end",
    "[alloc][highatomic]") {
  TinyMachine machine;
  machine.PutFreeTyped(3, kH, {0x2000});
  machine.zone().nr_reserved_highatomic = 512;
  CHECK(machine.Alloc(gfp::kKernel.With(gfp::kNoretry), 2) ==
        TinyMachine::NoPfn());
  CHECK(machine.Alloc(gfp::kKernel, 2) == 0x2000);
  CHECK(machine.state->PageblockType(Pfn(0x2000)) == kU);
}

}  // namespace
}  // namespace pagelab
