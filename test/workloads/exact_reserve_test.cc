// Exact replay of small recordings: watermarks, reserves and those who may use
// them. page-allocator.md 11, 13, 14, 25.6; worked examples E17 and E18.

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/exact_support.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kH = Migratetype::kHighAtomic;
constexpr Asked kKernelPage{.order = 0, .gfp = gfp::kKernel};
constexpr Asked kAtomicPage{.order = 0, .gfp = gfp::kAtomic};
constexpr Asked kNowaitPage{.order = 0, .gfp = gfp::kNowait};
constexpr int kMovablePages = 1;
constexpr int kUnmovableOrder2 = 6;
constexpr int kMovableOrder2 = 7;
// DMA32 among the zones of a machine.
constexpr int kDma32 = 1;
constexpr char kVictim[] =
    "pid=100 comm=test total-vm=1kB anon-rss=1kB file-rss:0kB shmem-rss:0kB "
    "uid=0 pgtables=4kB oom_score_adj=0";

// MIN 400, and `free` pages below every other watermark. The first refill takes
// what `Refill()` has.
void PutScarce(ExactScene& scene, uint64_t free) {
  scene.machine.zone().watermark = {400, 1000, 1200, 1400};
  scene.machine.SetType(0x4000, kU);
  scene.machine.SetType(0x4200, kU);
  for (int order = 9; order >= 0; --order) {
    // Not two of an order, and nothing merges.
    if ((free >> order & 1) != 0) {
      scene.machine.PutFreeTyped(order, kU, {uint64_t{0x4000} + (2u << order)});
    }
  }
}

// The refill of a scene with an odd number of free pages, and at least two more
// blocks of order 1.
void Refill(HandTrace& trace) {
  trace.Locked({0x4002, 0x4004, 0x4005, 0x4008}, 0, kU);
}

}  // namespace

TEST_CASE("Exact replay: atomic requests go down to 3/8 of MIN (E17)",
          "[workloads][exact]") {
  ExactScene enough;
  PutScarce(enough, 151);
  HandTrace trace;
  Refill(trace);
  trace.Alloc(0x4002, kAtomicPage);
  ExactReport report = enough.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kAssumedReserves) == 0);

  ExactScene little;
  PutScarce(little, 150);
  HandTrace fails;
  fails.AllocFailed(kAtomicPage);
  report = little.Replay(fails);
  CheckExact(report);
  CHECK(report.counts.failed_allocations == 1);
  CHECK(report.counts.failed_alike == 1);
  CHECK(report.counts.allocations == 0);
  CHECK(EndZone(report).flags == kZoneBelowHigh);
  // Where there is enough it does not fail.
  CheckDiverges(enough.Replay(fails), 3,
                "mm_page_alloc pfn=0x0 order=0 migratetype=0",
                "mm_page_alloc_zone_locked pfn=0x4002 order=0 migratetype=0");
}

TEST_CASE("Exact replay: to be unable to wait gives nothing by itself (E17)",
          "[workloads][exact]") {
  ExactScene scene;
  PutScarce(scene, 400);
  HandTrace trace;
  trace.AllocFailed(kNowaitPage).AllocFailed(kKernelPage);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.failed_alike == 2);

  ExactScene one_more;
  PutScarce(one_more, 407);
  HandTrace works;
  Refill(works);
  works.Alloc(0x4002, kNowaitPage);
  const ExactReport granted = one_more.Replay(works);
  CheckExact(granted);
  CHECK(granted.counts.count(Applied::kAssumedReserves) == 0);
}

TEST_CASE("Exact replay: an OOM victim gets half of MIN (E17)",
          "[workloads][exact]") {
  ExactScene scene;
  PutScarce(scene, 207);
  HandTrace page;
  Refill(page);
  page.Alloc(0x4002, kKernelPage);
  HandTrace victim;
  victim.Event("mark_victim", kVictim);
  HandTrace too_little = victim;
  Refill(victim);
  victim.Alloc(0x4002, kKernelPage);
  ExactReport report = scene.Replay(victim);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kOomVictims) == 1);
  CHECK(report.counts.count(Applied::kAssumedReserves) == 0);
  // Without that event it is assumed, and said.
  report = scene.Replay(page);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kAssumedReserves) == 1);

  ExactScene half;
  PutScarce(half, 199);
  too_little.AllocFailed(kKernelPage);
  report = half.Replay(too_little);
  CheckExact(report);
  CHECK(report.counts.failed_alike == 1);
  CheckDiverges(scene.Replay(too_little), 4,
                "mm_page_alloc pfn=0x0 order=0 migratetype=0",
                "mm_page_alloc_zone_locked pfn=0x4002 order=0 migratetype=0");
}

TEST_CASE("Exact replay: kswapd may take what is left", "[workloads][exact]") {
  ExactScene scene;
  PutScarce(scene, 23);
  HandTrace trace;
  trace.Task(32, "kswapd0");
  Refill(trace);
  trace.Alloc(0x4002, kKernelPage);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kAssumedReserves) == 0);
}

TEST_CASE("Exact replay: so may a task in direct reclaim",
          "[workloads][exact]") {
  ExactScene scene;
  PutScarce(scene, 23);
  HandTrace trace;
  trace.Event("mm_vmscan_direct_reclaim_begin", "order=0 gfp_flags=GFP_KERNEL");
  Refill(trace);
  trace.Alloc(0x4002, {.order = 0, .gfp = gfp::kNoio});
  trace.Event("mm_vmscan_direct_reclaim_end", "nr_reclaimed=0");
  // It ends with a failure, tried when nobody knows.
  trace.AllocFailed(kKernelPage);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kDirectReclaims) == 1);
  CHECK(report.counts.count(Applied::kAssumedReserves) == 0);
  CHECK(report.counts.failed_allocations == 1);
  CHECK(report.counts.failed_unknown == 1);
  CHECK(EndZone(report).flags == kZoneBelowHigh);
  CHECK_THAT(ExactText(report),
             ContainsText("inside reclaim: the moment of the attempt is not "
                          "recorded"));
}

namespace {

// E18: an order-2 block that an atomic request gets in the slow path, and what
// is free in its pageblock.
void PutAtomicBlock(ExactScene& scene) {
  scene.machine.PutFreeTyped(4, kU, {0x7010, 0x9010});
  scene.machine.PutPcp(kUnmovableOrder2, {0x7004});
  scene.machine.zone().watermark = {8, 100, 200, 300};
  // Of so many a pageblock is less than a hundredth.
  scene.machine.zone().managed = PageCount(1'000'000);
}

}  // namespace

TEST_CASE("Exact replay: an atomic block makes its pageblock a reserve (E18)",
          "[workloads][exact]") {
  ExactScene scene;
  PutAtomicBlock(scene);
  HandTrace trace;
  trace.Alloc(0x7004, {.order = 2, .gfp = gfp::kAtomic});
  ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndType(report, 0x7000) == kH);
  CHECK(EndFree(report, 4, kU) == Pfns{0x9010});
  CHECK(EndFree(report, 4, kH) == Pfns{0x7010});
  CHECK(EndZone(report).nr_free_highatomic == 16);
  CHECK(EndZone(report).nr_reserved_highatomic == 512);

  // Freed it rides a movable list, and drains to the reserve.
  trace.Free(0x7004, 2);
  report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndPcpList(report, kMovableOrder2) == Pfns{0x7004});
  trace.FullDrainProbe(kDma32).Drain(0x7004, 2, kH);
  report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndFree(report, 2, kH) == Pfns{0x7004});
  HandTrace ordinary;
  ordinary.Alloc(0x7004, {.order = 2, .gfp = gfp::kKernel});
  report = scene.Replay(ordinary);
  CHECK(EndType(report, 0x7000) == kU);
}

TEST_CASE("Exact replay: atomic blocks come from the reserve first",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFreeTyped(4, kU, {0x9010});
  scene.machine.PutFreeTyped(4, kH, {0x7010});
  scene.machine.zone().watermark = {8, 100, 200, 300};
  scene.machine.zone().nr_reserved_highatomic = 512;
  HandTrace trace;
  trace.Locked(0x7010, 4, kH).Alloc(0x7010, {.order = 4, .gfp = gfp::kAtomic});
  CheckExact(scene.Replay(trace));
  HandTrace other;
  other.Locked(0x9010, 4, kU).Alloc(0x9010, {.order = 4, .gfp = gfp::kAtomic});
  CheckDiverges(scene.Replay(other), 3,
                "mm_page_alloc_zone_locked pfn=0x9010 order=4 migratetype=0",
                "mm_page_alloc_zone_locked pfn=0x7010 order=4 migratetype=3");
}

TEST_CASE("Exact replay: who cannot wait gets the reserve last",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFreeTyped(4, kH, {0x7010});
  scene.machine.zone().watermark = {8, 100, 200, 300};
  scene.machine.zone().nr_reserved_highatomic = 512;
  HandTrace trace;
  trace.Locked(0x7010, 0, kH).Alloc(0x7010, kAtomicPage);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndFree(report, 0, kH) == Pfns{0x7011});
  HandTrace waits;
  waits.AllocFailed(kKernelPage);
  CheckExact(scene.Replay(waits));
}

TEST_CASE("Exact replay: a reserve goes before the drain after direct reclaim",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFreeTyped(4, kH, {0x7010});
  scene.machine.PutPcp(kMovablePages, {0x7020});
  scene.machine.zone().nr_reserved_highatomic = 1024;
  HandTrace trace;
  trace.Event("mm_vmscan_direct_reclaim_begin", "order=0 gfp_flags=GFP_KERNEL");
  trace.Event("mm_vmscan_direct_reclaim_end", "nr_reclaimed=5");
  HandTrace kept = trace;
  trace.FullDrainProbe(kDma32).Drain(0x7020, 0, kU);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kUnreserves) == 1);
  CHECK(report.counts.count(Applied::kForcedUnreserves) == 0);
  CHECK(EndType(report, 0x7000) == kU);
  CHECK(EndFree(report, 4, kU) == Pfns{0x7010});
  CHECK(EndFree(report, 0, kU) == Pfns{0x7020});
  CHECK(EndZone(report).nr_reserved_highatomic == 512);

  kept.FullDrainProbe(kDma32).Drain(0x7020, 0, kH);
  CheckDiverges(scene.Replay(kept), 6,
                "mm_page_pcpu_drain pfn=0x7020 order=0 migratetype=3",
                "mm_page_pcpu_drain pfn=0x7020 order=0 migratetype=0");

  // The last pageblock goes by force only.
  scene.machine.zone().nr_reserved_highatomic = 512;
  CheckExact(scene.Replay(kept));
}

TEST_CASE("Exact replay: a type that contradicts shows a forced return",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFreeTyped(4, kH, {0x7010});
  scene.machine.PutPcp(kMovablePages, {0x7020});
  scene.machine.zone().nr_reserved_highatomic = 512;
  HandTrace taken;
  taken.Locked({0x7010, 0x7011, 0x7012, 0x7013}, 0, kU);
  taken.Alloc(0x7010, kKernelPage);
  ExactReport report = scene.Replay(taken);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kForcedUnreserves) == 1);
  CHECK(EndType(report, 0x7000) == kU);
  CHECK(EndZone(report).nr_reserved_highatomic == 0);

  HandTrace drained;
  drained.FullDrainProbe(kDma32).Drain(0x7020, 0, kU);
  report = scene.Replay(drained);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kForcedUnreserves) == 1);
  CHECK(EndFree(report, 4, kU) == Pfns{0x7010});
  CHECK(EndFree(report, 0, kU) == Pfns{0x7020});
}

}  // namespace pagelab
