// Exact replay: what its report says, and going on after a divergence.
// docs/exact-replay.md; page-allocator.md 20.5 step 6.

#include <string>

#include "nlohmann/json.hpp"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/exact_support.h"

namespace pagelab {
namespace {

constexpr Migratetype kM = Migratetype::kMovable;
constexpr int kMovablePages = 1;
const ExactOptions kResync{.infer = false, .resync = true};

nlohmann::json Json(const ExactReport& report) {
  nlohmann::json json =
      nlohmann::json::parse(ExactJson(report), nullptr, false);
  REQUIRE_FALSE(json.is_discarded());
  return json;
}

}  // namespace

TEST_CASE("Exact replay: the first divergence ends it", "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutPcp(kMovablePages, {0x8001, 0x8003, 0x8005, 0x8007});
  HandTrace trace;
  trace.Alloc(0x8001).Alloc(0x8005).Alloc(0x8003).Alloc(0x8007);
  const ExactReport report = scene.Replay(trace);
  CHECK(report.counts.allocations == 2);
  CHECK(report.counts.exact == 1);
  CHECK(report.counts.divergences == 1);
}

TEST_CASE("Exact replay: with resync one cause is counted once",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutPcp(kMovablePages, {0x8001, 0x8003, 0x8005, 0x8007});
  HandTrace trace;
  trace.Alloc(0x8001).Alloc(0x8005).Alloc(0x8003).Alloc(0x8007);
  const ExactReport report = scene.Replay(trace, kResync);
  CheckDiverges(report, 4, "mm_page_alloc pfn=0x8005 order=0 migratetype=1",
                "page frame 0x8003");
  CHECK(report.counts.allocations == 4);
  CHECK(report.counts.exact == 3);
  CHECK(report.counts.divergences == 1);
  CHECK(EndPcp(report).count == 0);
}

TEST_CASE("Exact replay: resync after a wrong refill takes the recorded blocks",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  HandTrace trace;
  trace.Locked({0x4000, 0x4001, 0x4100, 0x4002}).Alloc(0x4000);
  trace.Alloc(0x4001).Alloc(0x4100).Alloc(0x4002);
  const ExactReport report = scene.Replay(trace, kResync);
  CheckDiverges(report, 5,
                "mm_page_alloc_zone_locked pfn=0x4100 order=0 migratetype=1",
                "mm_page_alloc_zone_locked pfn=0x4002 order=0 migratetype=1");
  INFO(ExactText(report));
  CHECK(report.counts.divergences == 1);
  CHECK(report.counts.allocations == 4);
}

TEST_CASE("Exact replay: resync after a wrong drain drains what was recorded",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.SetTuning(/*batch=*/2, /*high_min=*/6, /*high_max=*/400);
  scene.machine.PutPcp(kMovablePages, {0x8000, 0x8002, 0x8004, 0x8006, 0x8008});
  HandTrace trace;
  trace.Free(0x9000).Drain({0x8008, 0x8006, 0x8004});
  trace.Free(0x9002);
  const ExactReport report = scene.Replay(trace, kResync);
  INFO(ExactText(report));
  CHECK(report.counts.divergences == 1);
  CHECK(report.counts.frees == 2);
  CHECK(EndPcp(report).count == 4);
}

TEST_CASE("Exact replay: the report shows the cause chain of a divergence",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutPcp(kMovablePages, {0x8001, 0x8003});
  HandTrace trace;
  trace.Free(0x9000).Alloc(0x8001);
  const ExactReport report = scene.Replay(trace);
  const std::string text = ExactText(report);
  CHECK_THAT(
      text,
      ContainsText(
          "First divergence at line 4\n"
          "  recorded:  mm_page_alloc pfn=0x8001 order=0 migratetype=1\n"
          "  simulated: page frame 0x9000\n"
          "  before it on this CPU:\n"
          "    line 3 pid 100 cpu 0 task: mm_page_free pfn=0x9000 order=0\n"
          "    line 4 pid 100 cpu 0 task: mm_page_alloc pfn=0x8001 order=0 "
          "migratetype=1\n"
          "  the lists before it:\n"
          "    page frame 0x8001: pcp order 0 block 0x8001, pageblock type "
          "Movable, zone DMA32\n"));
  CHECK_THAT(text, ContainsText("    pcp list 1: 9000 8001 8003\n") &&
                       ContainsText("    free order=10 mt=1: 4000\n"));
  CHECK_THAT(text, ContainsText("\nNot exact.\n"));
}

TEST_CASE("Exact replay: the text of an exact replay", "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutPcp(kMovablePages, {0x8001});
  HandTrace trace;
  trace.Alloc(0x8001).Softirq().Free(0x9000);
  CHECK(ExactText(scene.Replay(trace)) ==
        "trace.txt: 2 events replayed\n"
        "  allocations compared                                          1\n"
        "    exact                                                       1  "
        "100 %\n"
        "  frees                                                         1\n"
        "  refills, fallbacks and drains checked                         0\n"
        "Exact.\n");
}

TEST_CASE("Exact replay: the JSON report has the documented fields",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutPcp(kMovablePages, {0x8001, 0x8003});
  HandTrace trace;
  trace.Alloc(0x8001).Free(0x9000).Alloc(0x8003);
  const nlohmann::json json =
      Json(scene.Replay(trace, SnapshotT1(scene.machine)));
  CHECK(json["trace"] == "trace.txt");
  CHECK(json["exact"] == false);
  CHECK(json["allocations_compared"] == 2);
  CHECK(json["allocations_exact"] == 1);
  CHECK(json["frees"] == 1);
  CHECK(json["divergences"] == 1);
  CHECK(json["found_from_marker"] == true);
  CHECK(json["found_expect_marker"] == true);
  CHECK(json["trace_events"] == 5);
  CHECK(json["replayed_events"] == 3);
  for (const char* key :
       {"failed_allocations", "failed_allocations_alike",
        "failed_allocations_not_comparable", "checks", "trials", "lost_events",
        "lost_reports", "unreadable_lines", "impossible_events",
        "batched_frees_without_free"}) {
    CAPTURE(key);
    CHECK(json[key] == 0);
  }
  CHECK(json["applied"].size() == kNrApplied);
  CHECK(json["applied"]["kswapd_passes"] == 0);
  CHECK(json["inferred"].is_array());
  CHECK(json["first_divergence"]["line"] == 5);
  CHECK(json["first_divergence"]["recorded"] ==
        "mm_page_alloc pfn=0x8003 order=0 migratetype=1");
  CHECK(json["first_divergence"]["simulated"] == "page frame 0x9000");
  CHECK(json["first_divergence"]["events_before"].size() == 3);
  CHECK(json["first_divergence"]["lists_before"].size() > 2);
  CHECK(json["end"]["lists_compared"] > 0);
  CHECK(json["end"]["lists_differing"] == 1);
  CHECK(json["end"]["fields_compared"] > 0);
  CHECK(json["end"]["differences"].size() > 0);
  CHECK(json["end"]["undecided"].is_array());
}

TEST_CASE("Exact replay: the JSON report lists what was inferred",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  HandTrace trace;
  trace.FreeBatch({0x9000, 0x9002}).Softirq().Free(0x9100);
  trace.Task().Alloc(0x9002).Alloc(0x9000);
  const nlohmann::json json = Json(scene.Replay(trace, {.infer = true}));
  CHECK(json["exact"] == true);
  CHECK(json["trials"] > 0);
  REQUIRE(json["inferred"].size() == 1);
  CHECK(json["inferred"][0]["line"] == 7);
  CHECK(json["inferred"][0]["what"] == "pcp lock the other way round");
  CHECK(json["inferred"][0]["failed_at_line"] == 9);
  CHECK_FALSE(json.contains("first_divergence"));
  CHECK_FALSE(json.contains("end"));
}

TEST_CASE("Exact replay: a name that is not UTF-8 does not break the JSON",
          "[workloads][exact]") {
  ExactScene scene;
  HandTrace trace;
  trace.Free(0x9000);
  ExactReport report = scene.Replay(trace);
  report.trace_name =
      "tr\xff"
      "ace.txt";
  CHECK(Json(report)["trace"] ==
        "tr\xef\xbf\xbd"
        "ace.txt");
}

}  // namespace pagelab
