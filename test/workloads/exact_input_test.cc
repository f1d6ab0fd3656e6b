// Exact replay of recordings that are damaged, or of another machine: counted,
// with their place, and never a crash.

#include <string>

#include "pagelab/base/input_stream.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/exact_support.h"

namespace pagelab {
namespace {

constexpr Migratetype kM = Migratetype::kMovable;

ExactReport ReplayOf(const std::string& text, const AllocatorSnapshot& from,
                     const AllocatorSnapshot* expect = nullptr,
                     const ExactOptions& options = {.infer = false}) {
  absl::StatusOr<ExactReport> report = ReplayText(text, from, expect, options);
  INFO(report.status());
  REQUIRE(report.ok());
  return *std::move(report);
}

// The text without the lines that contain `words`.
std::string Without(const std::string& text, const std::string& words) {
  std::string kept;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at) + 1;
    const std::string line = text.substr(at, end - at);
    if (line.find(words) == std::string::npos) kept += line;
    at = end;
  }
  return kept;
}

}  // namespace

TEST_CASE("Exact replay: a recording that lost events says so first",
          "[workloads][exact]") {
  ExactScene scene;
  HandTrace trace;
  trace.Free(0x9000).Raw("CPU:0 [LOST 1700 EVENTS]").Free(0x9002);
  ExactReport report = scene.Replay(trace);
  CHECK(report.trace.lost_reports == 1);
  CHECK(report.trace.lost_events == 1700);
  CHECK(ExactText(report).rfind("The recording lost 1,700 events in 1 place",
                                0) == 0);
  CHECK_THAT(ExactJson(report), ContainsText("\"lost_events\": 1700"));

  const std::string text =
      "# tracer: nop\n#\n# entries-in-buffer/entries-written: 3/10   "
      "#P:1\n#\n" +
      trace.Text().substr(trace.Text().find('\n') + 1);
  report = ReplayOf(text, scene.From());
  CHECK_THAT(ExactText(report),
             ContainsText("The recording lost its first 7 events: they were "
                          "overwritten.\n"));
}

TEST_CASE("Exact replay: unreadable lines are counted, with their place",
          "[workloads][exact]") {
  ExactScene scene;
  HandTrace trace;
  trace.Free(0x9000);
  trace.Raw(
      "            test-100     [000] .....     1.000002: mm_page_free: page=0 "
      "pfn=zz order=0");
  trace.Raw("what is this").Free(0x9002);
  const ExactReport report = scene.Replay(trace);
  CHECK(report.counts.frees == 2);
  CHECK(report.trace.unreadable_lines == 2);
  REQUIRE(report.trace.problems.size() == 2);
  CHECK(report.trace.problems[0].line == 4);
  CHECK(report.trace.problems[1].line == 5);
  CHECK_THAT(ExactText(report),
             ContainsText("unreadable lines") && ContainsText("trace.txt:4:"));
}

TEST_CASE("Exact replay: events that say nothing about pages are skipped",
          "[workloads][exact]") {
  ExactScene scene;
  HandTrace trace;
  trace.Free(0x9000).Event("sched_switch", "prev_comm=test prev_pid=100");
  trace.Event("set_pageblock_migratetype", "(x+0x0/0x1) page=0x1 mt=1");
  trace.Event("mm_compaction_begin", "zone_start=0x1").Free(0x9002);
  const ExactReport report = scene.Replay(trace);
  CheckExact(report);
  CHECK(report.replayed == 2);
  CHECK(report.trace.unreadable_lines == 0);
}

TEST_CASE("Exact replay: impossible frames are counted and left out",
          "[workloads][exact]") {
  ExactScene scene;
  HandTrace trace;
  trace.Free(0x9000);
  trace.Free(0x9001, 1);         // misaligned
  trace.Free(0x20000);           // behind the last zone
  trace.Free(0x1ff00, 9);        // misaligned, and its end is behind it
  trace.Free(0);                 // below the first
  trace.Free(0xffffffffffffff);  // no such address
  trace.Alloc(0x20, {.order = 3});
  trace.Locked(0xffff, 1).Drain(0x30000, 2);
  trace.IsolateProbe(0x90000, 3, 8);
  trace.Event("mm_alloc_contig_migrate_range_info",
              "start=0x4010 end=0x4000 migratetype=0 nr_migrated=0 "
              "nr_reclaimed=0 nr_mapped=0");
  trace.Free(0x9002);
  const ExactReport report = scene.Replay(trace);
  CHECK(report.counts.frees == 2);
  CHECK(report.impossible + report.trace.unreadable_lines == 10);
  CHECK(report.first_impossible_line == 4);
  CHECK_FALSE(report.exact());
  CHECK(report.counts.divergences == 0);
  CHECK_THAT(
      ExactText(report),
      ContainsText("impossible events") &&
          ContainsText("first at line 4: a frame or CPU that the machine "
                       "does not have, or misaligned"));
}

TEST_CASE("Exact replay: a hole inside a zone has no frames",
          "[workloads][exact]") {
  ExactScene scene({.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x8000)},
                                          {Pfn(0x10000), Pfn(0x18000)}}}}});
  scene.machine.PutFree(10, kM, {0x4000});
  HandTrace trace;
  trace.Free(0x9000).Free(0x7000).Free(0xa000, 9).Alloc(0xb000);
  trace.Locked(0xc000).Drain(0xd000).IsolateProbe(0xe000, 4, 16);
  trace.Free(0x11000);
  const ExactReport report = scene.Replay(trace);
  CHECK(report.impossible == 6);
  CHECK(report.first_impossible_line == 3);
  CHECK(EndPcpList(report, 1) == Pfns{0x11000, 0x7000});
}

TEST_CASE("Exact replay: a batched free without its free is counted",
          "[workloads][exact]") {
  ExactScene scene;
  HandTrace trace;
  trace.Batched(0x9000).Free(0x9002).Batched(0x9002).Batched(0x9002);
  const ExactReport report = scene.Replay(trace);
  CHECK(report.orphan_batched == 2);
  CHECK(report.counts.frees == 1);
  CHECK(EndPcpList(report, 1) == Pfns{0x9002});
  CHECK_THAT(ExactText(report), ContainsText("batched frees without a free"));
}

TEST_CASE("Exact replay: what is before and after the markers is left out",
          "[workloads][exact]") {
  ExactScene scene;
  ExactScene end;
  end.machine.pcp().free_count = 1;
  end.machine.PutPcp(1, {0x9000});
  scene.machine.zone().managed = end.machine.zone().managed;
  HandTrace trace;
  trace.Free(0x9000);
  const HandTrace other = [] {
    HandTrace lines;
    lines.Free(0x9100).Batched(0x9100);
    return lines;
  }();
  const std::string noise =
      Without(Without(Without(other.Text(), "label=T0"), "label=T1"), "tracer");
  const AllocatorSnapshot expect = SnapshotT1(end.machine);
  const ExactReport report =
      ReplayOf(noise + trace.Text() + noise, scene.From(), &expect);
  CheckExact(report);
  CHECK(report.replayed == 1);
  CHECK(report.found_from);
  CHECK(report.found_to);
}

TEST_CASE("Exact replay: a missing marker is said", "[workloads][exact]") {
  ExactScene scene;
  HandTrace trace;
  trace.Free(0x9000);
  const AllocatorSnapshot expect = SnapshotT1(scene.machine);
  const ExactReport report =
      ReplayOf(Without(Without(trace.Text(), "label=T0"), "label=T1"),
               scene.From(), &expect);
  CHECK_FALSE(report.found_from);
  CHECK_FALSE(report.found_to);
  CHECK(report.replayed == 1);
  CHECK(ExactText(report).rfind(
            "The trace has no marker of the first snapshot: replayed from its "
            "first event.\nThe trace has no marker of the expected snapshot: "
            "replayed to its last event.\n",
            0) == 0);
}

TEST_CASE("Exact replay: one damaged CPU number is left out, many are refused",
          "[workloads][exact]") {
  ExactScene scene;
  HandTrace damaged;
  for (int i = 0; i < 100; ++i) damaged.Free(0x9000).Alloc(0x9000);
  damaged.On(7).IsolateProbe(0x9100, 0, 1).On(0).Free(0x9101);
  const ExactReport report = scene.Replay(damaged);
  CHECK(report.impossible == 1);
  CHECK(report.counts.frees == 101);
  CHECK_FALSE(report.exact());

  HandTrace other;
  other.On(1);
  for (uint64_t i = 0; i < 10; ++i) other.Free(0x9000 + i);
  const auto trace = InputStream::FromString("other.txt", other.Text());
  REQUIRE(trace.ok());
  const auto refused = ReplayExactly(**trace, scene.From(), nullptr, {});
  REQUIRE_FALSE(refused.ok());
  CHECK_THAT(std::string(refused.status().message()),
             ContainsText("has events of CPU 1"));
}

TEST_CASE("Exact replay: a snapshot of another machine fits nothing",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  scene.machine.PutPcp(1, {0x19000, 0x19002});
  HandTrace trace;
  trace.Alloc(0x19000).Free(0x19100).Alloc(0x19100);
  CheckExact(scene.Replay(trace));

  ExactScene smaller({.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x10000)}}}}});
  smaller.machine.PutFree(10, kM, {0x4000});
  const ExactReport report = ReplayOf(trace.Text(), smaller.From());
  CHECK_FALSE(report.exact());
  CHECK(report.impossible == 3);

  // Of the same size, but not in that state.
  ExactScene other;
  other.machine.PutFree(10, kM, {0x4000});
  CheckDiverges(ReplayOf(trace.Text(), other.From()), 3,
                "mm_page_alloc pfn=0x19000 order=0 migratetype=1",
                "mm_page_alloc_zone_locked pfn=0x4000 order=0 migratetype=1");
}

TEST_CASE("Exact replay: an end that was not expected is not exact",
          "[workloads][exact]") {
  ExactScene scene;
  scene.machine.PutFree(10, kM, {0x4000});
  HandTrace trace;
  trace.Free(0x9000);
  const ExactReport report = scene.Replay(trace, SnapshotT1(scene.machine));
  CHECK(report.all_checks_passed);
  CHECK_FALSE(report.exact());
  REQUIRE(report.difference.has_value());
  CHECK(report.difference->lists_differing == 1);
  CHECK(report.difference->pages_differing == 1);
  CHECK(report.difference->fields_differing >= 2);
  CHECK_THAT(ExactText(report), ContainsText("Final state: ") &&
                                    ContainsText("1 differ (1 pages)") &&
                                    ContainsText("\nNot exact.\n"));
}

TEST_CASE("Exact replay: a text that is no trace is an error",
          "[workloads][exact]") {
  ExactScene scene;
  const absl::StatusOr<ExactReport> report =
      ReplayText("hello\nworld\n", scene.From(), nullptr, {});
  REQUIRE_FALSE(report.ok());
  CHECK_THAT(std::string(report.status().message()),
             ContainsText("trace.txt:1:1: not a line of a trace"));
}

TEST_CASE("Exact replay: an empty text is no exact recording",
          "[workloads][exact]") {
  ExactScene scene;
  const absl::StatusOr<ExactReport> report =
      ReplayText("# tracer: nop\n", scene.From(), nullptr, {});
  REQUIRE_FALSE(report.ok());
  CHECK_THAT(std::string(report.status().message()),
             ContainsText("trace.txt: has no event of the page allocator"));
}

}  // namespace pagelab
