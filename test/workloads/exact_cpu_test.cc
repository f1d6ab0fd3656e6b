// Exact replay of small recordings: several CPUs and nodes, and a machine that
// boots. page-allocator.md 25.4, 25.8.

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/exact_support.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;
constexpr int kMovablePages = 1;

TinyMachineOptions TwoCpus() {
  return {.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x20000)}}, .nr_cpus = 2}}};
}

// One CPU each, all memory below 4 GiB.
TinyMachineOptions TwoNodes() {
  return {.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x8000)}}, .nr_cpus = 1},
                    {.memory = {{Pfn(0x8000), Pfn(0x10000)}}, .nr_cpus = 1}}};
}

}  // namespace

TEST_CASE("Exact replay: each CPU has lists of its own", "[workloads][exact]") {
  ExactScene scene(TwoCpus());
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutPcp(kMovablePages, {0x8001}, 0);
  scene.machine.PutPcp(kMovablePages, {0x9001}, 1);
  HandTrace trace;
  trace.On(1).Task(200, "other").Alloc(0x9001).Free(0x9101);
  trace.On(0).Task().Alloc(0x8001).Free(0x8101);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kOtherCpu) == 0);
  CHECK(EndPcpList(report, kMovablePages, 0) == Pfns{0x8101});
  CHECK(EndPcpList(report, kMovablePages, 1) == Pfns{0x9101});
}

TEST_CASE("Exact replay: a task that moved printed on another CPU",
          "[workloads][exact]") {
  ExactScene scene(TwoCpus());
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutPcp(kMovablePages, {0x8001}, 0);
  scene.machine.PutPcp(kMovablePages, {0x9001, 0x9003}, 1);
  HandTrace trace;
  trace.Alloc(0x9001);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kOtherCpu) == 1);
  CHECK(EndPcpList(report, kMovablePages, 0) == Pfns{0x8001});
  CHECK(EndPcpList(report, kMovablePages, 1) == Pfns{0x9003});

  HandTrace not_head;
  not_head.Alloc(0x9003);
  CheckDiverges(scene.Replay(not_head), 3,
                "mm_page_alloc pfn=0x9003 order=0 migratetype=1",
                "page frame 0x8001");
}

TEST_CASE("Exact replay: a commit that drains happens at its first drain",
          "[workloads][exact]") {
  ExactScene scene(TwoCpus());
  scene.machine.SetTuning(/*batch=*/2, /*high_min=*/8, /*high_max=*/400);
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutPcp(kMovablePages,
                       {0x8000, 0x8002, 0x8004, 0x8006, 0x8008, 0x800a, 0x800c},
                       0);
  // CPU 1 refills after the free was printed, but before its drain.
  HandTrace trace;
  trace.Free(0x9000);
  trace.On(1).Task(200, "other").Locked({0x4000, 0x4001}).Alloc(0x4000);
  trace.On(0).Task().Drain({0x800c, 0x800a});
  ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndFree(report, 0, kM) == Pfns{0x800a, 0x800c});
  CHECK(EndPcp(report, 0).count == 6);

  HandTrace after;
  after.Free(0x9000).Drain({0x800c, 0x800a});
  HandTrace wrong = after;
  after.On(1).Task(200, "other").Locked({0x800a, 0x800c}).Alloc(0x800a);
  CheckExact(scene.Replay(after));
  wrong.On(1).Task(200, "other").Locked({0x4000, 0x4001}).Alloc(0x4000);
  CheckDiverges(scene.Replay(wrong), 6,
                "mm_page_alloc_zone_locked pfn=0x4000 order=0 migratetype=1",
                "mm_page_alloc_zone_locked pfn=0x800a order=0 migratetype=1");
}

TEST_CASE("Exact replay: a CPU can drain the lists of another",
          "[workloads][exact]") {
  ExactScene scene(TwoCpus());
  scene.machine.PutPcp(kMovablePages, {0x8001}, 0);
  scene.machine.PutPcp(kMovablePages, {0x9001, 0x9003}, 1);
  HandTrace trace;
  trace.FullDrainProbe(/*zone=*/1, /*cpu=*/0).Drain(0x8001);
  trace.FullDrainProbe(/*zone=*/1, /*cpu=*/1).Drain({0x9003, 0x9001});
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kFullDrains) == 2);
  CHECK(EndPcp(report, 0).count == 0);
  CHECK(EndPcp(report, 1).count == 0);
}

TEST_CASE("Exact replay: memory is of the CPU's node, or of the one asked for",
          "[workloads][exact]") {
  ExactScene scene(TwoNodes());
  scene.machine.PutFree(10, kM, {0x4000, 0xc000});
  HandTrace trace;
  trace.Locked({0x4000, 0x4001, 0x4002, 0x4003}).Alloc(0x4000);
  trace.On(1).Task(200, "other");
  trace.Locked({0xc000, 0xc001, 0xc002, 0xc003}).Alloc(0xc000);
  ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kOtherNode) == 0);

  // Of the other node, and no other.
  HandTrace this_node;
  const Asked there{.order = 0,
                    .gfp = gfp::kHighuserMovable.With(gfp::kThisnode)};
  this_node.Locked({0xc000, 0xc001, 0xc002, 0xc003}).Alloc(0xc000, there);
  report = scene.Replay(this_node);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kOtherNode) == 0);
  CHECK(EndPcpList(report, kMovablePages, 0, 1) ==
        Pfns{0xc001, 0xc002, 0xc003});

  // A policy, or a task that moved, prefers it: inferred, and said.
  HandTrace policy;
  policy.Locked({0xc000, 0xc001, 0xc002, 0xc003}).Alloc(0xc000);
  report = scene.Replay(policy);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kOtherNode) == 1);
}

TEST_CASE("Exact replay: an empty node gives way to the next",
          "[workloads][exact]") {
  ExactScene scene(TwoNodes());
  scene.machine.PutFree(10, kM, {0xc000});
  HandTrace trace;
  trace.Locked({0xc000, 0xc001, 0xc002, 0xc003}).Alloc(0xc000);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kOtherNode) == 0);
  HandTrace fails;
  fails.AllocFailed({.order = 0, .gfp = gfp::kKernel.With(gfp::kThisnode)});
  const ExactReport failed = scene.Replay(fails);
  CHECK(failed.counts.failed_allocations == 1);
}

TEST_CASE("Exact replay: a trace of more CPUs than the snapshot is refused",
          "[workloads][exact]") {
  ExactScene scene;
  HandTrace trace;
  trace.On(1).Free(0x9000);
  const absl::StatusOr<ExactReport> report =
      ReplayText(trace.Text(), scene.From(), nullptr, {});
  REQUIRE_FALSE(report.ok());
  CHECK(report.status().message() ==
        "trace.txt: has events of CPU 1, the snapshot \"T0\" is of a machine "
        "with 1 CPUs; expected a trace and a snapshot of the same machine");
}

TEST_CASE("Exact replay: the pageset of early boot keeps nothing",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.SetTuning(/*batch=*/1, /*high_min=*/0, /*high_max=*/0);
  scene.machine.PutFreeTyped(10, kU, {0x4000});
  const Asked page{.order = 0, .gfp = gfp::kKernel};
  HandTrace trace;
  trace.Locked(0x4000, 0, kU).Alloc(0x4000, page);
  trace.Locked(0x4001, 0, kU).Alloc(0x4001, page);
  trace.Free(0x4000).Drain(0x4000, 0, kU);
  const ExactReport early = scene.Replay(trace);
  CheckExact(early);
  CHECK(early.counts.count(Applied::kBootLimits) == 0);

  // The first refill of more than one block shows that limits are set.
  trace.Locked({0x4000, 0x4002, 0x4003, 0x4004}, 0, kU).Alloc(0x4000, page);
  const ExactReport report = scene.Replay(trace);
  CHECK(report.counts.count(Applied::kBootLimits) >= 1);
}

}  // namespace pagelab
