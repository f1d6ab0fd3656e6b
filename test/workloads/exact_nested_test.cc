// Exact replay of small recordings: allocations inside others, and those
// without an event. page-allocator.md 15.1, 20.6, 25.3.

#include "fmt/format.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/exact_support.h"
#include "pagelab/workloads/snapshot/simulated_addresses.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;
constexpr Asked kKernelPage{.order = 0, .gfp = gfp::kKernel};
// What page_owner asks for inside a GFP_KERNEL allocation, and inside a free.
constexpr Asked kPool{.order = 2, .gfp = Gfp(0x92cc0)};
constexpr Asked kSlabPage{.order = 0, .gfp = Gfp(0xd2cc0)};
constexpr Asked kPoolInFree{.order = 2, .gfp = Gfp(0x92800)};
constexpr Asked kSlabPageInFree{.order = 0, .gfp = Gfp(0xd2800)};
constexpr int kUnmovablePages = 0;
constexpr int kMovablePages = 1;
constexpr int kUnmovableOrder2 = 6;

}  // namespace

TEST_CASE("Exact replay: a stack depot pool comes after the page it is for",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFreeTyped(10, kU, {0x4000});
  HandTrace trace;
  trace.Locked({0x4000, 0x4001, 0x4002, 0x4003}, 0, kU);
  trace.Locked({0x4004, 0x4008}, 2, kU);
  trace.Alloc(0x4004, kPool).Alloc(0x4000, kKernelPage);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kNestedOuterFirst) == 1);
  CHECK(report.counts.exact == 2);
  CHECK(EndPcpList(report, kUnmovablePages) == Pfns{0x4001, 0x4002, 0x4003});
  CHECK(EndPcpList(report, kUnmovableOrder2) == Pfns{0x4008});

  HandTrace pool_first;
  pool_first.Locked({0x4000, 0x4004}, 2, kU);
  pool_first.Locked({0x4008, 0x4009, 0x400a, 0x400b}, 0, kU);
  pool_first.Alloc(0x4000, kPool).Alloc(0x4008, kKernelPage);
  CheckDiverges(scene.Replay(pool_first), 3,
                "mm_page_alloc_zone_locked pfn=0x4000 order=2 migratetype=0",
                "mm_page_alloc_zone_locked pfn=0x4000 order=0 migratetype=0");
}

TEST_CASE("Exact replay: an order-2 block with other flags is nobody's pool",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFreeTyped(10, kU, {0x4000});
  HandTrace trace;
  trace.Locked({0x4000, 0x4004}, 2, kU);
  trace.Alloc(0x4000, {.order = 2, .gfp = gfp::kKernel});
  trace.Locked({0x4008, 0x4009, 0x400a, 0x400b}, 0, kU);
  trace.Alloc(0x4008, kKernelPage);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kNestedOuterFirst) == 0);
}

TEST_CASE(
    "Exact replay: a slab page for the list of stacks comes after its page",
    "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutPcp(kUnmovablePages, {0x8001, 0x8003, 0x8005});
  HandTrace trace;
  trace.Alloc(0x8003, kSlabPage).Alloc(0x8001, kKernelPage);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kNestedOuterFirst) == 1);
  CHECK(EndPcpList(report, kUnmovablePages) == Pfns{0x8005});

  // The same page is nested in nothing where the head is its own.
  HandTrace own;
  own.Alloc(0x8001, kSlabPage).Alloc(0x8003, kKernelPage);
  const ExactReport plain = scene.Replay(own);
  CheckExact(plain);
  CHECK(plain.counts.count(Applied::kNestedOuterFirst) == 0);

  HandTrace not_nested;
  not_nested.Alloc(0x8003, kKernelPage).Alloc(0x8001, kKernelPage);
  CheckDiverges(scene.Replay(not_nested), 3,
                "mm_page_alloc pfn=0x8003 order=0 migratetype=0",
                "page frame 0x8001");
}

TEST_CASE("Exact replay: a pool that a free needs is taken before its commit",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.SetType(0x8000, kU);
  scene.machine.SetType(0x9000, kU);
  scene.machine.PutPcp(kUnmovableOrder2, {0x8010, 0x8020});
  HandTrace trace;
  trace.Free(0x9000, 2).Alloc(0x8010, kPoolInFree);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kNestedInFree) == 1);
  CHECK(EndPcpList(report, kUnmovableOrder2) == Pfns{0x9000, 0x8020});

  HandTrace after;
  after.Free(0x9000, 2).Alloc(0x9000, kPoolInFree);
  CheckDiverges(scene.Replay(after), 4,
                "mm_page_alloc pfn=0x9000 order=2 migratetype=0",
                "page frame 0x8010");
}

TEST_CASE("Exact replay: other CPUs come between a free and what it needs",
          "[workloads][exact]") {
  ExactScene scene(
      {.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x20000)}}, .nr_cpus = 2}}});
  scene.machine.SetType(0x8000, kU);
  scene.machine.SetType(0x9000, kU);
  scene.machine.PutPcp(kUnmovableOrder2, {0x8010, 0x8020});
  HandTrace trace;
  trace.Free(0x9000, 2);
  trace.On(1).Task(200, "other").Free(0xa000).On(0).Task();
  trace.Alloc(0x8010, kPoolInFree);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kNestedInFree) == 1);
  CHECK(EndPcpList(report, kUnmovableOrder2) == Pfns{0x9000, 0x8020});
}

TEST_CASE(
    "Exact replay: a refill for what a free needs comes before its commit",
    "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFreeTyped(10, kU, {0x4000});
  scene.machine.SetType(0x9000, kU);
  HandTrace trace;
  trace.Free(0x9000);
  trace.Locked({0x4000, 0x4001, 0x4002, 0x4003}, 0, kU);
  trace.Alloc(0x4000, kSlabPageInFree);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kNestedInFree) == 1);
  CHECK(EndPcpList(report, kUnmovablePages) ==
        Pfns{0x9000, 0x4001, 0x4002, 0x4003});
}

TEST_CASE("Exact replay: bulk allocations have refills only",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  HandTrace trace;
  trace.Locked({0x4000, 0x4001, 0x4002, 0x4003});
  // Freed, so it had been taken, and what was before it on the list too.
  trace.Free(0x4002);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kBulkRefills) == 1);
  CHECK(report.counts.count(Applied::kBulkPages) == 3);
  CHECK(report.counts.allocations == 0);
  CHECK(EndPcpList(report, kMovablePages) == Pfns{0x4002, 0x4003});

  HandTrace wrong;
  wrong.Locked({0x4000, 0x4002, 0x4001, 0x4003}).Free(0x4002);
  CheckDiverges(scene.Replay(wrong), 4,
                "mm_page_alloc_zone_locked pfn=0x4002 order=0 migratetype=1",
                "mm_page_alloc_zone_locked pfn=0x4001 order=0 migratetype=1");
  HandTrace large;
  large.Locked({0x4000, 0x4010}, 4);
  CheckDiverges(scene.Replay(large), 3,
                "mm_page_alloc_zone_locked pfn=0x4000 order=4 migratetype=1",
                "nobody who would take it");
}

TEST_CASE("Exact replay: a probe tells when a bulk allocation takes its pages",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  const auto take = [](HandTrace& trace, uint64_t pfn) {
    trace.Event("alloc_pages_bulk_page",
                fmt::format("(alloc_pages_bulk_noprof+0x2a5/0x5a0) page={:#x} "
                            "order=0 migratetype=1 gfp=0x100cca",
                            SimulatedPageAddress(Pfn(pfn))));
  };
  HandTrace trace;
  trace.Locked({0x4000, 0x4001, 0x4002, 0x4003});
  HandTrace wrong = trace;
  for (uint64_t pfn = 0x4000; pfn < 0x4003; ++pfn) take(trace, pfn);
  trace.Alloc(0x4003);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kBulkPages) == 3);
  CHECK(EndPcp(report).count == 0);
  take(wrong, 0x4001);
  const ExactReport second = scene.Replay(wrong);
  INFO(ExactText(second));
  CHECK_FALSE(second.exact());
  REQUIRE(second.divergence.has_value());
  CHECK(second.divergence->line == wrong.line());
}

}  // namespace pagelab
