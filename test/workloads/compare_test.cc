#include <string>

#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/compare/compare_runs.h"
#include "pagelab/workloads/outputs.h"
#include "pagelab/workloads/summary.h"

namespace pagelab {
namespace {

constexpr std::string_view kHeader =
    "# tracer: nop\n#\n# entries-in-buffer/entries-written: 4/4   #P:1\n#\n";

std::string AllocLine(int second, uint64_t pfn, int order) {
  return "           nginx-101     [000] .....     " + std::to_string(second) +
         ".000000: mm_page_alloc: page=0000000000001000 pfn=" +
         std::to_string(pfn) + " order=" + std::to_string(order) +
         " migratetype=0 gfp_flags=GFP_KERNEL\n";
}

const std::string kExtfrag =
    "           nginx-101     [000] .....     9.000000: "
    "mm_page_alloc_extfrag: page=0000000000001000 pfn=0x10 alloc_order=0 "
    "fallback_order=3 pageblock_order=9 alloc_migratetype=0 "
    "fallback_migratetype=1 fragmenting=1 change_ownership=0\n";

absl::StatusOr<TraceComparison> Compare(const std::string& a,
                                        const std::string& b) {
  auto left = InputStream::FromString("a", a);
  auto right = InputStream::FromString("b", b);
  REQUIRE(left.ok());
  REQUIRE(right.ok());
  return CompareTraces(**left, **right);
}

TraceComparison MustCompare(const std::string& a, const std::string& b) {
  auto comparison = Compare(a, b);
  INFO(comparison.status().ToString());
  REQUIRE(comparison.ok());
  return *std::move(comparison);
}

const std::string kTrace = std::string(kHeader) + AllocLine(1, 16, 0) +
                           AllocLine(2, 17, 0) + AllocLine(3, 18, 0) + kExtfrag;

TEST_CASE("CompareTraces: equal ones", "[workloads][compare]") {
  const TraceComparison same = MustCompare(kTrace, kTrace);
  CHECK(same.same());
  CHECK(same.equal_events == 4);
  CHECK(same.a_totals.fallbacks() == 1);
  CHECK(same.a_totals.fragmenting == 1);
  CHECK(same.a_totals.change_ownership == 0);
  CHECK(same.b_totals.events == 4);
}

TEST_CASE("CompareTraces: the first event that differs, with both lines",
          "[workloads][compare]") {
  // Two lines of comment more: line numbers are each file's own.
  const std::string other = "# one\n# two\n" + std::string(kHeader) +
                            AllocLine(1, 16, 0) + AllocLine(2, 17, 0) +
                            AllocLine(3, 32, 1) + AllocLine(4, 19, 0);
  const TraceComparison parted = MustCompare(kTrace, other);
  CHECK_FALSE(parted.same());
  CHECK(parted.equal_events == 2);
  REQUIRE(parted.a.has_value());
  REQUIRE(parted.b.has_value());
  CHECK(parted.a->line == 7);
  CHECK(parted.b->line == 9);
  CHECK(parted.a->event ==
        "nginx-101 [000] 3.000000 mm_page_alloc: page=0000000000001000 pfn=18 "
        "order=0 migratetype=0 gfp_flags=GFP_KERNEL");
  CHECK_THAT(parted.b->event, ContainsText("pfn=32 order=1"));
  // What comes afterwards is counted in both.
  CHECK(parted.a_totals.fallbacks() == 1);
  CHECK(parted.b_totals.fallbacks() == 0);
  CHECK(parted.b_totals.events == 4);
}

TEST_CASE("CompareTraces: one ends earlier, one is late",
          "[workloads][compare]") {
  const std::string shorter =
      "# tracer: nop\n#\n" + AllocLine(1, 16, 0) + AllocLine(2, 17, 0);
  const TraceComparison ended = MustCompare(kTrace, shorter);
  CHECK(ended.equal_events == 2);
  CHECK(ended.a->line == 7);
  CHECK_FALSE(ended.b.has_value());
  CHECK(ended.parted());
  const std::string late = std::string(kHeader) + AllocLine(1, 16, 0) +
                           AllocLine(5, 17, 0) + AllocLine(6, 18, 0) + kExtfrag;
  const TraceComparison retimed = MustCompare(kTrace, late);
  CHECK_FALSE(retimed.parted());
  CHECK_FALSE(retimed.same());
  CHECK(retimed.equal_events == 4);
  CHECK(retimed.retimed_a->line == 6);
  CHECK_THAT(retimed.retimed_b->event, ContainsText(" 5.000000 "));
}

TEST_CASE("CompareTraces: traces that are damaged or cut off are refused",
          "[workloads][compare]") {
  const std::string cut = kTrace.substr(0, kTrace.size() - kExtfrag.size());
  CHECK(Compare(kTrace, cut).status().message() ==
        "b: cut off: its header says 4 entries, and there are 3");
  CHECK(Compare(cut + kExtfrag.substr(0, 70), kTrace).status().message() ==
        "a: cut off inside its last line, 8");
  const std::string unreadable = std::string(kHeader) + AllocLine(1, 16, 0) +
                                 AllocLine(2, 17, 0) + "garbage in between\n" +
                                 AllocLine(3, 18, 0) + kExtfrag;
  CHECK_THAT(
      std::string(FromAbsl(Compare(unreadable, kTrace).status().message())),
      ContainsText("a:7:"));
  CHECK_FALSE(Compare("no trace\nat all\n", kTrace).ok());
}

// What `pagelab run -o` writes.
std::string WriteRun(const TemporaryDirectory& directory,
                     const std::string& name, int pages,
                     const MachineConfig& config = SmallMachine()) {
  RunWorld world(config);
  const RunReport report = world.MustRun(
      R"({"tasks": [{"name": "hog", "steps": [{"repeat": {"times": )" +
      std::to_string(pages) +
      R"(, "steps": [{"alloc": {"order": 0, "gfp": "GFP_KERNEL"}}]}}]}]})");
  const std::string out = directory.File(name);
  REQUIRE(WriteOutputs(world.machine(), out).ok());
  Summary summary;
  summary.command = "run";
  summary.workload = "hog";
  summary.counts = CountsOf(report);
  summary.failures = report.failures;
  summary.owners = SummarizeOwners(world.machine(), 3);
  REQUIRE(
      WriteOutputText(out, kSummaryFile, SummaryJson(world.machine(), summary))
          .ok());
  return out;
}

RunComparison MustCompareRuns(const std::string& a, const std::string& b) {
  auto comparison = CompareRuns(a, b);
  INFO(comparison.status().ToString());
  REQUIRE(comparison.ok());
  return *std::move(comparison);
}

const ComparedValue* Find(const RunComparison& comparison,
                          std::string_view group, std::string_view name) {
  for (const ValueGroup& one : comparison.groups) {
    if (one.title != group) continue;
    for (const ComparedValue& value : one.values) {
      if (value.name == name) return &value;
    }
  }
  return nullptr;
}

TEST_CASE("CompareRuns: a run and itself", "[workloads][compare]") {
  const TemporaryDirectory directory;
  const std::string a = WriteRun(directory, "a", 100);
  const std::string b = WriteRun(directory, "b", 100);
  const RunComparison same = MustCompareRuns(a, b);
  CHECK(same.same());
  CHECK(same.inputs.empty());
  CHECK(same.files.empty());
  // Neither allocinfo nor slabinfo: nobody keeps them here.
  CHECK(same.files_compared == OutputFiles().size() - 2);
  CHECK_FALSE(same.trace.has_value());
  CHECK(same.a.title == "hog on small");
  const std::string text = CompareText(same, {});
  CHECK_THAT(text, ContainsText("\nThe runs are the same.\n") &&
                       ContainsText("--record " + a + "/trace.txt"));
}

TEST_CASE("CompareRuns: what came out otherwise, by how much",
          "[workloads][compare]") {
  const TemporaryDirectory directory;
  const std::string a = WriteRun(directory, "a", 100);
  const std::string b = WriteRun(directory, "b", 150);
  const RunComparison comparison = MustCompareRuns(a, b);
  CHECK_FALSE(comparison.same());
  const ComparedValue* allocations =
      Find(comparison, "outcome", "pages_allocated");
  REQUIRE(allocations != nullptr);
  CHECK(allocations->a == 100);
  CHECK(allocations->b == 150);
  CHECK(Find(comparison, "fragmentation", "fragmentation index, order 10") !=
        nullptr);
  CHECK(Find(comparison, "pageblocks", "Movable, mixed") != nullptr);
  CHECK(Find(comparison, "cost of tracking", "depot_pages") != nullptr);
  CHECK(Find(comparison, "cost of tracking", "nr_memmap_pages") != nullptr);
  const ComparedValue* records =
      Find(comparison, "cost of tracking", "page_owner records");
  REQUIRE(records != nullptr);
  CHECK(*records->b - *records->a == 50);
  CHECK_THAT(CompareText(comparison, {}),
             ContainsText("+50  +50.0 %") && ContainsText("differs    vmstat"));
}

TEST_CASE("CompareRuns: counters of any name are told, new ones too",
          "[workloads][compare]") {
  const TemporaryDirectory directory;
  const std::string a = WriteRun(directory, "a", 10);
  const std::string b = WriteRun(directory, "b", 10);
  directory.WriteFile("a/vmstat", FileContents(a + "/vmstat") +
                                      "compact_wonder 3\nnr_new -5\n");
  directory.WriteFile("b/vmstat", FileContents(b + "/vmstat") +
                                      "compact_wonder 12\npgscan_new 1\n");
  const RunComparison comparison = MustCompareRuns(a, b);
  const ComparedValue* wonder =
      Find(comparison, "compaction and migration", "compact_wonder");
  REQUIRE(wonder != nullptr);
  CHECK(wonder->a == 3);
  CHECK(wonder->b == 12);
  CHECK_FALSE(Find(comparison, "reclaim", "pgscan_new")->a.has_value());
  CHECK(Find(comparison, "other counters of vmstat", "nr_new")->a == -5);
  CHECK_THAT(CompareText(comparison, {}),
             ContainsText("+9  +300.0 %") && ContainsText("only in B"));
}

TEST_CASE("CompareRuns: settings that differ are named, and are no result",
          "[workloads][compare]") {
  const TemporaryDirectory directory;
  MachineConfig config = SmallMachine();
  config.policy.watermark_boost_factor = 2;
  const std::string a = WriteRun(directory, "a", 10, config);
  config.policy.watermark_boost_factor = 1;
  const std::string b = WriteRun(directory, "b", 10, config);
  const RunComparison comparison = MustCompareRuns(a, b);
  CHECK(comparison.same());
  REQUIRE(comparison.inputs.size() == 1);
  CHECK(comparison.inputs[0].name == "policy.watermark_boost_factor");
  CHECK(comparison.inputs[0].a == "2");
  CHECK(comparison.inputs[0].b == "1");
}

TEST_CASE("CompareRuns: traces are found, compressed or not",
          "[workloads][compare]") {
  const TemporaryDirectory directory;
  const std::string a = WriteRun(directory, "a", 10);
  const std::string b = WriteRun(directory, "b", 10);
  directory.WriteFile("a/trace.txt", kTrace);
  CHECK_FALSE(MustCompareRuns(a, b).trace.has_value());
  directory.WriteFile("b/trace", kTrace);
  const RunComparison comparison = MustCompareRuns(a, b);
  REQUIRE(comparison.trace.has_value());
  CHECK(comparison.trace->equal_events == 4);
  CHECK(comparison.same());
  CHECK(Find(comparison, "events of the traces", "extfrag: fragmenting")->a ==
        1);
}

TEST_CASE("CompareRuns: what is no run's directory is refused",
          "[workloads][compare]") {
  const TemporaryDirectory directory;
  const std::string good = WriteRun(directory, "good", 10);
  const auto error = [&](const std::string& path) {
    const auto comparison = CompareRuns(good, path);
    REQUIRE_FALSE(comparison.ok());
    CHECK(comparison.status().code() == absl::StatusCode::kInvalidArgument);
    return std::string(FromAbsl(comparison.status().message()));
  };
  CHECK_THAT(error(directory.File("none")),
             ContainsText("no \"summary.json\" in it; it must be a directory "
                          "that \"pagelab run SCENARIO -o DIR\" wrote"));
  const std::string bad = WriteRun(directory, "bad", 10);
  const std::string summary = FileContents(bad + "/summary.json");
  directory.WriteFile("bad/summary.json", summary.substr(0, 200));
  CHECK(error(bad) == bad +
                          "/summary.json: not a whole summary.json of "
                          "pagelab run");
  directory.WriteFile("bad/summary.json", summary);
  const std::string vmstat = FileContents(bad + "/vmstat");
  directory.WriteFile("bad/vmstat", vmstat.substr(0, vmstat.size() - 3));
  CHECK(error(bad) == bad +
                          "/vmstat: empty or cut off; it must be a whole "
                          "copy of /proc/vmstat");
  directory.WriteFile("bad/vmstat", "nr_free_pages 1\nnr_x one\n");
  CHECK(error(bad) == bad +
                          "/vmstat:2:1: not a line of /proc/vmstat: a name "
                          "and a number");
  directory.WriteFile("bad/vmstat", vmstat);
  directory.WriteFile("bad/buddyinfo", "x\n");
  CHECK_THAT(error(bad), ContainsText("not a line of /proc/buddyinfo"));
}

}  // namespace
}  // namespace pagelab
