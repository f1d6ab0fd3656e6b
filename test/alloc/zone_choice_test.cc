// Which zone serves a request: page-allocator.md 3.3 to 3.5, 6.3, 13, 14, 18.

#include "pagelab/alloc/memory_init.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;
constexpr uint64_t kNoPfn = UINT64_MAX;

std::vector<std::vector<int>> Orders(const std::vector<NodeTopology>& nodes,
                                     const std::vector<bool>& has_memory) {
  std::vector<std::vector<int>> orders;
  for (const std::vector<NodeId>& order :
       NodeFallbackOrder(nodes, has_memory)) {
    orders.emplace_back();
    for (NodeId node : order) orders.back().push_back(node.value());
  }
  return orders;
}

TEST_CASE("Zonelist: nodes come nearest first, ties spread by load",
          "[alloc][zonelist]") {
  using Expected = std::vector<std::vector<int>>;
  const auto node = [](std::vector<int> distances, int cpus = 1) {
    return NodeTopology{.nr_cpus = cpus, .distances = std::move(distances)};
  };
  SECTION("two nodes") {
    CHECK(Orders({node({10, 20}), node({20, 10})}, {true, true}) ==
          Expected{{0, 1}, {1, 0}});
  }
  SECTION("four at the same distance: lower nodes cost one more") {
    CHECK(Orders({node({10, 20, 20, 20}), node({20, 10, 20, 20}),
                  node({20, 20, 10, 20}), node({20, 20, 20, 10})},
                 {true, true, true, true}) ==
          Expected{{0, 1, 2, 3}, {1, 2, 3, 0}, {2, 3, 0, 1}, {3, 0, 1, 2}});
  }
  SECTION("a node without CPUs is preferred at equal distance") {
    CHECK(Orders(
              {node({10, 20, 20}), node({20, 10, 20}), node({20, 20, 10}, 0)},
              {true, true, true}) == Expected{{0, 2, 1}, {1, 2, 0}, {2, 0, 1}});
  }
  SECTION("a node without memory is skipped, and has a list") {
    CHECK(Orders({node({10, 20, 30}), node({20, 10, 20}), node({30, 20, 10})},
                 {true, false, true}) == Expected{{0, 2}, {2, 0}, {2, 0}});
  }
  SECTION("distance beats load") {
    CHECK(Orders({node({10, 30, 20}), node({30, 10, 20}), node({20, 20, 10})},
                 {true, true, true}) ==
          Expected{{0, 2, 1}, {1, 2, 0}, {2, 0, 1}});
  }
}

TEST_CASE("Zonelist: zones from high to low, node by node",
          "[alloc][zonelist]") {
  TinyMachine machine(
      {.nodes = {{.memory = {{Pfn(0x800), Pfn(0x2000)},
                             {Pfn(0x100000), Pfn(0x101000)}}},
                 {.memory = {{Pfn(0x101000), Pfn(0x102000)}}}}});
  const auto list = [&](int node, int highest, bool this_node) {
    std::vector<std::pair<int, int>> zones;
    for (const Zoneref& ref :
         machine.state->nodes[node].zonelist(highest, this_node)) {
      if (ref.zone_index > highest) continue;
      zones.emplace_back(ref.zone->node.value(), ref.zone_index);
    }
    return zones;
  };
  using Zones = std::vector<std::pair<int, int>>;
  CHECK(list(0, 2, false) == Zones{{0, 2}, {0, 1}, {0, 0}, {1, 2}});
  CHECK(list(1, 3, false) == Zones{{1, 2}, {0, 2}, {0, 1}, {0, 0}});
  CHECK(list(1, 1, false) == Zones{{0, 1}, {0, 0}});
  CHECK(list(0, 0, false) == Zones{{0, 0}});
  CHECK(list(1, 2, true) == Zones{{1, 2}});
  CHECK(list(1, 1, true).empty());
}

TEST_CASE("Zonelist: grouping by mobility needs six pageblocks",
          "[alloc][zonelist]") {
  const auto disabled = [](uint64_t pages) {
    TinyMachine machine(
        {.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x1000 + pages)}}}}});
    return machine.state->policy.page_group_by_mobility_disabled;
  };
  CHECK(disabled(3071));
  CHECK_FALSE(disabled(3072));
}

TEST_CASE("PageAllocator: without grouping everything is unmovable",
          "[alloc][zone_choice]") {
  TinyMachine machine({.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x1800)}}}}});
  REQUIRE(machine.state->policy.page_group_by_mobility_disabled);
  machine.PutFree(3, kU, {0x1000});
  machine.SetType(0x1000, kM);
  CHECK(machine.state->PageblockType(Pfn(0x1000)) == kU);
  machine.Record();
  CHECK(machine.Alloc(gfp::kHighuserMovable) == 0x1000);
  CHECK(machine.trace.Take().back() == "alloc 1000 order 0 mt 0 gfp 100cca");
}

TEST_CASE("Gfp: the highest zone of each combination", "[alloc][gfp]") {
  const auto zone = [](uint32_t bits) {
    return static_cast<ZoneType>(HighestZoneIndex(Gfp(bits)));
  };
  for (uint32_t bits : {0x0u, 0x2u, 0x8u}) {
    CHECK(zone(bits) == ZoneType::kNormal);
  }
  for (uint32_t bits : {0x1u, 0x9u}) CHECK(zone(bits) == ZoneType::kDma);
  for (uint32_t bits : {0x4u, 0xcu}) CHECK(zone(bits) == ZoneType::kDma32);
  CHECK(zone(0xa) == ZoneType::kMovable);
  for (uint32_t bits : {0x3u, 0x5u, 0x6u, 0x7u, 0xbu, 0xdu, 0xeu, 0xfu}) {
    CHECK(zone(bits) == ZoneType::kDma);
  }
  CHECK(zone(0x100cca) == ZoneType::kMovable);
}

// Zones DMA32 and Normal on node 0, Normal on node 1.
TinyMachineOptions TwoNodes() {
  return {.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x2000)},
                                {Pfn(0x100000), Pfn(0x101000)}}},
                    {.memory = {{Pfn(0x101000), Pfn(0x102000)}}}}};
}

bool AvoidsFragmentation(const TinyMachine& machine, int node) {
  const AllocRoute& route = RouteFor(machine.state->nodes[node], gfp::kKernel);
  return FastPathFlags(route, gfp::kKernel).HasAny(alloc_flag::kNofragment);
}

TEST_CASE("PageAllocator: a lower zone is better than a fragmented pageblock",
          "[alloc][zone_choice]") {
  TinyMachine machine(TwoNodes());
  REQUIRE(AvoidsFragmentation(machine, 0));
  machine.PutFree(3, kM, {0x100000});
  machine.PutFreeTyped(0, kU, {0x1000});
  machine.PutFreeTyped(3, kU, {0x101000});
  machine.Record();
  CHECK(machine.Alloc(gfp::kKernel) == 0x1000);
  // A remote node is not better: the pageblock is claimed.
  CHECK(machine.Alloc(gfp::kKernel) == 0x100000);
  CHECK(machine.trace.Take() ==
        std::vector<std::string>{
            "locked 1000 order 0 mt 0 refill 1",
            "alloc 1000 order 0 mt 0 gfp cc0",
            "locked 100000 order 0 mt 0 refill 1",
            "extfrag 100000 order 0 from 3 mt 0 from 1 owner 1",
            "alloc 100000 order 0 mt 0 gfp cc0"});
  CHECK(Verify(*machine.state).empty());
}

TEST_CASE("PageAllocator: whole pageblocks may be claimed at once",
          "[alloc][zone_choice]") {
  TinyMachine machine(TwoNodes());
  machine.PutFree(9, kM, {0x100000});
  machine.PutFreeTyped(0, kU, {0x1000});
  CHECK(machine.Alloc(gfp::kKernel) == 0x100000);
}

TEST_CASE("PageAllocator: a node without DMA32 does not avoid fragmentation",
          "[alloc][zone_choice]") {
  TinyMachine machine(TwoNodes());
  REQUIRE_FALSE(AvoidsFragmentation(machine, 1));
  machine.PutFree(3, kM, {0x101000});
  machine.PutFreeTyped(3, kU, {0x100000});
  CHECK(machine.Alloc(gfp::kKernel, 0, 1) == 0x101000);
}

TEST_CASE("PageAllocator: the next node is only for those who may go there",
          "[alloc][zone_choice]") {
  TinyMachine machine(TwoNodes());
  machine.PutFreeTyped(3, kU, {0x101000});
  CHECK(machine.Alloc(gfp::kKernel.With(gfp::kThisnode)) == kNoPfn);
  CHECK(machine.Alloc(gfp::kKernel.With(gfp::kThisnode), 0, 1) == 0x101000);
  CHECK(machine.Alloc(gfp::kKernel) == 0x101001);
  // No zone of that node is low enough.
  machine.Record();
  CHECK(machine.Alloc(gfp::kDma32.With(gfp::kThisnode), 0, 1) == kNoPfn);
  CHECK(machine.trace.Take() ==
        std::vector<std::string>{"alloc failed order 0 mt 0 gfp 200004"});
}

TEST_CASE("PageAllocator: counts where pages come from and who wanted them",
          "[alloc][zone_choice]") {
  TinyMachine machine(TwoNodes());
  machine.PutFreeTyped(3, kU, {0x101000});
  const auto numa = [&](int node, NumaStat stat) {
    return machine.zone(ZoneType::kNormal, node)
        .numa_stat[static_cast<size_t>(stat)];
  };
  REQUIRE(machine.Alloc(gfp::kKernel) == 0x101000);
  CHECK(numa(1, NumaStat::kMiss) == 1);
  CHECK(numa(0, NumaStat::kForeign) == 1);
  CHECK(numa(1, NumaStat::kOther) == 1);
  REQUIRE(machine.Alloc(gfp::kKernel, 1, 1) == 0x101002);
  CHECK(numa(1, NumaStat::kHit) == 1);
  CHECK(numa(1, NumaStat::kOther) == 2);
  machine.context.cpu = CpuId(1);
  REQUIRE(machine.Alloc(gfp::kKernel) == 0x101001);
  CHECK(numa(1, NumaStat::kHit) == 2);
  CHECK(numa(1, NumaStat::kLocal) == 1);
  CHECK(machine.state->events.pgalloc[Index(ZoneType::kNormal)] == 4);
}

TEST_CASE("PageAllocator: a zone stays marked while it is below high",
          "[alloc][zone_choice]") {
  TinyMachine machine;
  machine.PutFreeTyped(7, kU, {0x2000});
  Zone& zone = machine.zone();
  zone.watermark = {10, 20, 127, 300};
  REQUIRE(machine.Alloc(gfp::kKernel) == 0x2000);
  CHECK(zone.flags == 0);
  REQUIRE(machine.Alloc(gfp::kKernel) == 0x2001);
  CHECK(zone.flags == kZoneBelowHigh);
  // A free that drains looks again: 126 free pages and this one are not more
  // than 127, with the second they are.
  REQUIRE(machine.FreeBlock(0x2001));
  CHECK(zone.flags == kZoneBelowHigh);
  REQUIRE(machine.FreeBlock(0x2000));
  CHECK(zone.flags == 0);
}

TEST_CASE("PageAllocator: the fast path stops at LOW, the slow path at MIN",
          "[alloc][zone_choice]") {
  TinyMachine machine;
  machine.PutFreeTyped(5, kU, {0x2000});
  machine.PutFree(0, kU, {0x2100});
  Zone& zone = machine.zone();
  zone.watermark = {16, 40, 50, 60};
  int got = 0;
  while (machine.Alloc(gfp::kKernel) != kNoPfn) ++got;
  CHECK(got == 33 - 16);
  CHECK(machine.log.Count("page allocation failure") == 1);
  // 3/8 of MIN: 6.
  while (machine.Alloc(gfp::kAtomic) != kNoPfn) ++got;
  CHECK(got == 33 - 6);
  CHECK(machine.Alloc(gfp::kKernel.With(gfp::kNofail)) == kNoPfn);
  machine.task.oom_victim = true;
  CHECK(machine.Alloc(gfp::kKernel) == kNoPfn);
  machine.task.memalloc = true;
  const Gfp quiet = gfp::kKernel.With(gfp::kNowarn);
  CHECK(machine.Alloc(quiet.With(gfp::kNomemalloc)) == kNoPfn);
  while (machine.Alloc(quiet) != kNoPfn) ++got;
  CHECK(got == 33);
  CHECK(machine.nr_free_pages() == 0);
  CHECK(machine.trace.Take().empty());
}

TEST_CASE("PageAllocator: a victim of the OOM killer gets half of MIN",
          "[alloc][zone_choice]") {
  TinyMachine machine;
  machine.PutFreeTyped(5, kU, {0x2000});
  machine.zone().watermark = {40, 50, 60, 70};
  CHECK(machine.Alloc(gfp::kKernel) == kNoPfn);
  machine.task.oom_victim = true;
  int got = 0;
  while (machine.Alloc(gfp::kKernel) != kNoPfn) ++got;
  CHECK(got == 32 - 20);
  machine.task.oom_victim = false;
  CHECK(machine.Alloc(gfp::kKernel.With(gfp::kNofail)) == kNoPfn);
}

TEST_CASE("PageAllocator: an order that is too large gives nothing at all",
          "[alloc][zone_choice]") {
  TinyMachine machine;
  machine.Record();
  CHECK(machine.Alloc(gfp::kKernel, 11) == kNoPfn);
  CHECK(machine.trace.Take().empty());
  CHECK(machine.Alloc(gfp::kKernel.With(gfp::kNowarn), 10) == kNoPfn);
  CHECK(machine.trace.Take() ==
        std::vector<std::string>{"alloc failed order 10 mt 0 gfp 2cc0"});
}

TEST_CASE("PageAllocator: early boot honours fewer request flags",
          "[alloc][zone_choice]") {
  TinyMachine machine;
  machine.PutFreeTyped(0, kU, {0x2000});
  machine.state->gfp_allowed_mask =
      Gfp(~gfp::kReclaim.With(gfp::kIo).With(gfp::kFs).value());
  machine.Record();
  CHECK(machine.Alloc(gfp::kKernel.With(gfp::kZero)) == 0x2000);
  CHECK(machine.trace.Take().back() == "alloc 2000 order 0 mt 0 gfp 100");
}

TEST_CASE("PageAllocator: a drifted CMA counter does not look like free memory",
          "[alloc][zone_choice]") {
  TinyMachine machine;
  machine.SetTuning(1, 4, 4);
  machine.PutFreeTyped(4, kU, {0x2000});
  machine.PutPcp(0, {0x3000});
  Zone& zone = machine.zone();
  zone.vm_stat[static_cast<size_t>(ZoneStat::kFreeCma)] = -5;
  zone.watermark = {1, 2, 18, 20};
  REQUIRE(machine.Alloc(gfp::kKernel) == 0x3000);
  CHECK(zone.flags == kZoneBelowHigh);
}

TEST_CASE("PageAllocator: kswapd is woken by the next request that may",
          "[alloc][zone_choice]") {
  TinyMachine machine;
  machine.PutFreeTyped(3, kU, {0x2000});
  machine.zone().flags = kZoneBoostedWatermark;
  REQUIRE(machine.Alloc(gfp::kKernel.Without(gfp::kKswapdReclaim)) == 0x2000);
  CHECK(machine.zone().flags == kZoneBoostedWatermark);
  REQUIRE(machine.Alloc(gfp::kKernel) == 0x2001);
  CHECK(machine.zone().flags == 0);
}

}  // namespace
}  // namespace pagelab
