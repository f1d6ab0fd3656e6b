// Exact replay of small recordings: what the free lists do. Worked examples of
// page-allocator.md 23 and rules of 8 and 9.

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/exact_support.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;
constexpr Migratetype kC = Migratetype::kCma;
constexpr Asked kKernelPage{.order = 0, .gfp = gfp::kKernel};

// Per-cpu lists keep nothing: each free drains at once, each refill is of one
// block.
void KeepNothing(ExactScene& scene) {
  scene.machine.SetTuning(/*batch=*/2, /*high_min=*/0, /*high_max=*/0);
}

}  // namespace

TEST_CASE("Exact replay: a larger block is split from its upper half on (E1)",
          "[workloads][exact]") {
  ExactScene scene;
  KeepNothing(scene);
  scene.machine.PutFreeTyped(3, kU, {0x1000});
  HandTrace trace;
  trace.Locked(0x1000, 0, kU).Alloc(0x1000, kKernelPage);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.allocations == 1);
  CHECK(report.counts.exact == 1);
  CHECK(report.counts.checks == 1);
  CHECK(EndFree(report, 2, kU) == Pfns{0x1004});
  CHECK(EndFree(report, 1, kU) == Pfns{0x1002});
  CHECK(EndFree(report, 0, kU) == Pfns{0x1001});

  HandTrace upper;
  upper.Locked(0x1004, 0, kU).Alloc(0x1004, kKernelPage);
  CheckDiverges(scene.Replay(upper), 3,
                "mm_page_alloc_zone_locked pfn=0x1004 order=0 migratetype=0",
                "mm_page_alloc_zone_locked pfn=0x1000 order=0 migratetype=0");
}

TEST_CASE(
    "Exact replay: a merged block goes to the tail if more may merge (E2)",
    "[workloads][exact]") {
  ExactScene scene;
  KeepNothing(scene);
  scene.machine.PutFreeTyped(0, kU, {0x1001});
  scene.machine.PutFreeTyped(1, kU, {0x1002});
  scene.machine.PutFreeTyped(2, kU, {0x1004});
  scene.machine.PutFreeTyped(3, kU, {0x1200});
  scene.machine.PutFreeTyped(4, kU, {0x1010});
  HandTrace trace;
  trace.Free(0x1000).Drain(0x1000, 0, kU);
  HandTrace head = trace;
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndFree(report, 3, kU) == Pfns{0x1200, 0x1000});
  CHECK(EndFree(report, 4, kU) == Pfns{0x1010});
  CHECK(EndFree(report, 0, kU).empty());
  CHECK(EndFree(report, 1, kU).empty());
  CHECK(EndFree(report, 2, kU).empty());

  trace.Locked(0x1200, 3, kU).Alloc(0x1200, {.order = 3, .gfp = gfp::kKernel});
  CheckExact(scene.Replay(trace));
  head.Locked(0x1000, 3, kU).Alloc(0x1000, {.order = 3, .gfp = gfp::kKernel});
  CheckDiverges(scene.Replay(head), 5,
                "mm_page_alloc_zone_locked pfn=0x1000 order=3 migratetype=0",
                "mm_page_alloc_zone_locked pfn=0x1200 order=3 migratetype=0");
}

TEST_CASE("Exact replay: else a merged block goes to the head (E3)",
          "[workloads][exact]") {
  ExactScene scene;
  KeepNothing(scene);
  scene.machine.PutFreeTyped(0, kU, {0x1001});
  scene.machine.PutFreeTyped(1, kU, {0x1002});
  scene.machine.PutFreeTyped(2, kU, {0x1004});
  scene.machine.PutFreeTyped(3, kU, {0x1220});
  HandTrace trace;
  trace.Free(0x1000).Drain(0x1000, 0, kU);
  trace.Locked(0x1000, 3, kU).Alloc(0x1000, {.order = 3, .gfp = gfp::kKernel});
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndFree(report, 3, kU) == Pfns{0x1220});
}

TEST_CASE(
    "Exact replay: a block that merges with nothing takes either end (E4)",
    "[workloads][exact]") {
  ExactScene scene;
  KeepNothing(scene);
  scene.machine.PutFree(0, kM, {0x5000});
  HandTrace trace;
  trace.Free(0x2000).Drain(0x2000);
  ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndFree(report, 0, kM) == Pfns{0x2000, 0x5000});

  scene.machine.PutFree(1, kM, {0x2002});
  report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndFree(report, 0, kM) == Pfns{0x5000, 0x2000});
}

TEST_CASE("Exact replay: order 10 is freed as two halves (E5)",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.SetType(0x4000, kU);
  HandTrace trace;
  trace.Free(0x4000, 10);
  HandTrace first_type = trace;
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndFree(report, 10, kM) == Pfns{0x4000});
  CHECK(EndType(report, 0x4000) == kM);
  CHECK(EndType(report, 0x4200) == kM);

  trace.Locked(0x4000, 10).Alloc(0x4000, {.order = 10});
  CheckExact(scene.Replay(trace));
  // Had it kept the type of the first half.
  first_type.Locked(0x4000, 10, kU);
  first_type.Alloc(0x4000, {.order = 10, .gfp = gfp::kKernel});
  CheckDiverges(scene.Replay(first_type), 4,
                "mm_page_alloc_zone_locked pfn=0x4000 order=10 migratetype=0",
                "mm_page_alloc_extfrag pfn=0x4000 alloc_order=10 "
                "fallback_order=10 alloc_migratetype=0 fallback_migratetype=1 "
                "change_ownership=1");
}

TEST_CASE("Exact replay: order-9 halves of two types merge as the later one",
          "[workloads][exact]") {
  ExactScene scene;
  KeepNothing(scene);
  scene.machine.PutFreeTyped(9, kU, {0x4000});
  HandTrace trace;
  trace.Free(0x4200, 9).Drain(0x4200, 9);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndFree(report, 10, kM) == Pfns{0x4000});
  CHECK(EndType(report, 0x4000) == kM);
}

TEST_CASE("Exact replay: a CMA pageblock does not merge (E6)",
          "[workloads][exact]") {
  ExactScene scene;
  KeepNothing(scene);
  scene.machine.PutFreeTyped(9, kC, {0x4000});
  scene.machine.PutFree(9, kM, {0x6000});
  HandTrace trace;
  trace.Free(0x4200, 9).Drain(0x4200, 9);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndFree(report, 9, kC) == Pfns{0x4000});
  CHECK(EndFree(report, 9, kM) == Pfns{0x4200, 0x6000});
  CHECK(EndType(report, 0x4000) == kC);
}

TEST_CASE("Exact replay: frees of orders 4 to 8 never touch per-cpu lists",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  HandTrace trace;
  trace.Free(0x2000, 4).Free(0x2100, 8).Free(0x2010, 4);
  trace.Locked(0x2000, 5).Alloc(0x2000, {.order = 5});
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndFree(report, 8, kM) == Pfns{0x2100});
  CHECK(EndPcp(report).count == 0);
  CHECK(EndPcp(report).free_count == 0);
}

TEST_CASE("Exact replay: CMA comes first while it is over half of what is free",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFreeTyped(9, kC, {0x4000});
  scene.machine.PutFree(4, kM, {0x2000});
  scene.machine.SetTuning(/*batch=*/2, /*high_min=*/100, /*high_max=*/400);
  HandTrace trace;
  trace.Locked({0x4000, 0x4001}, 0, kC).Alloc(0x4000);
  // Unmovable ones never take it; and a freed page rides the movable list.
  HandTrace movable_list = trace;
  trace.Free(0x4000).Alloc(0x4000);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndPcpList(report, 1) == Pfns{0x4001});
  CHECK(EndFree(report, 4, kM) == Pfns{0x2000});

  movable_list.Free(0x4000).Alloc(0x4001);
  CheckDiverges(scene.Replay(movable_list), 7,
                "mm_page_alloc pfn=0x4001 order=0 migratetype=1",
                "page frame 0x4000");
  HandTrace own;
  own.Locked({0x2000, 0x2001}).Alloc(0x2000);
  CheckDiverges(scene.Replay(own), 3,
                "mm_page_alloc_zone_locked pfn=0x2000 order=0 migratetype=1",
                "mm_page_alloc_zone_locked pfn=0x4000 order=0 migratetype=4");
}

TEST_CASE("Exact replay: CMA is used before other types are, and then on",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFreeTyped(9, kU, {0x6000});
  scene.machine.PutFreeTyped(4, kC, {0x4000});
  HandTrace trace;
  trace.Locked({0x4000, 0x4001, 0x4002, 0x4003}, 0, kC).Alloc(0x4000);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndFree(report, 9, kU) == Pfns{0x6000});

  HandTrace claim;
  claim.Extfrag(
      0x6000,
      {.from_order = 9, .type = kM, .from_type = kU, .change_ownership = true});
  claim.Locked({0x6001, 0x6002, 0x6003}).Alloc(0x6000);
  CheckDiverges(scene.Replay(claim), 3,
                "mm_page_alloc_extfrag pfn=0x6000 alloc_order=0 "
                "fallback_order=9 alloc_migratetype=1 fallback_migratetype=0 "
                "change_ownership=1",
                "mm_page_alloc_zone_locked pfn=0x4000 order=0 migratetype=4");
}

TEST_CASE("Exact replay: the tail of alloc_pages_exact goes to the tail (E16)",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFreeTyped(3, kU, {0x8000});
  scene.machine.PutFreeTyped(0, kU, {0x8800});
  scene.machine.SetTuning(/*batch=*/1, /*high_min=*/100, /*high_max=*/400);
  HandTrace trace;
  trace.Locked(0x8000, 3, kU).Alloc(0x8000, {.order = 3, .gfp = gfp::kKernel});
  HandTrace cut = trace;
  trace.Free({0x8005, 0x8006, 0x8007});
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kExactTails) == 3);
  CHECK(EndFree(report, 0, kU) == Pfns{0x8800, 0x8005});
  CHECK(EndFree(report, 1, kU) == Pfns{0x8006});
  CHECK(EndPcp(report).count == 0);

  // Frees that do not reach the end of the block are ordinary ones.
  cut.Free({0x8005, 0x8006});
  const ExactReport ordinary = scene.Replay(cut);
  CheckExact(ordinary);
  CHECK(ordinary.counts.count(Applied::kExactTails) == 0);
  CHECK(EndPcpList(ordinary, 0) == Pfns{0x8006, 0x8005});
}

}  // namespace pagelab
