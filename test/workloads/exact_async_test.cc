// Exact replay of small recordings: those who act unasked. page-allocator.md
// 12.9, 25.6.

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/exact_support.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;
constexpr int kMovablePages = 1;
// DMA32 among the zones of a machine.
constexpr int kDma32 = 1;

// `count` frames from `first` on, on the list of movable pages.
void PutPcpRun(TinyMachine& machine, uint64_t first, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) {
    machine.PutPcp(kMovablePages, {first + i});
  }
}

HandTrace& Kworker(HandTrace& trace) { return trace.Task(9, "kworker/0:0"); }

}  // namespace

TEST_CASE(
    "Exact replay: a tick lowers high by an eighth, and drains in batches",
    "[workloads][exact]") {
  ExactScene scene;
  PutPcpRun(scene.machine, 0x8000, 180);
  scene.machine.pcp().high = 200;
  HandTrace trace;
  Kworker(trace).DecayProbe(kDma32, 200);
  HandTrace shorter = trace;
  trace.Drain({0x80b3, 0x80b2, 0x80b1, 0x80b0, 0x80af});
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kDecayTicks) == 1);
  CHECK(EndPcp(report).high == 175);
  CHECK(EndPcp(report).count == 175);

  shorter.Drain({0x80b3, 0x80b2, 0x80b1, 0x80b0});
  CheckDiverges(scene.Replay(shorter), 3, "decay_pcp_high high=200",
                "mm_page_pcpu_drain pfn=0x80af order=0 migratetype=1");
  HandTrace wrong_high;
  Kworker(wrong_high).DecayProbe(kDma32, 201);
  CheckDiverges(scene.Replay(wrong_high), 3, "decay_pcp_high high=201",
                "high 200");
}

TEST_CASE("Exact replay: high never falls below its minimum",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.pcp().high = 105;
  HandTrace trace;
  Kworker(trace).DecayProbe(kDma32, 105).DecayProbe(kDma32, 100);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndPcp(report).high == 100);
  CHECK(report.counts.count(Applied::kDecayTicks) == 2);
}

TEST_CASE("Exact replay: without the probe the end tells of ticks",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(4, kM, {0x4000});
  scene.machine.pcp().high = 200;
  scene.machine.pcp().free_count = 2;
  ExactScene end;
  end.machine.PutFree(4, kM, {0x4000});
  end.machine.pcp().free_count = 3;
  end.machine.PutPcp(kMovablePages, {0x9000});
  // Two ticks: 200, 175, 154.
  end.machine.pcp().high = 154;
  HandTrace trace;
  trace.Free(0x9000);
  // Frames in use at the start are not in the count of the small machine.
  scene.machine.zone().managed = end.machine.zone().managed;
  ExactReport report = scene.Replay(trace, SnapshotT1(end.machine));
  CheckExact(report);
  CHECK(report.counts.count(Applied::kInferredTicks) == 2);
  REQUIRE(report.difference.has_value());
  CHECK(report.difference->undecided.empty());

  // What no number of ticks explains is not decided, and said.
  end.machine.pcp().high = 150;
  report = scene.Replay(trace, SnapshotT1(end.machine));
  CheckExact(report);
  CHECK(report.counts.count(Applied::kInferredTicks) == 0);
  REQUIRE(report.difference->undecided.size() == 1);
  CHECK_THAT(report.difference->undecided[0],
             ContainsText("high: ") && ContainsText("no decay_pcp_high probe"));

  // With a probe in the recording it is.
  HandTrace probed;
  probed.Free(0x9000);
  Kworker(probed).DecayProbe(kDma32, 200);
  report = scene.Replay(probed, SnapshotT1(end.machine));
  CHECK_FALSE(report.exact());
  CHECK(report.all_checks_passed);
}

TEST_CASE("Exact replay: a full drain empties the lists, first list first",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.SetType(0x6000, kU);
  scene.machine.PutPcp(0, {0x6000, 0x6002});
  scene.machine.PutPcp(kMovablePages, {0x8000, 0x8002});
  HandTrace trace;
  trace.FullDrainProbe(kDma32);
  HandTrace partly = trace;
  trace.Drain({0x6002, 0x6000}, 0, kU).Drain({0x8002, 0x8000});
  ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kFullDrains) == 1);
  CHECK(EndPcp(report).count == 0);
  CHECK(EndFree(report, 0, kM) == Pfns{0x8000, 0x8002});

  partly.Drain({0x6002, 0x6000}, 0, kU);
  CheckDiverges(scene.Replay(partly), 3, "drain_pages_zone cpu=0",
                "mm_page_pcpu_drain pfn=0x8002 order=0 migratetype=1");

  // A caller into which the function was inlined has no probe.
  HandTrace inlined;
  inlined.Drain({0x6002, 0x6000}, 0, kU).Drain({0x8002, 0x8000});
  report = scene.Replay(inlined);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kUnannouncedDrains) == 1);
  // But it drains all, and from the first list on.
  HandTrace some;
  some.Drain({0x6002, 0x6000}, 0, kU);
  CheckDiverges(scene.Replay(some), 3,
                "mm_page_pcpu_drain pfn=0x6002 order=0 migratetype=0",
                "no drain");
  HandTrace second_list;
  second_list.Drain({0x8002, 0x8000});
  CheckDiverges(scene.Replay(second_list), 3,
                "mm_page_pcpu_drain pfn=0x8002 order=0 migratetype=1",
                "no drain");
}

TEST_CASE("Exact replay: an expired list loses one batch",
          "[workloads][exact]") {
  ExactScene scene;
  PutPcpRun(scene.machine, 0x8000, 6);
  HandTrace trace;
  Kworker(trace).ExpiredDrainProbe(kDma32);
  HandTrace shorter = trace;
  trace.Drain({0x8005, 0x8004, 0x8003, 0x8002});
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kExpiredDrains) == 1);
  CHECK(EndPcp(report).count == 2);

  shorter.Drain({0x8005, 0x8004, 0x8003});
  CheckDiverges(scene.Replay(shorter), 3, "drain_zone_pages",
                "mm_page_pcpu_drain pfn=0x8002 order=0 migratetype=1");
}

TEST_CASE("Exact replay: while kswapd is at work lists are kept short",
          "[workloads][exact]") {
  ExactScene scene;
  PutPcpRun(scene.machine, 0x8000, 30);
  scene.machine.zone().watermark_boost = 512;
  HandTrace trace;
  trace.Task(32, "kswapd0").Event("mm_vmscan_kswapd_wake", "nid=0 order=0");
  trace.Task().Free(0x9000).Drain({0x801d, 0x801c, 0x801b, 0x801a});
  HandTrace goes_on = trace;
  // Its last event ends the pass, not that it goes to sleep.
  trace.Task(32, "kswapd0").Free(0x9002);
  trace.Drain({0x8019, 0x8018, 0x8017, 0x8016});
  trace.Task().Free(0x9004);
  trace.Task(32, "kswapd0").Event("mm_vmscan_kswapd_sleep", "nid=0");
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kKswapdPasses) == 1);
  CHECK(report.counts.count(Applied::kKswapdFlagFlips) == 0);
  CHECK(EndZone(report).flags == 0);
  CHECK(EndZone(report).watermark_boost == 0);
  CHECK(EndPcp(report).count == 25);

  const ExactReport open = scene.Replay(goes_on);
  CheckExact(open);
  CHECK(EndZone(open).flags == kZoneReclaimActive);
  CHECK(EndZone(open).watermark_boost == 512);
}

TEST_CASE("Exact replay: a pass of kswapd may have begun before the snapshot",
          "[workloads][exact]") {
  ExactScene scene;
  PutPcpRun(scene.machine, 0x8000, 30);
  scene.machine.zone().watermark_boost = 512;
  scene.machine.zone().flags = kZoneReclaimActive;
  HandTrace trace;
  trace.Task().Free(0x9000).Drain({0x801d, 0x801c, 0x801b, 0x801a});
  trace.Task(32, "kswapd0").Free(0x9002);
  trace.Drain({0x8019, 0x8018, 0x8017, 0x8016});
  trace.Task().Free(0x9004);
  trace.Task(32, "kswapd0").Event("mm_vmscan_kswapd_sleep", "nid=0");
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kKswapdFlagFlips) == 0);
  CHECK(EndZone(report).flags == 0);
  CHECK(EndZone(report).watermark_boost == 0);
}

TEST_CASE("Exact replay: a drain's length tells when kswapd's pass ended",
          "[workloads][exact]") {
  ExactScene scene;
  PutPcpRun(scene.machine, 0x8000, 30);
  HandTrace trace;
  trace.Task(32, "kswapd0").Event("mm_vmscan_kswapd_wake", "nid=0 order=0");
  trace.Free(0x9000).Drain({0x801d, 0x801c, 0x801b, 0x801a});
  trace.Task().Free(0x9002);
  HandTrace another_length = trace;
  trace.Drain({0x8019, 0x8018, 0x8017, 0x8016});
  trace.Task(32, "kswapd0").Event("mm_vmscan_kswapd_sleep", "nid=0");
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kKswapdFlagFlips) == 1);
  CHECK(EndPcp(report).count == 24);

  another_length.Drain({0x8019, 0x8018, 0x8017});
  another_length.Task(32, "kswapd0");
  another_length.Event("mm_vmscan_kswapd_sleep", "nid=0");
  CheckDiverges(scene.Replay(another_length), 10,
                "mm_page_pcpu_drain pfn=0x8019 order=0 migratetype=1",
                "no drain");
}

}  // namespace pagelab
