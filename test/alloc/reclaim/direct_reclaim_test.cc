#include "pagelab/alloc/reclaim/direct_reclaim.h"

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/reclaim_world.h"

namespace pagelab {
namespace {

PageCount Reclaim(ReclaimWorld& world, Gfp gfp = gfp::kKernel, int order = 0) {
  return world.reclaim.DirectReclaim(world.machine.context,
                                     world.ControlOf(gfp, order));
}

// Leaves that many free pages, no two of them neighbours.
void Fragment(ReclaimWorld& world, int64_t free_pages) {
  MemoryPressure* const pressure = world.machine.state->pressure;
  world.machine.state->pressure = nullptr;
  Pfns taken;
  while (world.FreePages() > 140) {
    taken.push_back(world.machine.Alloc(gfp::kHighuserMovable));
  }
  world.machine.state->pressure = pressure;
  world.FillUpTo(0);
  for (const uint64_t pfn : taken) {
    if (world.FreePages() >= free_pages) return;
    if (pfn % 2 != 0) continue;
    world.machine.FreeBlock(pfn);
    world.machine.allocator->DrainAllPages(world.machine.context);
  }
}

TEST_CASE("DirectReclaim: takes a batch, with more and more effort",
          "[alloc][reclaim][direct]") {
  ReclaimWorld world;
  world.UseFile(3500);
  // 3500 >> 12 to 3500 >> 7: 0, 1, 3, 6, 13, 27; the last brings it past 32.
  CHECK(Reclaim(world) == PageCount(50));
  CHECK(world.Count(VmEvent::kPgstealDirect) == 50);
  CHECK(world.machine.state->events.allocstall ==
        std::array<uint64_t, kMaxNrZones>{0, 0, 1, 0});
  CHECK(world.users.slab_priorities == std::vector<int>{12, 11, 10, 9, 8, 7});
  CHECK_FALSE(world.machine.task.memalloc);
  CHECK(world.Verified() == "");
}

TEST_CASE("DirectReclaim: what shrinkers bring counts",
          "[alloc][reclaim][direct]") {
  ReclaimWorld world;
  world.users.slab_pages = 20;
  CHECK(Reclaim(world) == PageCount(40));
  CHECK(world.users.slab_priorities == std::vector<int>{12, 11});
}

TEST_CASE("DirectReclaim: in vain it goes a second time, and stalls twice",
          "[alloc][reclaim][direct]") {
  ReclaimWorld world;
  CHECK(Reclaim(world, gfp::kHighuserMovable) == PageCount(0));
  CHECK(world.users.slab_priorities.size() == 26);
  CHECK(world.machine.state->events.allocstall ==
        std::array<uint64_t, kMaxNrZones>{0, 0, 0, 2});
  // A tick at priority 1, both times.
  CHECK(world.users.spent == 2'000'000);
  SECTION("but does not wait where kswapd gave up") {
    world.node().kswapd.failures = 16;
    Reclaim(world);
    CHECK(world.users.spent == 2'000'000);
  }
}

TEST_CASE("DirectReclaim: active files are spared until nothing else is left",
          "[alloc][reclaim][direct]") {
  ReclaimWorld world;
  world.Use(500, page_flag::kActive);
  const Pfns inactive = world.UseFile(500);
  for (const uint64_t pfn : inactive) {
    world.users.evictions[pfn] = Eviction::kBusy;
  }
  CHECK(Reclaim(world) >= PageCount(32));
  // Two descents in vain, then one that deactivates.
  CHECK(world.machine.state->events.allocstall[Index(ZoneType::kNormal)] == 3);
  CHECK(world.Count(VmEvent::kPgdeactivate) > 0);
}

TEST_CASE("DirectReclaim: ends when compaction can begin",
          "[alloc][reclaim][direct]") {
  ReclaimWorld world;
  world.UseFile(1000);
  SECTION("a block is there already") {
    CHECK(Reclaim(world, gfp::kKernel, 4) == PageCount(1));
  }
  SECTION("compaction has what it needs, and a buffer") {
    Fragment(world, 230);
    world.compaction.suitable = CompactResult::kContinue;
    CHECK(Reclaim(world, gfp::kKernel, 4) == PageCount(1));
  }
  CHECK(world.users.evicted.empty());
}

TEST_CASE("DirectReclaim: reclaims for a block while compaction lacks pages",
          "[alloc][reclaim][direct]") {
  ReclaimWorld world;
  world.UseFile(3000);
  world.FillUpTo(100);
  // As long as more than twice the block is left: 3000 inactive pages of
  // which a round takes one in 4096, then one in 2048 and so on.
  CHECK(Reclaim(world, gfp::kKernel, 5) >= PageCount(32));
  CHECK(world.users.slab_priorities.size() > 7);
}

TEST_CASE("DirectReclaim: without __GFP_IO it reclaims clean files only",
          "[alloc][reclaim][direct]") {
  ReclaimWorld world;
  world.users.swap = {.total = PageCount(100), .free = PageCount(100)};
  world.UseAnon(2000);
  CHECK(Reclaim(world, gfp::kNoio) == PageCount(0));
  CHECK(world.users.evicted.empty());
  CHECK(Reclaim(world) >= PageCount(32));
}

TEST_CASE("DirectReclaim: all nodes of the zonelist, one after the other",
          "[alloc][reclaim][direct]") {
  ReclaimWorld world({.memory = TinyMachineOptions::Memory::kBlocks,
                      .nodes = {{.memory = {{Pfn(0x1000), Pfn(0x2000)}}},
                                {.memory = {{Pfn(0x2000), Pfn(0x3000)}}}},
                      .geometry = {.section_order = 12, .pageblock_order = 5},
                      .policy = {.thp_enabled = false}});
  CHECK(Reclaim(world) == PageCount(0));
  CHECK(world.users.slab_priorities.size() == 52);
}

TEST_CASE("ReclaimAll: clean files that nobody maps, and slab",
          "[alloc][reclaim][direct]") {
  ReclaimWorld world;
  const Pfns files = world.UseFile(40);
  const Pfns active = world.Use(3, page_flag::kActive);
  world.Use(1, page_flag::kDirty);
  world.UseAnon(2);
  world.machine.page(files[5])->pte = page_pte::kMapped;
  world.users.evictions[files[6]] = Eviction::kBusy;
  CHECK(world.reclaim.ReclaimAll(world.machine.context, {.page_cache = true}) ==
        PageCount(41));
  CHECK(world.Stat(NodeStat::kInactiveFile) == 3);
  CHECK(world.Stat(NodeStat::kActiveFile) == 0);
  CHECK(world.Stat(NodeStat::kInactiveAnon) == 2);
  CHECK(world.Count(VmEvent::kDropPagecache) == 1);
  CHECK(world.Count(VmEvent::kDropSlab) == 0);
  CHECK(world.users.slab_priorities.empty());
  CHECK(world.Verified() == "");

  world.users.slab_pages = 5;
  world.reclaim.ReclaimAll(world.machine.context, {.slab = true});
  // 5, then half of it, then a quarter.
  CHECK(world.users.slab_priorities == std::vector<int>{0, 0, 0});
  CHECK(world.Count(VmEvent::kDropSlab) == 1);
}

}  // namespace
}  // namespace pagelab
