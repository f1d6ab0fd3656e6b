// Worked examples E12 and E13 of page-allocator.md 23, the mode memory of 9.3,
// and the early policy of 21 on the same states.

#include "pagelab/alloc/fallback.h"

#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;
constexpr Migratetype kR = Migratetype::kReclaimable;
constexpr Migratetype kC = Migratetype::kCma;

using Lines = std::vector<std::string>;

// One block of the machine's first zone, with a mode kept over calls.
struct Taker {
  TinyMachine& machine;
  Migratetype type = kU;
  AllocFlags flags{};
  TakeMode mode = TakeMode::kNormal;

  uint64_t Take(int order = 0) {
    return machine.PfnOf(
        TakeBlock(*machine.state, machine.context, machine.zone(),
                  {.order = Order(order), .type = type, .flags = flags}, mode));
  }
};

// The movable pageblock at 6000: 32 free pages at 6020, `lru` movable ones,
// the rest is something else. The zone may boost.
void MakeBlockOfE13(TinyMachine& machine, uint64_t lru) {
  machine.PutFree(5, kM, {0x6020});
  machine.PutPages(0x6000, 32);
  machine.PutPages(0x6040, lru, page_flag::kLru);
  machine.PutPages(0x6040 + lru, 448 - lru);
  machine.PutAllocated(0x8000, 10);
  machine.PutAllocated(0x8400, 10);
  machine.zone().watermark[2] = 1000;
}

TEST_CASE("Fallback: the other types in their order, and what may be claimed",
          "[alloc][fallback]") {
  TinyMachine machine;
  const auto find = [&](int order, Migratetype type, bool only = false) {
    return FindSuitableFallback(*machine.state, machine.zone(), Order(order),
                                type, only);
  };
  CHECK_FALSE(find(3, kU).found);
  machine.PutFree(3, kM, {0x2000});
  CHECK(find(3, kU).type == kM);
  CHECK(find(3, kU).can_claim);
  CHECK(find(3, kR).type == kM);
  machine.PutFreeTyped(3, kR, {0x4000});
  CHECK(find(3, kU).type == kR);
  CHECK(find(3, kM).type == kR);
  machine.PutFreeTyped(3, kU, {0x6000});
  CHECK(find(3, kM).type == kR);
  CHECK(find(3, kR).type == kU);
  // Small movable requests do not pollute: never claimed for.
  CHECK_FALSE(find(3, kM).can_claim);
  CHECK_FALSE(find(3, kM, true).found);
  machine.PutFreeTyped(4, kU, {0x8000});
  CHECK(find(4, kM).can_claim);
  machine.PutFreeTyped(5, kC, {0xa000});
  machine.PutFreeTyped(5, Migratetype::kHighAtomic, {0xc000});
  machine.PutFreeTyped(5, Migratetype::kIsolate, {0xe000});
  for (Migratetype type : {kU, kM, kR}) CHECK_FALSE(find(5, type).found);
}

TEST_CASE("Fallback: E12, a whole block changes hands", "[alloc][fallback]") {
  for (const auto policy :
       {FallbackPolicy::kLate612, FallbackPolicy::kEarly612}) {
    TinyMachine machine({.policy = {.fallback = policy}});
    machine.PutFree(10, kM, {0x4000});
    machine.Record();
    Taker taker{machine, kU, alloc_flag::kNofragment};
    CHECK(taker.Take() == 0x4000);
    CHECK(taker.mode == TakeMode::kNormal);
    for (int order = 0; order < 10; ++order) {
      CHECK(machine.Free(order, kU) == Pfns{0x4000 + Order(order).pages()});
    }
    CHECK(machine.state->PageblockType(Pfn(0x4000)) == kU);
    CHECK(machine.state->PageblockType(Pfn(0x4200)) == kU);
    CHECK(machine.nr_free_pages() == 1023);
    CHECK(machine.trace.Take() ==
          Lines{"extfrag 4000 order 0 from 10 mt 0 from 1 owner 1"});
    CHECK(taker.Take() == 0x4001);
    CHECK(machine.trace.Take() == Lines{"locked 4001 order 0 mt 0 refill 1"});
    CHECK(machine.zone().watermark_boost == 0);
  }
}

TEST_CASE("Fallback: E13, a failed claim, then steals", "[alloc][fallback]") {
  TinyMachine machine;
  MakeBlockOfE13(machine, 300);
  machine.Record();
  const PcpRefill refill{.list = 0, .nr_blocks = 2, .type = kU};
  CHECK(machine.allocator->RefillPcp(machine.context, machine.zone(),
                                     machine.pcp(), refill) == 2);
  CHECK(machine.Pcp(0) == Pfns{0x6020, 0x6021});
  CHECK(machine.trace.Take() ==
        Lines{"extfrag 6020 order 0 from 5 mt 0 from 1 owner 0",
              "extfrag 6021 order 0 from 0 mt 0 from 1 owner 0"});
  CHECK(machine.Free(4, kM) == Pfns{0x6030});
  CHECK(machine.Free(3, kM) == Pfns{0x6028});
  CHECK(machine.Free(2, kM) == Pfns{0x6024});
  CHECK(machine.Free(1, kM) == Pfns{0x6022});
  CHECK(machine.Free(0, kM).empty());
  CHECK(machine.state->PageblockType(Pfn(0x6000)) == kM);
  CHECK(machine.zone().watermark_boost == 512);
  CHECK(Verify(*machine.state).empty());
}

TEST_CASE("Fallback: E13, enough alike pages: the pageblock is claimed",
          "[alloc][fallback]") {
  TinyMachine machine;
  MakeBlockOfE13(machine, 40);
  machine.Record();
  const PcpRefill refill{
      .list = 0, .nr_blocks = 2, .type = kU, .flags = alloc_flag::kKswapd};
  CHECK(machine.allocator->RefillPcp(machine.context, machine.zone(),
                                     machine.pcp(), refill) == 2);
  CHECK(machine.Pcp(0) == Pfns{0x6020, 0x6021});
  CHECK(machine.trace.Take() ==
        Lines{"locked 6020 order 0 mt 0 refill 1",
              "extfrag 6020 order 0 from 5 mt 0 from 1 owner 1",
              "locked 6021 order 0 mt 0 refill 1"});
  CHECK(machine.state->PageblockType(Pfn(0x6000)) == kU);
  CHECK(machine.Free(4, kU) == Pfns{0x6030});
  CHECK(machine.zone().flags == kZoneBoostedWatermark);
}

TEST_CASE("Fallback: an oracle may say how much of a pageblock is movable",
          "[alloc][fallback]") {
  struct Oracle : PolicyOracle {
    PageCount CountMovable(const Zone&, PfnRange pageblock) override {
      asked = pageblock;
      return PageCount(300);
    }
    PfnRange asked;
  } oracle;
  TinyMachine machine;
  MakeBlockOfE13(machine, 0);
  machine.state->oracle = &oracle;
  Taker taker{machine};
  CHECK(taker.Take() == 0x6020);
  CHECK(oracle.asked == PfnRange{Pfn(0x6000), Pfn(0x6200)});
  CHECK(taker.mode == TakeMode::kSteal);
}

TEST_CASE("Fallback: a movable request counts movable pages as alike",
          "[alloc][fallback]") {
  TinyMachine machine;
  machine.PutFreeTyped(4, kU, {0x6000});
  machine.PutPages(0x6010, 240, page_flag::kLru);
  machine.Record();
  Taker taker{machine, kM};
  SECTION("half of the pageblock is enough") {
    CHECK(taker.Take() == 0x6000);
    CHECK(machine.state->PageblockType(Pfn(0x6000)) == kM);
  }
  SECTION("a page less is not") {
    machine.page(0x6010)->flags = PageFlags();
    CHECK(taker.Take() == 0x6000);
    CHECK(machine.state->PageblockType(Pfn(0x6000)) == kU);
    CHECK(machine.trace.Take() ==
          Lines{"extfrag 6000 order 0 from 4 mt 1 from 0 owner 0"});
  }
}

TEST_CASE("Fallback: a pageblock that the zone does not span is never claimed",
          "[alloc][fallback]") {
  TinyMachine machine({.nodes = {{.memory = {{Pfn(0x1010), Pfn(0x8000)}}}}});
  machine.SetType(0x1000, kM);
  machine.PutFree(8, kM, {0x1100});
  Taker taker{machine};
  CHECK(taker.Take() == 0x1100);
  CHECK(taker.mode == TakeMode::kSteal);
  CHECK(machine.state->PageblockType(Pfn(0x1100)) == kM);
}

TEST_CASE("Fallback: without fragmentation only whole pageblocks are taken",
          "[alloc][fallback]") {
  for (const auto policy :
       {FallbackPolicy::kLate612, FallbackPolicy::kEarly612}) {
    TinyMachine machine({.policy = {.fallback = policy}});
    machine.PutFree(8, kM, {0x4000});
    Taker taker{machine, kU, alloc_flag::kNofragment};
    CHECK(taker.Take() == TinyMachine::NoPfn());
    machine.PutFree(9, kM, {0x6000});
    CHECK(taker.Take() == 0x6000);
  }
}

TEST_CASE(
    "Fallback: claims look at the largest block first, steals at the "
    "smallest",
    "[alloc][fallback]") {
  TinyMachine machine;
  MakeBlockOfE13(machine, 300);
  machine.PutFree(2, kM, {0xa000});
  machine.PutPages(0xa004, 508, page_flag::kLru);
  Taker taker{machine};
  machine.Record();
  SECTION("late 6.12: after failed claims the smallest is stolen") {
    CHECK(taker.Take() == 0xa000);
    CHECK(machine.trace.Take() ==
          Lines{"extfrag a000 order 0 from 2 mt 0 from 1 owner 0"});
    // Once for each claim tried.
    CHECK(machine.zone().watermark_boost == 1024);
  }
  SECTION("early 6.12: the largest is split when its claim fails") {
    machine.state->policy.fallback = FallbackPolicy::kEarly612;
    CHECK(taker.Take() == 0x6020);
    CHECK(machine.trace.Take() ==
          Lines{"extfrag 6020 order 0 from 5 mt 0 from 1 owner 0"});
    CHECK(machine.Free(4, kM) == Pfns{0x6030});
    CHECK(machine.zone().watermark_boost == 512);
    CHECK(taker.mode == TakeMode::kNormal);
  }
}

TEST_CASE("Fallback: small movable requests steal the smallest block",
          "[alloc][fallback]") {
  for (const auto policy :
       {FallbackPolicy::kLate612, FallbackPolicy::kEarly612}) {
    TinyMachine machine({.policy = {.fallback = policy}});
    machine.PutFreeTyped(3, kU, {0x4000});
    machine.PutFreeTyped(1, kR, {0x6000});
    Taker taker{machine, kM};
    CHECK(taker.Take() == 0x6000);
    CHECK(machine.state->PageblockType(Pfn(0x6000)) == kR);
    CHECK(machine.Free(0, kR) == Pfns{0x6001});
  }
}

TEST_CASE("Fallback: after a steal a refill keeps stealing",
          "[alloc][fallback]") {
  TinyMachine machine;
  MakeBlockOfE13(machine, 300);
  Taker taker{machine};
  CHECK(taker.Take() == 0x6020);
  REQUIRE(taker.mode == TakeMode::kSteal);
  // A page of the own type turns up, and is not looked at.
  machine.PutFreeTyped(0, kU, {0xa000});
  CHECK(taker.Take() == 0x6021);
  taker.mode = TakeMode::kNormal;
  CHECK(taker.Take() == 0xa000);
}

TEST_CASE("Fallback: after a page of CMA a refill starts at CMA",
          "[alloc][fallback]") {
  TinyMachine machine;
  machine.PutFreeTyped(2, kC, {0x4000});
  // Balanced: CMA is no more than half of what is free.
  machine.PutFreeTyped(3, kU, {0x6000});
  Taker taker{machine, kM, alloc_flag::kCma};
  CHECK(taker.Take() == 0x4000);
  REQUIRE(taker.mode == TakeMode::kCma);
  machine.PutFree(0, kM, {0xa000});
  CHECK(taker.Take() == 0x4001);
  // The early policy has no such memory.
  machine.state->policy.fallback = FallbackPolicy::kEarly612;
  taker.mode = TakeMode::kNormal;
  CHECK(taker.Take() == 0xa000);
  CHECK(taker.Take() == 0x4002);
  CHECK(taker.mode == TakeMode::kNormal);
}

TEST_CASE("Fallback: after a claim a refill starts at its own lists again",
          "[alloc][fallback]") {
  TinyMachine machine;
  machine.PutFreeTyped(0, kC, {0x6000});
  machine.PutFreeTyped(10, kU, {0x4000});
  Taker taker{machine, kM, alloc_flag::kCma};
  CHECK(taker.Take() == 0x6000);
  REQUIRE(taker.mode == TakeMode::kCma);
  CHECK(taker.Take() == 0x4000);
  CHECK(taker.mode == TakeMode::kNormal);
  CHECK(taker.Take() == 0x4001);
}

TEST_CASE("Fallback: CMA comes first when it is over half of what is free",
          "[alloc][fallback]") {
  TinyMachine machine;
  machine.PutFreeTyped(3, kC, {0x4000});
  machine.PutFree(2, kM, {0x6000});
  Taker taker{machine, kM, alloc_flag::kCma};
  CHECK(taker.Take() == 0x4000);
  CHECK(taker.mode == TakeMode::kNormal);
  Taker without{machine, kM};
  CHECK(without.Take() == 0x6000);
  machine.state->policy.cma = false;
  CHECK(taker.Take() == 0x6001);
}

TEST_CASE("TakeFromBuddy: the highatomic reserve is a last resort",
          "[alloc][fallback]") {
  TinyMachine machine;
  machine.PutFreeTyped(3, Migratetype::kHighAtomic, {0x4000});
  const auto take = [&](AllocFlags flags) {
    return machine.PfnOf(machine.allocator->TakeFromBuddy(
        machine.context, machine.zone(), Order(2), kU, flags));
  };
  CHECK(take(AllocFlags()) == TinyMachine::NoPfn());
  CHECK(take(alloc_flag::kMinReserve) == TinyMachine::NoPfn());
  CHECK(take(alloc_flag::kNonBlock) == 0x4000);
  CHECK(take(alloc_flag::kOom) == 0x4004);
  machine.PutFreeTyped(2, Migratetype::kHighAtomic, {0x6000});
  machine.PutFreeTyped(2, kU, {0x8000});
  CHECK(take(alloc_flag::kHighatomic) == 0x6000);
  CHECK(take(alloc_flag::kNonBlock) == 0x8000);
}

}  // namespace
}  // namespace pagelab
