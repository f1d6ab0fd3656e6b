#include "pagelab/alloc/free_list.h"

#include <algorithm>

#include "pagelab/alloc/fallback.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/base/random.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/reference_allocator.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

constexpr Migratetype kM = Migratetype::kMovable;

// 16 blocks of the largest order at 0x1000, never touched.
TinyMachineOptions Untouched(TinyMachineOptions::Memory memory) {
  return {.memory = memory,
          .nodes = {{.memory = {{Pfn(0x1000), Pfn(0x5000)}}}}};
}

size_t NrNodes(const FreeList& list) {
  size_t nodes = 0;
  list.ForEachNode([&](const Page&) { ++nodes; });
  return nodes;
}

struct World {
  TinyMachine machine{Untouched(TinyMachineOptions::Memory::kRuns)};
  FreeList& list = machine.zone().free_area[kMaxPageOrder].list(kM);
};

TEST_CASE("FreeList: untouched memory is one node", "[alloc][free_list]") {
  World world;
  CHECK(NrNodes(world.list) == 1);
  CHECK(world.machine.Free(10, kM).size() == 16);
  CHECK(world.list.front().extra_blocks == 15);
  CHECK(world.machine.page(0x1400)->state == PageState::kNone);
}

TEST_CASE("FreeList: the head of a run comes off, the rest stays in place",
          "[alloc][free_list]") {
  World world;
  RemoveFromFreeList(world.machine.zone(), world.list.front(), Order(10), kM);
  CHECK(NrNodes(world.list) == 1);
  CHECK(world.machine.PfnOf(&world.list.front()) == 0x1400);
  CHECK(world.list.front().extra_blocks == 14);
  CHECK(world.machine.page(0x1000)->extra_blocks == 0);
  CHECK(world.machine.zone().free_area[10].nr_free == 15);
}

TEST_CASE("FreeList: a block leaves the middle of a run",
          "[alloc][free_list]") {
  World world;
  TinyMachine& machine = world.machine;
  Page& run = world.list.front();
  Page& block = *machine.page(0x2000);
  world.list.SplitRun(run, block);
  CHECK(NrNodes(world.list) == 3);
  CHECK(run.extra_blocks == 3);
  CHECK(block.extra_blocks == 0);
  CHECK(machine.page(0x2400)->extra_blocks == 10);
  const Pfns before = machine.Free(10, kM);
  CHECK(before.size() == 16);
  CHECK(std::is_sorted(before.begin(), before.end()));
  CHECK(Verify(*machine.state).empty());
  RemoveFromFreeList(machine.zone(), block, Order(10), kM);
  Pfns after = before;
  after.erase(after.begin() + 4);
  CHECK(machine.Free(10, kM) == after);
}

TEST_CASE("FreeList: both ends of a run can be split off",
          "[alloc][free_list]") {
  World world;
  Page& run = world.list.front();
  world.list.SplitRun(run, run);
  CHECK(NrNodes(world.list) == 2);
  CHECK(run.extra_blocks == 0);
  Page& rest = *world.machine.page(0x1400);
  world.list.SplitRun(rest, *world.machine.page(0x4c00));
  CHECK(NrNodes(world.list) == 3);
  CHECK(rest.extra_blocks == 13);
  CHECK(&world.list.back() == world.machine.page(0x4c00));
  CHECK(Verify(*world.machine.state).empty());
}

TEST_CASE("FreeList: a run may be split anywhere, in any order",
          "[alloc][free_list][property]") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    World runs;
    TinyMachine blocks(Untouched(TinyMachineOptions::Memory::kBlocks));
    Zone& zone = runs.machine.zone();
    Pfns left = runs.machine.Free(10, kM);
    while (!left.empty()) {
      const size_t index = random.Uniform(left.size());
      Page& block = *runs.machine.page(left[index]);
      const Page* run = nullptr;
      for (const Page& node : runs.list) {
        if (&node <= &block &&
            &block <= &node + node.extra_blocks * kMaxOrderNrPages) {
          run = &node;
        }
      }
      REQUIRE(run != nullptr);
      runs.list.SplitRun(const_cast<Page&>(*run), block);
      RemoveFromFreeList(zone, block, Order(10), kM);
      Page& other = *blocks.page(left[index]);
      RemoveFromFreeList(blocks.zone(), other, Order(10), kM);
      left.erase(left.begin() + static_cast<ptrdiff_t>(index));
      REQUIRE(runs.machine.Free(10, kM) == left);
      REQUIRE(
          ReferenceAllocator(*blocks.state).Difference(*runs.machine.state) ==
          "");
    }
    CHECK(runs.list.empty());
  }
}

TEST_CASE("FreeList: head by head a run is its blocks", "[alloc][free_list]") {
  World runs;
  TinyMachine blocks(Untouched(TinyMachineOptions::Memory::kBlocks));
  CHECK(NrNodes(blocks.zone().free_area[10].list(kM)) == 16);
  for (int i = 0; i < 20; ++i) {
    const auto take = [&](TinyMachine& machine) {
      return machine.PfnOf(TakeSmallest(*machine.state, machine.context,
                                        machine.zone(), Order(i % 11), kM));
    };
    const uint64_t expected = take(blocks);
    REQUIRE(take(runs.machine) == expected);
    REQUIRE(ReferenceAllocator(*blocks.state).Difference(*runs.machine.state) ==
            "");
  }
}

TEST_CASE("PageWalk: extents jump runs and reserved ranges",
          "[alloc][page_walk]") {
  using Kind = FrameExtent::Kind;
  TinyMachine machine({.memory = TinyMachineOptions::Memory::kRuns,
                       .nodes = {{.memory = {{Pfn(0x9000), Pfn(0xd000)}}}},
                       .reserved = {{Pfn(0x9000), Pfn(0x9400)}}});
  REQUIRE(machine.Alloc(gfp::kHighuserMovable, 9) == 0x9400);
  std::vector<std::pair<Kind, PfnRange>> extents;
  for (Pfn pfn(0); pfn < machine.memory->end_pfn();) {
    const FrameExtent extent = ExtentAt(*machine.state, pfn);
    extents.emplace_back(extent.kind, extent.range);
    pfn = extent.range.end;
  }
  const std::vector<std::pair<Kind, PfnRange>> expected = {
      {Kind::kInvalid, {Pfn(0), Pfn(0x8000)}},
      {Kind::kReserved, {Pfn(0x8000), Pfn(0x9400)}},
      {Kind::kAllocated, {Pfn(0x9400), Pfn(0x9600)}},
      {Kind::kBuddy, {Pfn(0x9600), Pfn(0x9800)}},
      {Kind::kBuddy, {Pfn(0x9800), Pfn(0xd000)}},
      {Kind::kReserved, {Pfn(0xd000), Pfn(0x10000)}}};
  CHECK(extents == expected);
  // From inside, too.
  CHECK(ExtentAt(*machine.state, Pfn(0xa123)).range ==
        PfnRange{Pfn(0x9800), Pfn(0xd000)});
  CHECK(ExtentAt(*machine.state, Pfn(0x95ff)).order == Order(9));
  CHECK(FindBlockHead(*machine.memory, Pfn(0x95ff)) == machine.page(0x9400));
  CHECK(FindBlockHead(*machine.memory, Pfn(0x9001)) == nullptr);
}

}  // namespace
}  // namespace pagelab
