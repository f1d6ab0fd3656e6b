// Exact replay of small recordings: interrupts, and events that are printed in
// another order than things happened. page-allocator.md 20.4, 25.3 to 25.5.

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/exact_support.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;
constexpr Asked kKernelPage{.order = 0, .gfp = gfp::kKernel};
constexpr int kUnmovablePages = 0;
constexpr int kMovablePages = 1;

}  // namespace

TEST_CASE("Exact replay: between two batched frees the pcp lock is held",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  HandTrace trace;
  trace.Free({0x9000, 0x9002}).Batched(0x9000);
  trace.Softirq().Free(0x9100).Task().Batched(0x9002);
  HandTrace listed = trace;
  trace.Alloc(0x9002).Alloc(0x9000);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kLockHeldCertain) == 1);
  CHECK(EndFree(report, 0, kM) == Pfns{0x9100});
  CHECK(EndPcp(report).count == 0);

  listed.Alloc(0x9002).Alloc(0x9100);
  CheckDiverges(scene.Replay(listed), 9,
                "mm_page_alloc pfn=0x9100 order=0 migratetype=1",
                "page frame 0x9000");
}

TEST_CASE("Exact replay: a lock of another zone is nobody's trouble",
          "[workloads][exact]") {
  ExactScene scene({.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x8000)},
                                          {Pfn(0x100000), Pfn(0x108000)}}}}});
  HandTrace trace;
  trace.Free({0x103000, 0x103002}).Batched(0x103000);
  trace.Hardirq().Free(0x2000).Task().Batched(0x103002);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kLockHeldCertain) == 0);
  CHECK(EndPcpList(report, kMovablePages, 0, 0) == Pfns{0x2000});
  CHECK(EndPcpList(report, kMovablePages, 0, 1) == Pfns{0x103002, 0x103000});
}

TEST_CASE("Exact replay: ksoftirqd interrupts nobody", "[workloads][exact]") {
  ExactScene scene;
  HandTrace trace;
  trace.Free({0x9000, 0x9002}).Batched(0x9000);
  trace.Task(15, "ksoftirqd/0").Softirq().Free(0x9100);
  trace.Task().Batched(0x9002);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kLockHeldCertain) == 0);
  CHECK(EndPcpList(report, kMovablePages) == Pfns{0x9002, 0x9100, 0x9000});
}

TEST_CASE("Exact replay: after a refill an interrupt finds the lock taken",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  HandTrace trace;
  trace.Locked({0x4000, 0x4001, 0x4002, 0x4003});
  trace.Softirq().Free(0x9100).Task().Alloc(0x4000);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kLockHeldLikely) == 1);
  CHECK(EndFree(report, 0, kM) == Pfns{0x9100});
  CHECK(EndPcpList(report, kMovablePages) == Pfns{0x4001, 0x4002, 0x4003});
}

TEST_CASE("Exact replay: an allocation beside a full list met a taken lock",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFreeTyped(4, kU, {0x4000});
  scene.machine.PutPcp(kUnmovablePages, {0x6001});
  scene.machine.SetType(0x6000, kU);
  const Asked atomic{.order = 0, .gfp = gfp::kAtomic};
  HandTrace trace;
  trace.Free({0x9000, 0x9002}).Batched(0x9000);
  trace.Softirq().Locked(0x4000, 0, kU).Alloc(0x4000, atomic);
  trace.Task().Batched(0x9002);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kLockHeldVisible) == 1);
  CHECK(EndPcpList(report, kUnmovablePages) == Pfns{0x6001});
  CHECK(EndFree(report, 0, kU) == Pfns{0x4001});
}

TEST_CASE("Exact replay: one page where a refill takes four met a taken lock",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFreeTyped(4, kU, {0x4000});
  const Asked atomic{.order = 0, .gfp = gfp::kAtomic};
  HandTrace trace;
  trace.Free({0x9000, 0x9002}).Batched(0x9000);
  trace.Softirq().Locked(0x4000, 0, kU).Alloc(0x4000, atomic);
  trace.Task().Batched(0x9002);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kLockHeldVisible) == 1);
  CHECK(EndPcpList(report, kUnmovablePages).empty());

  // A task never meets it on one CPU.
  HandTrace task;
  task.Locked(0x4000, 0, kU).Alloc(0x4000, kKernelPage);
  CheckDiverges(scene.Replay(task), 4,
                "mm_page_alloc pfn=0x4000 order=0 migratetype=0",
                "mm_page_alloc_zone_locked pfn=0x4001 order=0 migratetype=0");
}

TEST_CASE("Exact replay: the frame tells that a pop came before an interrupt",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutPcp(kMovablePages, {0x8001, 0x8003});
  scene.machine.pcp().free_count = 8;
  HandTrace pop_first;
  pop_first.Softirq().Free(0x9100).Task().Alloc(0x8001);
  ExactReport report = scene.Replay(pop_first);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kPopBeforeInterrupt) == 1);
  CHECK(EndPcpList(report, kMovablePages) == Pfns{0x9100, 0x8003});
  CHECK(EndPcp(report).free_count == 5);

  HandTrace as_printed;
  as_printed.Softirq().Free(0x9100).Task().Alloc(0x9100);
  report = scene.Replay(as_printed);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kPopBeforeInterrupt) == 0);
  CHECK(EndPcpList(report, kMovablePages) == Pfns{0x8001, 0x8003});
  CHECK(EndPcp(report).free_count == 4);

  HandTrace neither;
  neither.Softirq().Free(0x9100).Task().Alloc(0x8003);
  CheckDiverges(scene.Replay(neither), 4,
                "mm_page_alloc pfn=0x8003 order=0 migratetype=1",
                "page frame 0x9100");
}

TEST_CASE("Exact replay: a task that was scheduled away prints late",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutPcp(kMovablePages, {0x8001, 0x8003, 0x8005});
  HandTrace trace;
  trace.Alloc(0x8003).Task(200, "other").Alloc(0x8001);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kRescheduled) == 1);
  CHECK(EndPcpList(report, kMovablePages) == Pfns{0x8005});

  // One task cannot overtake itself, and a page that was freed in between had
  // not been taken.
  HandTrace itself;
  itself.Alloc(0x8003).Alloc(0x8001);
  CheckDiverges(scene.Replay(itself), 3,
                "mm_page_alloc pfn=0x8003 order=0 migratetype=1",
                "page frame 0x8001");
  HandTrace freed;
  freed.Alloc(0x8003).Free(0x8001).Task(200, "other").Alloc(0x8001);
  CHECK_FALSE(scene.Replay(freed).exact());
}

TEST_CASE("Exact replay: a hidden lock is found by what it does later",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  HandTrace trace;
  trace.Free({0x9000, 0x9002}).Batched(0x9000).Batched(0x9002);
  trace.Softirq().Free(0x9100);
  const uint64_t interrupt = trace.line();
  trace.Task().Alloc(0x9002).Alloc(0x9000);
  const uint64_t failure = trace.line();
  trace.Locked({0x9100, 0x4000, 0x4001, 0x4002}).Alloc(0x9100);
  CheckDiverges(scene.Replay(trace), failure,
                "mm_page_alloc pfn=0x9000 order=0 migratetype=1",
                "page frame 0x9100");

  const ExactReport report = scene.Replay(trace, {.infer = true});
  CheckExact(report);
  REQUIRE(report.choices.size() == 1);
  CHECK(report.choices[0].what == Choice::kOtherLock);
  CHECK(report.choices[0].line == interrupt);
  CHECK(report.choices[0].failed_at_line == failure);
  CHECK(ToString(report.choices[0]) == "pcp lock the other way round");
  CHECK(report.trials > 0);
}

TEST_CASE(
    "Exact replay: a free that was interrupted before its commit is found",
    "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  HandTrace trace;
  trace.Free(0x9000).Softirq().Free(0x9100).Task().Free(0x9200);
  trace.Alloc(0x9200).Alloc(0x9000).Alloc(0x9100);
  CheckDiverges(scene.Replay(trace), 7,
                "mm_page_alloc pfn=0x9000 order=0 migratetype=1",
                "page frame 0x9100");
  const ExactReport report = scene.Replay(trace, {.infer = true});
  CheckExact(report);
  REQUIRE(report.choices.size() == 1);
  CHECK(report.choices[0].what == Choice::kCommitLate);
  CHECK(report.choices[0].line == 3);
}

TEST_CASE("Exact replay: what no interrupt explains stays a divergence",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutPcp(kMovablePages, {0x8001, 0x8003});
  HandTrace trace;
  trace.Softirq().Free(0x9100).Task().Free(0x9300).Alloc(0x8003);
  const ExactReport report = scene.Replay(trace, {.infer = true});
  CheckDiverges(report, 5, "mm_page_alloc pfn=0x8003 order=0 migratetype=1",
                "page frame 0x9300");
  CHECK(report.choices.empty());
  CHECK(report.trials > 0);
}

}  // namespace pagelab
