// Exact replay of small recordings: taking from other types and zones.
// page-allocator.md 10, 13.4, 25.7; worked examples E12 and E13.

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/exact_support.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;
constexpr Migratetype kR = Migratetype::kReclaimable;
constexpr Asked kKernelPage{.order = 0, .gfp = gfp::kKernel};

// Refills take two blocks.
void RefillTwo(ExactScene& scene) {
  scene.machine.SetTuning(/*batch=*/2, /*high_min=*/100, /*high_max=*/400);
}

}  // namespace

TEST_CASE("Exact replay: whole blocks are claimed, largest first (E12)",
          "[workloads][exact]") {
  ExactScene scene;
  RefillTwo(scene);
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutFree(9, kM, {0x6000});
  HandTrace trace;
  trace.Extfrag(0x4000, {.from_order = 10, .change_ownership = true});
  trace.Locked(0x4001, 0, kU).Alloc(0x4000, kKernelPage);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kClaimsByRecording) == 0);
  CHECK(EndType(report, 0x4000) == kU);
  CHECK(EndType(report, 0x4200) == kU);
  CHECK(EndFree(report, 9, kU) == Pfns{0x4200});
  CHECK(EndFree(report, 8, kU) == Pfns{0x4100});
  CHECK(EndFree(report, 1, kU) == Pfns{0x4002});
  CHECK(EndFree(report, 9, kM) == Pfns{0x6000});
  CHECK(EndPcpList(report, 0) == Pfns{0x4001});

  HandTrace smaller;
  smaller.Extfrag(0x6000, {.from_order = 9, .change_ownership = true});
  smaller.Locked(0x6001, 0, kU).Alloc(0x6000, kKernelPage);
  CheckDiverges(scene.Replay(smaller), 3,
                "mm_page_alloc_extfrag pfn=0x6000 alloc_order=0 "
                "fallback_order=9 alloc_migratetype=0 fallback_migratetype=1 "
                "change_ownership=1",
                "mm_page_alloc_extfrag pfn=0x4000 alloc_order=0 "
                "fallback_order=10 alloc_migratetype=0 fallback_migratetype=1 "
                "change_ownership=1");
}

TEST_CASE("Exact replay: a failed claim goes on to steals, which persist (E13)",
          "[workloads][exact]") {
  ExactScene scene;
  RefillTwo(scene);
  scene.machine.PutFree(5, kM, {0x6020});
  HandTrace trace;
  trace.Extfrag(0x6020, {.from_order = 5});
  HandTrace claims_again = trace;
  trace.Extfrag(0x6021, {.from_order = 0}).Alloc(0x6020, kKernelPage);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kClaimsByRecording) == 1);
  CHECK(EndType(report, 0x6000) == kM);
  CHECK(EndFree(report, 4, kM) == Pfns{0x6030});
  CHECK(EndFree(report, 3, kM) == Pfns{0x6028});
  CHECK(EndFree(report, 2, kM) == Pfns{0x6024});
  CHECK(EndFree(report, 1, kM) == Pfns{0x6022});
  CHECK(EndFree(report, 0, kM).empty());
  CHECK(EndPcpList(report, 0) == Pfns{0x6021});

  // A refill that forgot that it steals would claim the largest once more.
  claims_again.Locked(0x6030, 0, kU);
  claims_again.Extfrag(0x6030, {.from_order = 4, .change_ownership = true});
  claims_again.Alloc(0x6020, kKernelPage);
  CheckDiverges(scene.Replay(claims_again), 4,
                "mm_page_alloc_zone_locked pfn=0x6030 order=0 migratetype=0",
                "mm_page_alloc_extfrag pfn=0x6021 alloc_order=0 "
                "fallback_order=0 alloc_migratetype=0 fallback_migratetype=1 "
                "change_ownership=0");
}

TEST_CASE("Exact replay: a claim below order 9 is as the recording says (E13)",
          "[workloads][exact]") {
  ExactScene scene;
  RefillTwo(scene);
  scene.machine.PutFree(5, kM, {0x6020});
  scene.machine.PutFree(3, kM, {0x6100});
  HandTrace trace;
  trace.Locked(0x6100, 0, kU);
  trace.Extfrag(0x6100, {.from_order = 5, .change_ownership = true});
  trace.Locked(0x6101, 0, kU).Alloc(0x6100, kKernelPage);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kClaimsByRecording) == 1);
  CHECK(EndType(report, 0x6000) == kU);
  // The whole pageblock changed hands, and its smallest block was taken.
  CHECK(EndFree(report, 5, kU) == Pfns{0x6020});
  CHECK(EndFree(report, 2, kU) == Pfns{0x6104});
  CHECK(EndFree(report, 5, kM).empty());

  // The claimed block is the largest, not the one that was taken.
  HandTrace wrong_order;
  wrong_order.Locked(0x6100, 0, kU);
  wrong_order.Extfrag(0x6100, {.from_order = 3, .change_ownership = true});
  wrong_order.Locked(0x6101, 0, kU).Alloc(0x6100, kKernelPage);
  // At order 5 it failed then; the next that is told is order 3.
  const ExactReport later = scene.Replay(wrong_order);
  CheckExact(later);
  CHECK(later.counts.count(Applied::kClaimsByRecording) == 2);
}

TEST_CASE("Exact replay: movable pages are stolen from reclaimable ones first",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.SetTuning(/*batch=*/1, /*high_min=*/100, /*high_max=*/400);
  scene.machine.PutFreeTyped(0, kU, {0x4000});
  scene.machine.PutFreeTyped(0, kR, {0x6000});
  scene.machine.PutFreeTyped(4, kR, {0x6100});
  HandTrace trace;
  // Below order 4 nothing is claimed for them; the rest stays reclaimable.
  trace.Extfrag(0x6000, {.type = kM, .from_type = kR}).Alloc(0x6000);
  HandTrace again = trace;
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  // Order 4 was tried.
  CHECK(report.counts.count(Applied::kClaimsByRecording) == 1);

  again.Extfrag(0x4000, {.type = kM, .from_type = kU});
  again.Extfrag(0x6100, {.from_order = 4, .type = kM, .from_type = kR});
  again.Alloc(0x4000);
  CheckExact(scene.Replay(again));

  HandTrace unmovable_first;
  unmovable_first.Extfrag(0x4000, {.type = kM, .from_type = kU}).Alloc(0x4000);
  CheckDiverges(scene.Replay(unmovable_first), 3,
                "mm_page_alloc_extfrag pfn=0x4000 alloc_order=0 "
                "fallback_order=0 alloc_migratetype=1 fallback_migratetype=0 "
                "change_ownership=0",
                "mm_page_alloc_extfrag pfn=0x6000 alloc_order=0 "
                "fallback_order=0 alloc_migratetype=1 fallback_migratetype=2 "
                "change_ownership=0");
}

TEST_CASE("Exact replay: fragmenting waits until no zone is left",
          "[workloads][exact]") {
  ExactScene scene({.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x8000)},
                                          {Pfn(0x100000), Pfn(0x108000)}}}}});
  RefillTwo(scene);
  // Normal is asked first, but could only be fragmented.
  scene.machine.PutFree(5, kM, {0x100020});
  scene.machine.PutFreeTyped(1, kU, {0x2000, 0x2002});
  HandTrace trace;
  trace.Locked({0x2000, 0x2001}, 0, kU).Alloc(0x2000, kKernelPage);
  trace.Alloc(0x2001, kKernelPage);
  CheckExact(scene.Replay(trace));

  HandTrace fragments;
  fragments.Extfrag(0x100020, {.from_order = 5});
  fragments.Extfrag(0x100021, {.from_order = 0});
  // The refill that found nothing has raised alloc_factor.
  fragments.Extfrag(0x100022, {.from_order = 1});
  fragments.Extfrag(0x100023, {.from_order = 0});
  fragments.Alloc(0x100020, kKernelPage);
  CheckDiverges(scene.Replay(fragments), 3,
                "mm_page_alloc_extfrag pfn=0x100020 alloc_order=0 "
                "fallback_order=5 alloc_migratetype=0 fallback_migratetype=1 "
                "change_ownership=0",
                "mm_page_alloc_zone_locked pfn=0x2000 order=0 migratetype=0");

  // With nothing of the type in DMA32 the second walk begins at Normal.
  ExactScene only_movable(
      {.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x8000)},
                             {Pfn(0x100000), Pfn(0x108000)}}}}});
  RefillTwo(only_movable);
  only_movable.machine.PutFree(5, kM, {0x100020});
  only_movable.machine.PutFree(5, kM, {0x2020});
  CheckExact(only_movable.Replay(fragments));
  HandTrace lower;
  lower.Extfrag(0x2020, {.from_order = 5});
  lower.Extfrag(0x2021, {.from_order = 0}).Alloc(0x2020, kKernelPage);
  CHECK_FALSE(only_movable.Replay(lower).exact());
}

TEST_CASE(
    "Exact replay: a whole block is claimed in Normal before DMA32 is "
    "tried",
    "[workloads][exact]") {
  ExactScene scene({.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x8000)},
                                          {Pfn(0x100000), Pfn(0x108000)}}}}});
  RefillTwo(scene);
  scene.machine.PutFree(9, kM, {0x100200});
  scene.machine.PutFreeTyped(5, kU, {0x2000});
  HandTrace trace;
  trace.Extfrag(0x100200, {.from_order = 9, .change_ownership = true});
  trace.Locked(0x100201, 0, kU).Alloc(0x100200, kKernelPage);
  CheckExact(scene.Replay(trace));
}

TEST_CASE("Exact replay: every order that is tried for a claim boosts",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.SetTuning(/*batch=*/1, /*high_min=*/100, /*high_max=*/400);
  scene.machine.PutFree(5, kM, {0x6020, 0x6060});
  scene.machine.PutFree(7, kM, {0x6280});
  // A boost needs 2048 managed pages; its most is 1.5 times HIGH.
  scene.machine.PutPages(0x10000, 2048);
  scene.machine.zone().watermark = {4, 5, 700, 800};
  HandTrace trace;
  trace.Extfrag(0x6020, {.from_order = 5}).Alloc(0x6020, kKernelPage);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kClaimsByRecording) == 2);
  CHECK(EndZone(report).watermark_boost == 1024);
}

}  // namespace pagelab
