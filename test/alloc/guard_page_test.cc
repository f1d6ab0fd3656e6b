// Guards: page-ext-owner-depot.md 13, with its two micro examples.

#include "pagelab/alloc/guard_page.h"

#include "pagelab/alloc/dump_page.h"
#include "pagelab/alloc/fallback.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/base/random.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;
using Findings = std::vector<std::string>;

// One free block of order 3 at 0x1000, of which order 0 is taken.
struct SplitWorld {
  explicit SplitWorld(int minorder) {
    machine.state->debug_guardpage_minorder = minorder;
    machine.PutFreeTyped(3, kU, {0x1000});
    page = TakeSmallest(*machine.state, machine.context, machine.zone(),
                        Order(0), kU);
    machine.allocator->PrepareNewPage(machine.context, *page, Order(0),
                                      gfp::kKernel);
  }
  void FreeDirect() {
    machine.allocator->FreeDirect(machine.context, machine.zone(), Pfn(0x1000),
                                  Order(0), FpiFlags::kNone);
  }
  bool IsGuard(uint64_t pfn, int order) {
    const Page& block = *machine.page(pfn);
    return block.state == PageState::kGuard && block.order() == Order(order);
  }

  TinyMachine machine;
  Page* page = nullptr;
};

TEST_CASE("GuardPage: with minorder 1 only the half of order 0 is a guard",
          "[alloc][guard_page]") {
  SplitWorld world(1);
  CHECK(world.machine.Free(2, kU) == Pfns{0x1004});
  CHECK(world.machine.Free(1, kU) == Pfns{0x1002});
  CHECK(world.machine.Free(0, kU).empty());
  CHECK(world.IsGuard(0x1001, 0));
  CHECK(world.machine.nr_free_pages() == 6);
  CHECK(Verify(*world.machine.state) == Findings());
}

TEST_CASE("GuardPage: with minorder 4 all three halves are guards",
          "[alloc][guard_page]") {
  SplitWorld world(4);
  for (int order = 0; order < 3; ++order) {
    CHECK(world.machine.Free(order, kU).empty());
  }
  CHECK(world.IsGuard(0x1001, 0));
  CHECK(world.IsGuard(0x1002, 1));
  CHECK(world.IsGuard(0x1004, 2));
  CHECK(world.machine.nr_free_pages() == 0);
  CHECK(Verify(*world.machine.state) == Findings());

  world.FreeDirect();
  CHECK(world.machine.Free(3, kU) == Pfns{0x1000});
  CHECK(world.machine.nr_free_pages() == 8);
  for (uint64_t pfn = 0x1001; pfn < 0x1008; ++pfn) {
    CHECK(world.machine.page(pfn)->state == PageState::kNone);
  }
  CHECK(Verify(*world.machine.state) == Findings());
}

TEST_CASE("GuardPage: without minorder there are none", "[alloc][guard_page]") {
  SplitWorld world(0);
  CHECK(world.machine.Free(0, kU) == Pfns{0x1001});
  CHECK(world.machine.nr_free_pages() == 7);
}

TEST_CASE("GuardPage: a guard of another order does not merge",
          "[alloc][guard_page]") {
  // The page's buddy is a guard of order 0; freed as order 1, the block has a
  // guard of order 1 beside it; a free block of order 2 is no guard.
  SplitWorld world(2);
  CHECK(world.machine.Free(2, kU) == Pfns{0x1004});
  CHECK(world.IsGuard(0x1001, 0));
  CHECK(world.IsGuard(0x1002, 1));
  const Page& guard = *world.machine.page(0x1002);
  CHECK(IsMergeBuddy(guard, Order(1), world.machine.zone()));
  CHECK_FALSE(IsMergeBuddy(guard, Order(0), world.machine.zone()));
  CHECK_FALSE(IsFreeBlock(guard, Order(1), world.machine.zone()));
  world.FreeDirect();
  CHECK(world.machine.Free(3, kU) == Pfns{0x1000});
}

TEST_CASE("GuardPage: a claimed block leaves guards as well, uncounted",
          "[alloc][guard_page]") {
  TinyMachine machine;
  machine.state->debug_guardpage_minorder = 3;
  machine.PutFreeTyped(10, kM, {0x2000});
  const uint64_t before = machine.nr_free_pages();
  CHECK(machine.Alloc(gfp::kKernel, 4) == 0x2000);
  CHECK(machine.nr_free_pages() == before - 16);
  CHECK(machine.Alloc(gfp::kKernel, 1) == 0x2010);
  // Of the block of 16 it came from, 8 went to a list, 4 and 2 are guards.
  CHECK(machine.nr_free_pages() == before - 16 - 2 - 4 - 2);
  CHECK(Verify(*machine.state) == Findings());
  CHECK(machine.FreeBlock(0x2010, 1));
  CHECK(machine.FreeBlock(0x2000, 4));
  machine.allocator->DrainAllPages(machine.context);
  CHECK(machine.nr_free_pages() == before);
  CHECK(Verify(*machine.state) == Findings());
}

TEST_CASE("GuardPage: walkers, checks and dumps know it",
          "[alloc][guard_page]") {
  SplitWorld world(4);
  const FrameExtent extent = ExtentAt(*world.machine.state, Pfn(0x1006));
  CHECK(extent.kind == FrameExtent::Kind::kGuard);
  CHECK(extent.range == PfnRange{Pfn(0x1004), Pfn(0x1008)});
  CHECK(extent.order == Order(2));

  const std::string dump = DumpPage(*world.machine.state, Pfn(0x1004), "");
  CHECK(dump.find("page: refcount:0 mapcount:0 ") == 0);
  CHECK(dump.find("\npage_type: f3(guard)\n") != std::string::npos);
  // private is the order; the type is in the word that holds the mapcount.
  CHECK(dump.find("0000000000000000 0000000000000002 00000000f3000000 ") !=
        std::string::npos);
  CHECK(DumpPage(*world.machine.state, Pfn(0x1005), "").find("page_type") ==
        std::string::npos);
}

TEST_CASE("GuardPage: nobody may free a guard", "[alloc][guard_page]") {
  SplitWorld world(4);
  CHECK_FALSE(world.machine.FreeBlock(0x1004, 2));
  CHECK(world.machine.log.Count("page dumped because: nonzero _refcount") == 1);
  CHECK(world.machine.log.Count("page_type: f3(guard)") == 1);
  CHECK(world.IsGuard(0x1004, 2));
}

TEST_CASE("Verify: G1, guards are small and beside blocks in use",
          "[alloc][verify]") {
  SplitWorld world(4);
  world.machine.state->debug_guardpage_minorder = 2;
  CHECK(Verify(*world.machine.state) ==
        Findings{"G1: Node 0, zone DMA32: pfn 0x1004 is a guard of order 2, "
                 "guards are below 2"});
  world.machine.state->debug_guardpage_minorder = 4;
  world.page->state = PageState::kNone;
  world.machine.memory->reserved().Add({Pfn(0x1000), Pfn(0x1001)});
  world.machine.zone().managed -= PageCount(1);
  CHECK(Verify(*world.machine.state) == Findings());
  world.machine.PutFree(0, kU, {0x1000});
  CHECK(Verify(*world.machine.state) ==
        Findings{"G1: Node 0, zone DMA32: pfn 0x1001 is a guard of order 0, "
                 "its buddy 0x1000 is free"});
}

TEST_CASE("GuardPage: random traffic keeps all invariants and loses nothing",
          "[alloc][guard_page]") {
  TinyMachine machine({.memory = TinyMachineOptions::Memory::kBlocks,
                       .nodes = {{.memory = {{Pfn(0x1000), Pfn(0x2000)}}}}});
  machine.state->debug_guardpage_minorder = kMaxDebugGuardpageMinorder;
  const uint64_t before = machine.nr_free_pages();
  Random random(3);
  std::vector<std::pair<uint64_t, int>> held;
  uint64_t guards = 0;
  for (int step = 0; step < 3000; ++step) {
    if (held.empty() || random.Bernoulli(0.6)) {
      const int order = static_cast<int>(random.Uniform(4));
      const uint64_t pfn = machine.Alloc(
          random.Bernoulli(0.5) ? gfp::kKernel : gfp::kHighuserMovable, order);
      if (pfn != TinyMachine::NoPfn()) held.emplace_back(pfn, order);
    } else {
      std::swap(held[random.Uniform(held.size())], held.back());
      CHECK(machine.FreeBlock(held.back().first, held.back().second));
      held.pop_back();
    }
    if (step % 100 == 0) REQUIRE(Verify(*machine.state) == Findings());
  }
  for (uint64_t pfn = 0x1000; pfn < 0x2000; ++pfn) {
    guards += machine.page(pfn)->state == PageState::kGuard ? 1 : 0;
  }
  CHECK(guards > 100);
  for (const auto& [pfn, order] : held) CHECK(machine.FreeBlock(pfn, order));
  machine.allocator->DrainAllPages(machine.context);
  CHECK(machine.nr_free_pages() == before);
  CHECK(Verify(*machine.state) == Findings());
}

}  // namespace
}  // namespace pagelab
