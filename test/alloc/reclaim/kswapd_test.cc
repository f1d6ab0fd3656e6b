#include "pagelab/alloc/reclaim/kswapd.h"

#include "pagelab/alloc/reclaim/node_balance.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/reclaim_world.h"

namespace pagelab {
namespace {

constexpr int kNormal = Index(ZoneType::kNormal);

// The zone has 4096 pages; min, low and high are 128, 160 and 192.
struct World : ReclaimWorld {
  using ReclaimWorld::ReclaimWorld;
  void Wake(int order = 0, Gfp gfp = gfp::kKernel) {
    reclaim.WakeKswapd(machine.context, zone(), gfp, Order(order), kNormal);
  }
  bool awake() { return node().kswapd.awake; }
  bool Turn() { return reclaim.RunKswapd(kswapd, node()); }
  // Turns until it rests.
  int Turns() {
    int turns = 1;
    while (Turn()) ++turns;
    return turns;
  }
  bool ReclaimActive() { return (zone().flags & kZoneReclaimActive) != 0; }
};

TEST_CASE("Kswapd: is woken when the node is out of balance",
          "[alloc][reclaim][kswapd]") {
  World world;
  REQUIRE(world.zone().WatermarkPages(Watermark::kMin) == 128);
  REQUIRE(world.zone().WatermarkPages(Watermark::kHigh) == 192);
  CHECK_FALSE(world.Turn());
  world.Wake();
  CHECK_FALSE(world.awake());
  CHECK(world.Count(VmEvent::kPageoutrun) == 0);
  world.FillUpTo(193);
  world.Wake();
  CHECK_FALSE(world.awake());
  world.FillUpTo(192);
  world.Wake(2);
  CHECK(world.awake());
  CHECK(world.node().kswapd.order == 2);
  CHECK(world.node().kswapd.highest_zoneidx == kNormal);
}

TEST_CASE("Kswapd: a node that is content leaves blocks to kcompactd",
          "[alloc][reclaim][kswapd]") {
  World world;
  world.Wake(4, gfp::kAtomic);
  CHECK_FALSE(world.awake());
  CHECK(world.compaction.calls ==
        std::vector<std::string>{"kcompactd 0 order 4 zone 2"});
  SECTION("who can wait compacts itself") {
    world.Wake(4, gfp::kKernel);
    CHECK(world.compaction.calls.size() == 1);
  }
}

TEST_CASE("Kswapd: reclaims up to the high watermark and naps",
          "[alloc][reclaim][kswapd]") {
  World world;
  const Pfns pages = world.UseFile(2000);
  world.FillUpTo(100);
  world.Wake();
  REQUIRE(world.awake());
  world.Turn();
  CHECK(world.ReclaimActive());
  CHECK_FALSE(world.kswapd_task.memalloc);
  world.Turns();
  CHECK_FALSE(world.ReclaimActive());
  CHECK_FALSE(world.awake());
  CHECK(NodeBalanced(*world.machine.state, world.node(), Order(0), kNormal));
  CHECK(world.FreePages() > 192);
  CHECK(world.Count(VmEvent::kPageoutrun) == 1);
  CHECK(world.Count(VmEvent::kPgstealKswapd) == world.users.evicted.size());
  CHECK(world.users.evicted ==
        Pfns(pages.begin(), pages.begin() + static_cast<ptrdiff_t>(world.Count(
                                                VmEvent::kPgstealKswapd))));
  CHECK(world.node().kswapd.failures == 0);
  // The order of the pass goes to kcompactd.
  CHECK(world.compaction.calls ==
        std::vector<std::string>{"kcompactd 0 order 0 zone 2"});
  CHECK(world.Verified() == "");

  SECTION("after the nap it sleeps") {
    world.kswapd.now += Nanoseconds(100'000'000);
    CHECK_FALSE(world.Turn());
    CHECK(world.Count(VmEvent::kPageoutrun) == 1);
    CHECK(world.Count(VmEvent::kKswapdHighWmarkHitQuickly) == 0);
  }
  SECTION("after a nap with the node out of balance it goes on") {
    world.machine.state->events = VmEvents();
    world.FillUpTo(150);
    CHECK_FALSE(world.Turn());
    world.kswapd.now += Nanoseconds(100'000'000);
    world.Turns();
    CHECK(world.Count(VmEvent::kKswapdHighWmarkHitQuickly) == 1);
    CHECK(world.Count(VmEvent::kPageoutrun) == 1);
    CHECK(world.FreePages() > 192);
  }
  SECTION("woken from the nap, it did not last") {
    world.FillUpTo(150);
    world.Wake();
    CHECK(world.awake());
    world.Turns();
    CHECK(world.Count(VmEvent::kKswapdLowWmarkHitQuickly) == 1);
    CHECK(world.Count(VmEvent::kPageoutrun) == 1);
  }
}

TEST_CASE("Kswapd: each priority looks at twice as much",
          "[alloc][reclaim][kswapd]") {
  World world;
  world.UseFile(2048);
  world.FillUpTo(10);
  world.Wake();
  std::vector<uint64_t> scanned;
  uint64_t before = 0;
  for (int turn = 0; turn < 7; ++turn) {
    world.Turn();
    scanned.push_back(world.Count(VmEvent::kPgscanKswapd) - before);
    before = world.Count(VmEvent::kPgscanKswapd);
  }
  // 2048 >> 12, 2048 >> 11, 2047 >> 10, 2046 >> 9, 2043 >> 8, 2036 >> 7,
  // 2021 >> 6.
  CHECK(scanned == std::vector<uint64_t>{0, 1, 1, 3, 7, 15, 31});
}

TEST_CASE("Kswapd: sixteen passes in vain, and it gives up",
          "[alloc][reclaim][kswapd]") {
  World world;
  world.users.eviction = Eviction::kBusy;
  world.UseFile(2000);
  world.FillUpTo(100);
  world.Wake();
  world.Turns();
  CHECK(world.node().kswapd.failures == kMaxReclaimRetries);
  CHECK(world.Count(VmEvent::kPageoutrun) == 16);
  // As the recorded machine without anything to reclaim: 16 passes, 15 of
  // them at once again.
  CHECK(world.Count(VmEvent::kKswapdHighWmarkHitQuickly) == 15);
  CHECK_FALSE(world.awake());
  world.kswapd.now += Nanoseconds(100'000'000);
  world.Turn();
  world.Wake();
  CHECK_FALSE(world.awake());
  SECTION("until somebody makes progress") {
    world.users.eviction = Eviction::kFreed;
    const AllocControl ac = world.ControlOf(gfp::kKernel);
    CHECK(world.reclaim.DirectReclaim(world.machine.context, ac) >=
          PageCount(32));
    CHECK(world.node().kswapd.failures == 0);
    world.FillUpTo(100);
    world.Wake();
    CHECK(world.awake());
  }
}

TEST_CASE("Kswapd: reclaims for a block, then for pages only",
          "[alloc][reclaim][kswapd]") {
  World world;
  world.UseFile(3000);
  world.FillUpTo(100);
  world.Wake(4);
  world.Turns();
  // Room for compaction of an order-4 block is 32 pages.
  CHECK(world.Count(VmEvent::kPgstealKswapd) >= 32);
  CHECK(world.compaction.calls ==
        std::vector<std::string>{"kcompactd 0 order 4 zone 2"});
  CHECK(NodeBalanced(*world.machine.state, world.node(), Order(0), kNormal));
}

TEST_CASE("Kswapd: works boosts off without writing or swapping",
          "[alloc][reclaim][kswapd]") {
  World world({.memory = TinyMachineOptions::Memory::kBlocks,
               .nodes = {{.memory = {{Pfn(0x1000), Pfn(0x5000)}}}},
               .geometry = {.section_order = 12, .pageblock_order = 5},
               .policy = {.thp_enabled = false}});
  world.users.swap = {.total = PageCount(1000), .free = PageCount(1000)};
  world.UseAnon(200);
  world.UseFile(40);
  const Pfns dirty = world.Use(8, page_flag::kDirty);
  world.UseFile(9000);
  world.zone().watermark_boost = 64;
  world.Wake();
  REQUIRE(world.awake());
  world.Turn();
  // More is added during the pass.
  world.zone().watermark_boost += 32;
  world.Turns();
  CHECK(world.zone().watermark_boost == 32);
  // 9048 >> 12 and >> 11, and it stays at 10: 2, 4 and, of 8 rounds of 8 and
  // one of which dirty pages took 6 and one of which they took 2, 64.
  CHECK(world.Count(VmEvent::kPgstealKswapd) == 70);
  CHECK(world.Count(VmEvent::kPgscanAnon) == 0);
  for (const uint64_t pfn : dirty) {
    CHECK(world.machine.page(pfn)->flags.Has(page_flag::kDirty));
  }
  CHECK(world.compaction.calls.front() == "kcompactd 0 order 5 zone 2");
  CHECK(world.Verified() == "");
}

TEST_CASE("Kswapd: boosts alone are not urgent", "[alloc][reclaim][kswapd]") {
  World world;
  world.users.eviction = Eviction::kBusy;
  world.UseFile(1000);
  world.zone().watermark_boost = 64;
  world.Wake();
  world.Turns();
  // The first round without a page ends the pass.
  CHECK(world.Count(VmEvent::kPgscanKswapd) == 0);
  CHECK(world.zone().watermark_boost == 0);
  CHECK(world.node().kswapd.failures == 1);
}

TEST_CASE("Kswapd: memory that is short in earnest outweighs boosts",
          "[alloc][reclaim][kswapd]") {
  World world;
  world.users.swap = {.total = PageCount(1000), .free = PageCount(1000)};
  world.UseAnon(2000);
  world.FillUpTo(100);
  world.zone().watermark_boost = 64;
  world.Wake();
  world.Turns();
  CHECK(world.Count(VmEvent::kPgstealAnon) > 0);
  CHECK(world.zone().watermark_boost == 0);
  CHECK(world.FreePages() > 192);
}

TEST_CASE("Kswapd: waits for the disk where it outruns it",
          "[alloc][reclaim][kswapd]") {
  World world;
  world.users.swap = {.total = PageCount(4000), .free = PageCount(4000)};
  world.users.write_nanoseconds = 3'000'000;
  world.Use(2000, page_flag::kSwapbacked.With(page_flag::kDirty));
  world.FillUpTo(100);
  world.Wake();
  world.Turns();
  CHECK(world.FreePages() > 192);
  CHECK(world.Count(VmEvent::kPgrotated) > 0);
  CHECK(world.Stat(NodeStat::kVmscanWrite) > 0);
  // What was written came back.
  CHECK(world.node().kswapd.failures == 0);
  CHECK(world.Verified() == "");
}

}  // namespace
}  // namespace pagelab
