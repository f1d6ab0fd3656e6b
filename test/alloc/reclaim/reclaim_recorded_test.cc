// What recordings of Linux 6.12 show of reclaim, distilled: the steps that a
// request went through when memory was out, and how much reclaim takes.

#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/reclaim/folio_lru.h"
#include "pagelab/alloc/watermark.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/reclaim_world.h"

namespace pagelab {
namespace {

constexpr Gfp kUserPage(0x140dca);

// A machine as steal2 was when its task "fragger" ran out of memory: zones DMA
// and DMA32 with 929 and 315 free pages, the recorded watermarks and reserves,
// nothing on the lists that could go, no swap.
struct OutOfMemoryScene {
  OutOfMemoryScene() {
    MemoryPressure* const pressure = world.machine.state->pressure;
    world.machine.state->pressure = nullptr;
    for (Zone& zone : world.machine.state->all_zones()) {
      zone.watermark = {};
      zone.lowmem_reserve = {};
    }
    Fill(dma32(), gfp::kKernel, 315);
    Fill(dma(), gfp::kKernel.With(gfp::kDma), 929);
    dma().watermark = {11, 14, 17, 20};
    dma().lowmem_reserve = {0, 944, 944, 944};
    dma32().watermark = {738, 981, 1224, 1467};
    world.machine.state->pressure = pressure;
    world.machine.state->events = VmEvents();
    world.users.dies_slowly = true;
    Task& fragger = world.users.AddProcess("fragger", 55, 0);
    world.users.ProcessOf(fragger).anon_rss = 143872;
    world.machine.context.task = &fragger;
  }

  Zone& dma() { return world.machine.zone(ZoneType::kDma); }
  Zone& dma32() { return world.machine.zone(ZoneType::kDma32); }

  // Anonymous memory until that much is free.
  void Fill(Zone& zone, Gfp gfp, uint64_t free) {
    const AllocControl ac = world.ControlOf(gfp);
    while (zone.StatPages(ZoneStat::kFreePages) > free) {
      Page* page = world.machine.allocator->GetPageFromFreelist(
          world.machine.context, ac, alloc_flag::kNoWatermarks);
      REQUIRE(page != nullptr);
      REQUIRE(page->zone == zone.id);
      page->flags = page_flag::kSwapbacked;
      AddToLru(*world.machine.state, *page, PageCount(1));
      world.machine.allocator->DrainAllPages(world.machine.context);
    }
    REQUIRE(zone.StatPages(ZoneStat::kFreePages) == free);
  }

  // reclaim_retry_zone's wmark_check.
  bool WouldDo(const Zone& zone, AllocFlags flags) {
    const uint64_t available =
        ZoneReclaimablePages(*world.machine.state, zone).value() +
        zone.StatPages(ZoneStat::kFreePages);
    return WatermarkOk(world.machine.state->policy, zone,
                       {.order = Order(0),
                        .mark = zone.WatermarkPages(Watermark::kMin),
                        .highest_zoneidx = Index(ZoneType::kMovable),
                        .flags = flags},
                       static_cast<int64_t>(available));
  }

  ReclaimWorld world{{.memory = TinyMachineOptions::Memory::kBlocks,
                      .nodes = {{.memory = {{Pfn(0x800), Pfn(0x2000)}}}},
                      .geometry = {.section_order = 11, .pageblock_order = 5},
                      .policy = {.cma = false}}};
};

// "reclaim_retry_zone: zone=DMA32 reclaimable=315 available=630 min_wmark=738
// wmark_check=0", "zone=DMA reclaimable=929 available=1858 min_wmark=11
// wmark_check=1", and for the victim "zone=DMA32 ... wmark_check=1".
TEST_CASE("Recorded: which zones a request goes on hoping for",
          "[alloc][reclaim][recorded]") {
  OutOfMemoryScene scene;
  const AllocatorState& state = *scene.world.machine.state;
  CHECK(ZoneReclaimablePages(state, scene.dma32()) == PageCount(315));
  CHECK(ZoneReclaimablePages(state, scene.dma()) == PageCount(929));
  CHECK_FALSE(scene.WouldDo(scene.dma32(), AllocFlags()));
  CHECK(scene.WouldDo(scene.dma(), AllocFlags()));
  CHECK(scene.WouldDo(scene.dma32(), alloc_flag::kOom));
}

// The task reclaimed 17 times in vain, was killed, reclaimed 17 times more
// with the rights of a victim and failed: 34 times two stalls of the Movable
// zone index, "allocstall_movable 68", and "oom_kill 1".
TEST_CASE("Recorded: the request that ran out of memory",
          "[alloc][reclaim][recorded]") {
  OutOfMemoryScene scene;
  ReclaimWorld& world = scene.world;
  CHECK(world.machine.Alloc(kUserPage) == TinyMachine::NoPfn());
  CHECK(world.machine.state->events.allocstall ==
        std::array<uint64_t, kMaxNrZones>{0, 0, 0, 68});
  CHECK(world.Count(VmEvent::kOomKill) == 1);
  CHECK(world.users.killed == std::vector<int32_t>{55});
  CHECK(world.Count(VmEvent::kPgscanDirect) == 0);
  CHECK(world.machine.log.Count("fragger invoked oom-killer: "
                                "gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|"
                                "__GFP_COMP|__GFP_ZERO), order=0") == 1);
  CHECK(world.machine.log.Count("fragger: page allocation failure") == 1);
  CHECK(world.node().kswapd.awake);
  CHECK(world.Verified() == "");
}

// "pageoutrun 16", "kswapd_low_wmark_hit_quickly 1" and
// "kswapd_high_wmark_hit_quickly 14": a pass for a boost, which brought
// nothing, and a nap from which it was woken early; then fifteen passes in
// vain, each but the last at once followed by the next.
TEST_CASE("Recorded: kswapd gives up after sixteen passes",
          "[alloc][reclaim][recorded]") {
  OutOfMemoryScene scene;
  ReclaimWorld& world = scene.world;
  const std::array<int64_t, kNrWatermarks> marks = scene.dma32().watermark;
  scene.dma32().watermark = {};
  scene.dma32().watermark_boost = 64;
  // "mm_vmscan_wakeup_kswapd: nid=0 order=0 gfp_flags=none"
  world.reclaim.WakeKswapd(world.machine.context, scene.dma32(), Gfp(),
                           Order(0), Index(ZoneType::kDma32));
  CHECK_FALSE(world.reclaim.RunKswapd(world.kswapd, world.node()));
  CHECK(scene.dma32().watermark_boost == 0);
  scene.dma32().watermark = marks;
  world.reclaim.WakeKswapd(world.machine.context, scene.dma32(), gfp::kKernel,
                           Order(0), Index(ZoneType::kNormal));
  while (world.reclaim.RunKswapd(world.kswapd, world.node())) {
  }
  CHECK(world.Count(VmEvent::kPageoutrun) == 16);
  CHECK(world.Count(VmEvent::kKswapdLowWmarkHitQuickly) == 1);
  CHECK(world.Count(VmEvent::kKswapdHighWmarkHitQuickly) == 14);
  CHECK(world.node().kswapd.failures == 16);
}

// The 27 direct reclaims of pressure2, with a gigabyte and more on the lists,
// brought 32 to 100 pages each.
TEST_CASE("Recorded: how much a direct reclaim takes",
          "[alloc][reclaim][recorded]") {
  ReclaimWorld world({.memory = TinyMachineOptions::Memory::kBlocks,
                      .nodes = {{.memory = {{Pfn(0x1000), Pfn(0x60000)}}}}});
  world.users.swap = {.total = PageCount(131071), .free = PageCount(60000)};
  world.UseAnon(250'000);
  world.UseFile(8'000);
  for (int i = 0; i < 27; ++i) {
    const PageCount reclaimed = world.reclaim.DirectReclaim(
        world.machine.context, world.ControlOf(kUserPage));
    CAPTURE(i, reclaimed.value());
    CHECK(reclaimed >= PageCount(32));
    CHECK(reclaimed <= PageCount(100));
  }
  CHECK(world.machine.state->events.allocstall[3] == 27);
}

}  // namespace
}  // namespace pagelab
