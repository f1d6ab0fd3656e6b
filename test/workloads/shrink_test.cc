#include "pagelab/workloads/shrink/shrink.h"

#include <algorithm>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/record/recorder.h"
#include "pagelab/workloads/runner.h"
#include "pagelab/workloads/scenario_language.h"
#include "pagelab/workloads/shrink/overrides.h"

namespace pagelab {
namespace {

// A task that has nothing to do with it, and one with more than is needed.
constexpr std::string_view kHog = R"({
  "seed": 3,
  "machine": "tiny-16m",
  "distributions": {"some": {"uniform": {"min": 1, "max": 9}}},
  "stacks": {"unused": ["nothing+0x1/0x10"]},
  "tasks": [
    {"name": "bystander", "steps": [
      {"alloc": {"count": "some", "as": "few"}}, {"wait": "1ms"},
      {"free": {"handle": "few"}}]},
    {"name": "hog", "steps": [
      {"alloc": {"count": 7, "order": 1, "as": "warm"}},
      {"repeat": {"times": 50, "steps": [
        {"drain": {}},
        {"alloc": {"count": 5000, "as": "heap"}},
        {"capture": "full"}]}},
      {"free": {"handle": "heap", "count": 10}}]}
  ]
})";

Condition MustParse(std::string_view text) {
  absl::StatusOr<Condition> condition = Condition::Parse(text);
  INFO(condition.status().ToString());
  REQUIRE(condition.ok());
  return *std::move(condition);
}

ShrinkResult MustShrink(std::string_view text, std::string_view condition,
                        const ShrinkOptions& options = {}) {
  const ScenarioInput input{.file = "test.json",
                            .text = std::string(text),
                            .machine = SmallMachine()};
  absl::StatusOr<ShrinkResult> result =
      ShrinkScenario(input, MustParse(condition), options);
  INFO(result.status().ToString());
  REQUIRE(result.ok());
  return *std::move(result);
}

TEST_CASE("ShrinkScenario: what has nothing to do with it goes",
          "[workloads][shrink]") {
  const ShrinkResult result = MustShrink(kHog, "failure");
  REQUIRE(result.shown);
  CHECK(result.before.tasks == 2);
  CHECK(result.before.steps == 9);
  CHECK(result.after.tasks == 1);
  CHECK(result.after.steps == 1);
  CHECK(result.after.operations < result.before.operations);
  CHECK(result.text.find("bystander") == std::string::npos);
  CHECK(result.text.find("unused") == std::string::npos);
  CHECK(result.text.find("repeat") == std::string::npos);
  CHECK_THAT(result.text, ContainsText("\"seed\": 3") &&
                              ContainsText("\"machine\": \"tiny-16m\""));
}

TEST_CASE(
    "ShrinkScenario: the result shows it on a machine of its own, and "
    "one allocation less does not",
    "[workloads][shrink]") {
  const ShrinkResult result = MustShrink(kHog, "failure");
  RunWorld fresh;
  const RunReport report = fresh.MustRun(result.text);
  CHECK(report.failures.size() == 1);
  CHECK(report.counts.failures == 1);
  const std::string count =
      std::to_string(report.counts.allocations + report.counts.failures);
  std::string less = result.text;
  const size_t at = less.find("\"count\": " + count);
  REQUIRE(at != std::string::npos);
  less.replace(at, 9 + count.size(),
               "\"count\": " + std::to_string(report.counts.allocations));
  RunWorld other;
  CHECK(other.MustRun(less).counts.failures == 0);
}

TEST_CASE("ShrinkScenario: shrinking twice gives the same bytes",
          "[workloads][shrink]") {
  const ShrinkResult one = MustShrink(kHog, "failure or steal");
  const ShrinkResult two = MustShrink(kHog, "failure or steal");
  CHECK(one.text == two.text);
  CHECK(one.tries == two.tries);
}

TEST_CASE("ShrinkScenario: an input that does not show it is told",
          "[workloads][shrink]") {
  const ShrinkResult result = MustShrink(kHog, "failure order>=9");
  CHECK_FALSE(result.shown);
  CHECK(result.tries == 1);
}

TEST_CASE("ShrinkScenario: events and states of a case hold at one moment",
          "[workloads][shrink]") {
  // Memory is empty when the allocation fails, and full of room afterwards.
  constexpr std::string_view kText = R"({"tasks": [{"name": "t", "steps": [
      {"alloc": {"until_failure": true, "as": "heap"}},
      {"free": {"handle": "heap"}}, {"drain": {}}, {"alloc": {}}]}]})";
  CHECK(MustShrink(kText, "failure").shown);
  CHECK(MustShrink(kText, "failure and free_pages<200").shown);
  CHECK_FALSE(MustShrink(kText, "failure and free_pages>2000").shown);
  CHECK(MustShrink(kText, "free_pages>2000").shown);
  // An event from before counts when the other one happens.
  CHECK(MustShrink(kText, "failure and event mm_page_free").shown);
}

TEST_CASE("ShrinkScenario: a counter of vmstat is an event",
          "[workloads][shrink]") {
  const ShrinkResult result = MustShrink(R"({"tasks": [{"name": "t", "steps": [
          {"wait": "1ms"}, {"alloc": {"count": 9, "as": "a"}},
          {"free": {"handle": "a"}}]}]})",
                                         "event pgfree");
  REQUIRE(result.shown);
  CHECK(result.after.steps <= 2);
  const ScenarioInput input{
      .file = "t.json", .text = "{}", .machine = SmallMachine()};
  const auto unknown = ShrinkScenario(input, MustParse("event pgfre"), {});
  CHECK_THAT(unknown.status().ToString(),
             ContainsText("called \"pgfre\" (did you mean \"pgfree\"?)"));
}

TEST_CASE("ShrinkScenario: the number of runs has a limit",
          "[workloads][shrink]") {
  const ShrinkResult result = MustShrink(kHog, "failure", {.max_tries = 4});
  CHECK(result.tries == 4);
  CHECK(result.out_of_tries);
  RunWorld fresh;
  CHECK(fresh.MustRun(result.text).counts.failures > 0);
}

TEST_CASE("ShrinkScenario: a scenario that is wrong is an error with its place",
          "[workloads][shrink]") {
  const ScenarioInput input{
      .file = "bad.json", .text = "{\"tasks\": 5}", .machine = SmallMachine()};
  const auto result = ShrinkScenario(input, MustParse("oom"), {});
  CHECK_THAT(result.status().ToString(), ContainsText("bad.json:1:11: tasks"));
}

// What a run of the scenario looks like to the tracer.
std::string TraceOf(std::string_view scenario) {
  RunWorld world;
  auto recorder = Recorder::Start(world.machine(), {});
  REQUIRE(recorder.ok());
  world.MustRun(scenario);
  StringOutput out;
  REQUIRE((*recorder)->Finish(out).ok());
  return out.text();
}

constexpr std::string_view kTraced = R"({"tasks": [{"name": "t", "steps": [
    {"alloc": {"count": 300, "as": "a"}}, {"free": {"handle": "a"}},
    {"alloc": {"order": 3, "count": 40, "as": "b"}},
    {"alloc": {"order": 5, "gfp": "GFP_KERNEL|__GFP_RECLAIMABLE", "count": 3}},
    {"free": {"handle": "b"}}]}]})";

ShrinkResult ShrinkTraced(const std::string& text, std::string_view condition) {
  absl::StatusOr<ShrinkResult> result = ShrinkTrace(
      {.file = "t.txt", .text = text, .machine = SmallMachine(), .redrive = {}},
      MustParse(condition), {});
  INFO(result.status().ToString());
  REQUIRE(result.ok());
  return *std::move(result);
}

TEST_CASE(
    "ShrinkTrace: the lines that are left are the trace's own, and one "
    "is enough for one event",
    "[workloads][shrink]") {
  const std::string trace = TraceOf(kTraced);
  const ShrinkResult result = ShrinkTraced(trace, "fallback order=5");
  REQUIRE(result.shown);
  CHECK(result.before.events > 600);
  CHECK(result.after.events == 1);
  for (size_t begin = 0; begin < result.text.size();) {
    const size_t end = result.text.find('\n', begin);
    const std::string line = result.text.substr(begin, end - begin + 1);
    begin = end + 1;
    // How many entries there are is said anew.
    if (line.find("entries-in-buffer/entries-written: 1/1 ") !=
        std::string::npos) {
      continue;
    }
    CHECK(trace.find(line) != std::string::npos);
  }
}

TEST_CASE("ShrinkTrace: a free stays only with its allocation",
          "[workloads][shrink]") {
  const ShrinkResult result =
      ShrinkTraced(TraceOf(kTraced), "event mm_page_free");
  REQUIRE(result.shown);
  CHECK(result.after.events == 2);
  const size_t alloc = result.text.find("mm_page_alloc: ");
  const size_t free = result.text.find("mm_page_free: ");
  REQUIRE(alloc != std::string::npos);
  REQUIRE(free != std::string::npos);
  CHECK(alloc < free);
  const auto pfn = [&](size_t from) {
    const size_t at = result.text.find("pfn=", from);
    return result.text.substr(at, result.text.find(' ', at) - at);
  };
  CHECK(pfn(alloc) == pfn(free));
}

TEST_CASE("ShrinkTrace: stacks go with their events", "[workloads][shrink]") {
  constexpr std::string_view kText =
      "# tracer: nop\n#\n"
      "  a-1  [000] .....  1.000001: mm_page_alloc: page=0x1 pfn=0x10 order=0 "
      "migratetype=0 gfp_flags=GFP_KERNEL\n"
      "  a-1  [000] .....  1.000002: <stack trace>\n => first\n => second\n"
      "  a-1  [000] .....  1.000003: mm_page_alloc: page=0x1 pfn=0x20 order=2 "
      "migratetype=0 gfp_flags=GFP_KERNEL|__GFP_COMP\n"
      "  a-1  [000] .....  1.000004: <stack trace>\n => third\n";
  const ShrinkResult result =
      ShrinkTraced(std::string(kText), "event mm_page_alloc");
  REQUIRE(result.shown);
  CHECK(result.before.events == 2);
  CHECK(result.after.events == 1);
  CHECK_THAT(result.text, ContainsText("# tracer: nop\n"));
  CHECK((result.text.find("=> first") == std::string::npos ||
         result.text.find("=> third") == std::string::npos));
  CHECK(result.text.find("=> ") != std::string::npos);
}

TEST_CASE("WithOverrides: what the command line said is in the file",
          "[workloads][shrink]") {
  const auto text = WithOverrides(
      "/where/it/is.json",
      R"({"machine": "m.json", "seed": 1, "command_line": "a=1"})",
      {.machine = {},
       .from = {},
       .seed = 9,
       .settings = {"cpus=2"},
       .command_line = "page_owner=off"});
  REQUIRE(text.ok());
  CHECK_THAT(*text, ContainsText("\"machine\": \"/where/it/m.json\"") &&
                        ContainsText("\"seed\": 9") &&
                        ContainsText("\"set\": {\"cpus\": \"2\"}") &&
                        ContainsText("\"a=1 page_owner=off\""));
  const auto named = WithOverrides("x.json", "{\"machine\": \"qemu-4g\"}",
                                   {.machine = "hello",
                                    .from = {},
                                    .seed = {},
                                    .settings = {},
                                    .command_line = {}});
  REQUIRE(named.ok());
  CHECK_THAT(*named, ContainsText("\"machine\": \"hello\""));
}

}  // namespace
}  // namespace pagelab
