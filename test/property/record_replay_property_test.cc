// What the simulated kernel recorded replays exactly: the recorder and the
// replayer share no code but the allocator.

#include <memory>
#include <string>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/sim/machine.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/exact/exact_run.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/machine_language.h"
#include "pagelab/workloads/record/recorder.h"
#include "pagelab/workloads/runner.h"
#include "pagelab/workloads/scenario_language.h"

namespace pagelab {
namespace {

struct Variant {
  // Empty: the scenario's own.
  std::string machine;
  std::string command_line;
  bool stacks = false;
};

ExactReport RecordAndReplay(const std::string& name, const Scenario& scenario,
                            const Variant& variant) {
  INFO(name << " on \"" << variant.machine << "\", " << variant.command_line);
  absl::StatusOr<MachineConfig> config = MachineFor(scenario, variant.machine);
  REQUIRE(config.ok());
  config->command_line += " " + variant.command_line;
  absl::StatusOr<Machine> machine = Machine::Boot(*config);
  REQUIRE(machine.ok());
  const auto recorder = Recorder::Start(*machine, {.stacks = variant.stacks});
  REQUIRE(recorder.ok());
  REQUIRE(RunScenario(*machine, scenario, {}).ok());
  StringOutput text;
  REQUIRE((*recorder)->Finish(text).ok());
  const auto trace = InputStream::FromString("trace.txt", text.text());
  REQUIRE(trace.ok());
  const AllocatorSnapshot after = (*recorder)->after();
  // Nothing is hidden in such a recording.
  const absl::StatusOr<ExactReport> report =
      ReplayExactly(**trace, (*recorder)->before(), &after, {.infer = false});
  REQUIRE(report.ok());
  INFO(ExactText(*report));
  CHECK(report->exact());
  CHECK(report->trace.unreadable_lines == 0);
  return *report;
}

Scenario ScenarioNamed(const std::string& name) {
  absl::StatusOr<Scenario> scenario = LoadScenario(name);
  REQUIRE(scenario.ok());
  return *std::move(scenario);
}

}  // namespace

TEST_CASE("Recording: every scenario replays exactly, watched or not",
          "[property][exact][record]") {
  uint64_t allocations = 0;
  for (const LibraryEntry& entry : BuiltinScenarios()) {
    const std::string name(entry.name);
    // Recordings do not show memory that comes and goes.
    if (name == "hotplug") continue;
    const Scenario scenario = ScenarioNamed(name);
    // Nor what reclaim and compaction do to lists and per-cpu pages.
    if (HasKernelSteps(scenario)) continue;
    for (const char* words : {"page_owner=on", "page_owner=off"}) {
      allocations += RecordAndReplay(name, scenario,
                                     {.machine = "", .command_line = words})
                         .counts.exact;
    }
  }
  CHECK(allocations > 100'000);
}

TEST_CASE("Recording: two nodes and two CPUs replay exactly",
          "[property][exact][record]") {
  const Scenario scenario = ScenarioNamed("driver-leak");
  for (const char* machine : {"numa-2n", "qemu-2g-2cpu"}) {
    RecordAndReplay("driver-leak", scenario,
                    {.machine = machine, .command_line = "page_owner=on"});
  }
}

TEST_CASE("Recording: stacks do not disturb a replay",
          "[property][exact][record]") {
  RecordAndReplay(
      "hello", ScenarioNamed("hello"),
      {.machine = "", .command_line = "page_owner=on", .stacks = true});
}

TEST_CASE("Recording: bulk allocations replay exactly",
          "[property][exact][record]") {
  const absl::StatusOr<Scenario> scenario = ParseScenario("bulk", R"({
    "tasks": [{"name": "bulk", "steps": [
      {"repeat": {"times": 40, "steps": [
        {"alloc": {"bulk": true, "count": 50, "as": "pages"}},
        {"alloc": {"count": 3}},
        {"free": "pages"}]}}]}]})");
  INFO(scenario.status().message());
  REQUIRE(scenario.ok());
  const ExactReport report =
      RecordAndReplay("bulk", *scenario,
                      {.machine = "qemu-2g", .command_line = "page_owner=off"});
  CHECK(report.counts.count(Applied::kBulkPages) > 0);
}

}  // namespace pagelab
