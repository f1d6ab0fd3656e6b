// Exact replay of small recordings: compaction's page takes and contiguous
// ranges. page-allocator.md 16, 17, 25.6.

#include "fmt/format.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/exact_support.h"
#include "pagelab/workloads/snapshot/simulated_addresses.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;
constexpr Migratetype kC = Migratetype::kCma;
constexpr Migratetype kI = Migratetype::kIsolate;
constexpr std::string_view kFastSearch = "compaction_alloc+0x3f1/0xa20";
constexpr int kMovablePages = 1;
// DMA32 among the zones of a machine.
constexpr int kDma32 = 1;

std::string StructPage(const char* key, uint64_t pfn) {
  return fmt::format("{}={:#x}", key, SimulatedPageAddress(Pfn(pfn)));
}

}  // namespace

TEST_CASE("Exact replay: an isolated block leaves its list as the probe says",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(5, kM, {0x2000, 0x2100, 0x2200, 0x2300});
  HandTrace linear;
  linear.IsolateProbe(0x2200, 5, 32);
  ExactReport report = scene.Replay(linear);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kIsolatedBlocks) == 1);
  CHECK(report.counts.count(Applied::kRotations) == 0);
  CHECK(EndFree(report, 5, kM) == Pfns{0x2000, 0x2100, 0x2300});

  // The fast search turns the list first: [a,b,x,c] is [x,c,a,b] then.
  HandTrace fast;
  fast.IsolateProbe(0x2200, 5, 32, kFastSearch);
  report = scene.Replay(fast);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kRotations) == 1);
  CHECK(EndFree(report, 5, kM) == Pfns{0x2300, 0x2000, 0x2100});

  HandTrace refused;
  refused.IsolateProbe(0x2200, 5, 0, kFastSearch);
  report = scene.Replay(refused);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kIsolatedBlocks) == 0);
  CHECK(EndFree(report, 5, kM) == Pfns{0x2000, 0x2100, 0x2200, 0x2300});

  HandTrace not_free;
  not_free.IsolateProbe(0x2400, 5, 32);
  CheckDiverges(scene.Replay(not_free), 3,
                "isolate_free_page pfn=0x2400 order=5",
                "no free block of this order there");
  HandTrace smaller;
  smaller.IsolateProbe(0x2200, 4, 16);
  CheckDiverges(scene.Replay(smaller), 3,
                "isolate_free_page pfn=0x2200 order=4",
                "no free block of this order there");
}

TEST_CASE("Exact replay: a rotation that was forgotten shows in what is taken",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(5, kM, {0x2000, 0x2100, 0x2200, 0x2300});
  HandTrace trace;
  trace.IsolateProbe(0x2200, 5, 32, kFastSearch);
  HandTrace forgotten = trace;
  trace.Locked(0x2300, 5).Alloc(0x2300, {.order = 5});
  CheckExact(scene.Replay(trace));
  forgotten.Locked(0x2000, 5).Alloc(0x2000, {.order = 5});
  CheckDiverges(scene.Replay(forgotten), 5,
                "mm_page_alloc_zone_locked pfn=0x2000 order=5 migratetype=1",
                "mm_page_alloc_zone_locked pfn=0x2300 order=5 migratetype=1");
}

TEST_CASE("Exact replay: half a pageblock that is isolated makes it movable",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFreeTyped(8, kU, {0x2000});
  scene.machine.PutFreeTyped(4, kU, {0x2100, 0x2400});
  HandTrace trace;
  trace.IsolateProbe(0x2000, 8, 256);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(EndType(report, 0x2000) == kM);
  CHECK(EndFree(report, 4, kM) == Pfns{0x2100});
  CHECK(EndFree(report, 4, kU) == Pfns{0x2400});
}

TEST_CASE("Exact replay: an isolated block that is put back goes to the tail",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(5, kM, {0x2000, 0x2100});
  HandTrace trace;
  trace.IsolateProbe(0x2000, 5, 32);
  trace.Event("putback_isolated_page", "(__putback_isolated_page+0x4/0x80) " +
                                           StructPage("page", 0x2000) +
                                           " order=5 mt=1");
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kPutbacks) == 1);
  CHECK(EndFree(report, 5, kM) == Pfns{0x2100, 0x2000});
}

TEST_CASE("Exact replay: what goes back to the compactor is not freed",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(5, kM, {0x2000, 0x2100});
  HandTrace trace;
  trace.IsolateProbe(0x2000, 5, 32);
  trace.Event("compaction_free",
              "(compaction_free+0x4/0xa0) " + StructPage("folio", 0x2001));
  trace.Free(0x2001);
  ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kCompactorFrees) == 1);
  CHECK(report.counts.frees == 0);
  CHECK(EndPcp(report).count == 0);

  // In the end its list is freed, and a target of migration some day.
  trace.Free(0x2001).Free(0x2002);
  report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.frees == 2);
  CHECK(EndPcpList(report, kMovablePages) == Pfns{0x2002, 0x2001});

  // The probe is about the free that follows in its context, no other.
  HandTrace other;
  other.Event("compaction_free",
              "(compaction_free+0x4/0xa0) " + StructPage("folio", 0x2003));
  other.Free(0x9000);
  report = scene.Replay(other);
  CheckExact(report);
  CHECK(report.counts.frees == 1);
  CHECK(report.counts.count(Applied::kCompactorFrees) == 0);

  // Without the probe, a free of what is free already is one.
  HandTrace no_probe;
  no_probe.Free(0x2100);
  report = scene.Replay(no_probe);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kCompactorFrees) == 1);
  CHECK(EndFree(report, 5, kM) == Pfns{0x2000, 0x2100});

  // And so is one of a frame further on in a free block.
  HandTrace inside;
  inside.Free(0x2103).Free(0x2108, 3);
  report = scene.Replay(inside);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kCompactorFrees) == 2);
  CHECK(EndFree(report, 5, kM) == Pfns{0x2000, 0x2100});
  CHECK(EndPcp(report).count == 0);
}

TEST_CASE("Exact replay: a block of which a part is free cannot be freed",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(1, kM, {0x2006});
  HandTrace trace;
  trace.Free(0x2000, 3);
  const ExactReport report = scene.Replay(trace);
  CheckDiverges(report, 3, "mm_page_free pfn=0x2000 order=3",
                "page frame 0x2006 of it is free already");
}

TEST_CASE("Exact replay: a contiguous range is isolated, taken and given back",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFreeTyped(9, kC, {0x4000, 0x4200});
  scene.machine.PutFreeTyped(9, kC, {0x4400});
  HandTrace trace;
  trace.FullDrainProbe(kDma32);
  trace.Event("mm_alloc_contig_migrate_range_info",
              "start=0x4010 end=0x41f0 migratetype=0 nr_migrated=4 "
              "nr_reclaimed=0 nr_mapped=0");
  HandTrace nothing_taken = trace;
  trace.IsolateProbe(0x4000, 9, 512, "isolate_freepages_range+0x9c/0x150");
  for (uint64_t pfn = 0x4000; pfn < 0x4010; ++pfn) trace.Free(pfn);
  HandTrace open = trace;
  for (uint64_t pfn = 0x41f0; pfn < 0x4200; ++pfn) trace.Free(pfn);
  ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kContigRanges) == 1);
  CHECK(report.counts.frees == 32);
  CHECK(EndType(report, 0x4000) == kC);
  CHECK(EndFree(report, 9, kC) == Pfns{0x4200, 0x4400});
  CHECK(EndFree(report, 4, kC) == Pfns{0x4000, 0x41f0});
  CHECK(EndZone(report).nr_isolate_pageblock == 0);
  CHECK(EndPcp(report).count == 0);

  // Until the last of these frees the pageblock stays isolated.
  report = scene.Replay(open);
  CheckExact(report);
  CHECK(EndType(report, 0x4000) == kI);
  CHECK(EndFree(report, 4, kI) == Pfns{0x4000});
  CHECK(EndZone(report).nr_isolate_pageblock == 1);

  nothing_taken.IsolateProbe(0x4200, 8, 256);
  CheckDiverges(scene.Replay(nothing_taken), 5,
                "isolate_free_page pfn=0x4200 order=8",
                "no free block of this order there");
}

TEST_CASE("Exact replay: a drain without a contiguous range isolates nothing",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFreeTyped(9, kC, {0x4000});
  HandTrace trace;
  trace.FullDrainProbe(kDma32).Task(200, "other");
  trace.Event("mm_alloc_contig_migrate_range_info",
              "start=0x4000 end=0x4200 migratetype=0 nr_migrated=0 "
              "nr_reclaimed=0 nr_mapped=0");
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.counts.count(Applied::kContigRanges) == 0);
  CHECK(EndType(report, 0x4000) == kC);
}

}  // namespace pagelab
