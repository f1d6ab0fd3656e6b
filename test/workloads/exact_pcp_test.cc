// Exact replay of small recordings: per-cpu lists. page-allocator.md 12;
// worked examples E7 to E11 and E19.

#include "fmt/format.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/exact_support.h"

namespace pagelab {
namespace {

constexpr Migratetype kM = Migratetype::kMovable;
// The per-cpu lists of movable blocks of orders 0 and 2.
constexpr int kMovablePages = 1;
constexpr int kMovableOrder2 = 7;

// Frames from `first` on.
Pfns Run(uint64_t first, uint64_t count) {
  Pfns pfns;
  for (uint64_t i = 0; i < count; ++i) pfns.push_back(first + i);
  return pfns;
}

Pfns Backwards(const Pfns& pfns) { return {pfns.rbegin(), pfns.rend()}; }

void PutPcpRun(TinyMachine& machine, const Pfns& pfns) {
  for (const uint64_t pfn : pfns) machine.PutPcp(kMovablePages, {pfn});
}

}  // namespace

TEST_CASE("Exact replay: an allocation takes the head of its list",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutPcp(kMovablePages, {0x8001, 0x8005});
  HandTrace trace;
  trace.Alloc(0x8001);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndPcpList(report, kMovablePages) == Pfns{0x8005});
  CHECK(EndPcp(report).count == 1);

  HandTrace wrong;
  wrong.Alloc(0x8005);
  CheckDiverges(scene.Replay(wrong), 3,
                "mm_page_alloc pfn=0x8005 order=0 migratetype=1",
                "page frame 0x8001");
  // A refill that a list with pages does not need.
  HandTrace refill;
  refill.Locked(Run(0x4000, 4)).Alloc(0x4000);
  CHECK_FALSE(scene.Replay(refill).exact());
}

TEST_CASE("Exact replay: the page freed last is the first to go again (E8)",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutPcp(kMovablePages, {0x8001, 0x8002});
  scene.machine.pcp().free_count = 9;
  scene.machine.pcp().alloc_factor = 3;
  HandTrace trace;
  trace.Free(0x9005).Alloc(0x9005);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndPcpList(report, kMovablePages) == Pfns{0x8001, 0x8002});
  CHECK(EndPcp(report).free_count == 5);
  CHECK(EndPcp(report).alloc_factor == 1);

  HandTrace oldest;
  oldest.Free(0x9005).Alloc(0x8001);
  CheckDiverges(scene.Replay(oldest), 4,
                "mm_page_alloc pfn=0x8001 order=0 migratetype=1",
                "page frame 0x9005");
}

TEST_CASE("Exact replay: a refill takes blocks one by one (E7)",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.SetTuning(/*batch=*/6, /*high_min=*/100, /*high_max=*/400);
  scene.machine.PutFree(2, kM, {0x8000});
  scene.machine.PutFree(10, kM, {0x9000});
  HandTrace trace;
  trace.Locked({0x8000, 0x8001, 0x8002, 0x8003, 0x9000, 0x9001});
  HandTrace too_many = trace;
  trace.Alloc(0x8000);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.checks == 6);
  CHECK(EndPcpList(report, kMovablePages) ==
        Pfns{0x8001, 0x8002, 0x8003, 0x9000, 0x9001});
  CHECK(EndPcp(report).count == 5);
  for (int order = 1; order <= 9; ++order) {
    CAPTURE(order);
    CHECK(EndFree(report, order, kM) == Pfns{0x9000 + (uint64_t{1} << order)});
  }

  HandTrace wrong;
  wrong.Locked({0x8000, 0x8001, 0x8003, 0x8002, 0x9000, 0x9001}).Alloc(0x8000);
  CheckDiverges(scene.Replay(wrong), 5,
                "mm_page_alloc_zone_locked pfn=0x8003 order=0 migratetype=1",
                "mm_page_alloc_zone_locked pfn=0x8002 order=0 migratetype=1");
  HandTrace too_few;
  too_few.Locked({0x8000, 0x8001, 0x8002, 0x8003, 0x9000}).Alloc(0x8000);
  CheckDiverges(scene.Replay(too_few), 8,
                "mm_page_alloc pfn=0x8000 order=0 migratetype=1",
                "mm_page_alloc_zone_locked pfn=0x9001 order=0 migratetype=1");
  too_many.Locked(0x9002).Alloc(0x8000);
  CHECK_FALSE(scene.Replay(too_many).exact());
}

TEST_CASE("Exact replay: refills grow while nothing is freed (E9)",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.SetTuning(/*batch=*/63, /*high_min=*/512, /*high_max=*/2048);
  scene.machine.PutFree(10, kM,
                        {0x4000, 0x4400, 0x4800, 0x4c00, 0x5000, 0x5400});
  struct Step {
    uint64_t pages;
    int high;
    int alloc_factor;
  };
  constexpr Step kSteps[] = {{63, 575, 1},   {126, 701, 2},   {252, 953, 3},
                             {504, 1457, 4}, {1008, 2048, 5}, {1985, 2048, 5},
                             {1985, 2048, 5}};
  HandTrace trace;
  uint64_t next = 0x4000;
  for (const Step& step : kSteps) {
    CAPTURE(step.pages);
    const Pfns pfns = Run(next, step.pages);
    next += step.pages;
    HandTrace one_less = trace;
    trace.Locked(pfns);
    for (const uint64_t pfn : pfns) trace.Alloc(pfn);
    const ExactReport report = scene.Replay(trace);
    CheckExact(report);
    CHECK(EndPcp(report).high == step.high);
    CHECK(EndPcp(report).alloc_factor == step.alloc_factor);
    one_less.Locked(Run(pfns.front(), step.pages - 1)).Alloc(pfns.front());
    CHECK_FALSE(scene.Replay(one_less).exact());
  }
}

TEST_CASE("Exact replay: refills of orders 1 to 3 and 9 have their sizes",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.SetTuning(/*batch=*/63, /*high_min=*/512, /*high_max=*/2048);
  scene.machine.PutFree(10, kM, {0x4000, 0x4400});
  const auto refill = [&](int order, uint64_t blocks) {
    HandTrace trace;
    for (uint64_t i = 0; i < blocks; ++i) {
      trace.Locked(0x4000 + (i << order), order);
    }
    trace.Alloc(0x4000, {.order = order});
    return scene.Replay(trace);
  };
  CheckExact(refill(1, 31));
  CheckExact(refill(2, 15));
  CheckExact(refill(3, 7));
  CheckExact(refill(9, 2));
  CHECK_FALSE(refill(3, 8).exact());
  CHECK_FALSE(refill(9, 1).exact());
}

TEST_CASE("Exact replay: a zone that was low does not raise the limit",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.zone().watermark = {2, 4, 2000, 2100};
  HandTrace trace;
  trace.Locked(Run(0x4000, 4)).Alloc(0x4000);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndZone(report).flags == kZoneBelowHigh);
  CHECK(EndPcp(report).high == 100);
}

TEST_CASE("Exact replay: what was freed lately decides how much drains (E10)",
          "[workloads][exact]") {
  struct Case {
    const char* name;
    int16_t free_count;
    uint64_t drained;
  };
  for (const Case& each : {Case{"low", 10, 63}, Case{"middle", 100, 101},
                           Case{"high", 200, 189}}) {
    CAPTURE(each.name);
    ExactScene scene;
    scene.machine.SetTuning(/*batch=*/63, /*high_min=*/252, /*high_max=*/1000);
    const Pfns pages = Run(0x8000, 251);
    PutPcpRun(scene.machine, pages);
    PerCpuPages& pcp = scene.machine.pcp();
    pcp.high = 252;
    pcp.free_count = each.free_count;
    pcp.alloc_factor = 3;
    const Pfns oldest_first = Backwards(pages);
    const auto drain = [&](uint64_t count) {
      HandTrace trace;
      trace.Free(0x9000);
      trace.Drain({oldest_first.begin(),
                   oldest_first.begin() + static_cast<ptrdiff_t>(count)});
      return trace;
    };
    const ExactReport report = scene.Replay(drain(each.drained));
    CheckExact(report);
    CHECK(report.counts.checks == each.drained);
    CHECK(EndPcp(report).count == 252 - static_cast<int>(each.drained));
    CHECK(EndPcp(report).free_count == each.free_count + 1);
    CHECK(EndPcp(report).alloc_factor == 1);
    CHECK(EndPcp(report).high == 252 + (each.name[0] == 'h' ? 12 : 0));
    CHECK(EndPcpList(report, kMovablePages).front() == 0x9000);

    const HandTrace shorter = drain(each.drained - 1);
    CheckDiverges(scene.Replay(shorter), 3, "mm_page_free pfn=0x9000 order=0",
                  "mm_page_pcpu_drain pfn=" +
                      fmt::format("{:#x}", oldest_first[each.drained - 1]) +
                      " order=0 migratetype=1");
    const HandTrace longer = drain(each.drained + 1);
    CheckDiverges(scene.Replay(longer), longer.line(),
                  "mm_page_pcpu_drain pfn=" +
                      fmt::format("{:#x}", oldest_first[each.drained]) +
                      " order=0 migratetype=1",
                  "no drain");
  }
}

TEST_CASE("Exact replay: a burst of high orders drains all, and wraps (E11)",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.SetTuning(/*batch=*/63, /*high_min=*/252, /*high_max=*/4000);
  scene.machine.PutPcp(kMovablePages, {0x3100, 0x3101, 0x3102, 0x3103});
  scene.machine.PutPcp(kMovableOrder2, {0x3000});
  PerCpuPages& pcp = scene.machine.pcp();
  pcp.flags = kPcpPrevFreeHighOrder;
  pcp.free_count = 63;
  pcp.high = 300;
  HandTrace trace;
  trace.Free(0x3008, 2).Drain({0x3000, 0x3008}, 2);
  trace.Drain({0x3103, 0x3102, 0x3101, 0x3100});
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndFree(report, 2, kM) == Pfns{0x3100, 0x3008, 0x3000});
  CHECK(EndPcp(report).count == 0);
  CHECK(EndPcp(report).high == 252);
  CHECK(EndPcp(report).free_count == 67);

  HandTrace from_first_list;
  from_first_list.Free(0x3008, 2).Drain({0x3103, 0x3102, 0x3101, 0x3100});
  from_first_list.Drain({0x3000, 0x3008}, 2);
  CheckDiverges(scene.Replay(from_first_list), 4,
                "mm_page_pcpu_drain pfn=0x3103 order=0 migratetype=1",
                "mm_page_pcpu_drain pfn=0x3000 order=2 migratetype=1");

  // With FREE_HIGH_BATCH a batch must be there before it counts as a burst.
  pcp.flags |= kPcpFreeHighBatch;
  HandTrace quiet;
  quiet.Free(0x3008, 2);
  CheckExact(scene.Replay(quiet));
  CHECK_FALSE(scene.Replay(trace).exact());
}

TEST_CASE("Exact replay: a drain may take more than it should by high orders",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.SetTuning(/*batch=*/2, /*high_min=*/8, /*high_max=*/400);
  scene.machine.PutPcp(kMovableOrder2, {0x3000});
  scene.machine.PutPcp(kMovablePages, {0x3200, 0x3202, 0x3204});
  HandTrace trace;
  trace.Free(0x3208).Drain({0x3204, 0x3202});
  // Five pages shall go; they are in blocks of four.
  trace.Free(0x3210, 2).Drain({0x3000, 0x3210}, 2);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndPcp(report).count == 2);
  CHECK(EndPcpList(report, kMovablePages) == Pfns{0x3208, 0x3200});
}

TEST_CASE("Exact replay: a batch commits where its batched events are (E19)",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.SetTuning(/*batch=*/2, /*high_min=*/8, /*high_max=*/400);
  scene.machine.PutFree(10, kM, {0x4000});
  PutPcpRun(scene.machine, Run(0x8000, 6));
  HandTrace trace;
  trace.Free({0x9000, 0x9002, 0x9004}).Batched(0x9000).Batched(0x9002);
  HandTrace late_drain = trace;
  trace.Drain({0x8005, 0x8004}).Batched(0x9004);
  ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.frees == 3);
  CHECK(EndPcpList(report, kMovablePages) ==
        Pfns{0x9004, 0x9002, 0x9000, 0x8000, 0x8001, 0x8002, 0x8003});

  late_drain.Batched(0x9004).Drain({0x8005, 0x8004});
  CheckDiverges(scene.Replay(late_drain), 7, "mm_page_free_batched pfn=0x9002",
                "mm_page_pcpu_drain pfn=0x8005 order=0 migratetype=1");
}

}  // namespace pagelab
