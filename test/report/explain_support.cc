#include "pagelab/test/report/explain_support.h"

#include <utility>

#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/scenario_language.h"

namespace pagelab {
namespace {

std::unique_ptr<RepeatedRun> Boot(Scenario scenario) {
  absl::StatusOr<MachineConfig> machine = MachineFor(scenario, "");
  REQUIRE(machine.ok());
  MachineConfig config = *std::move(machine);
  if (config.command_line.find("page_owner=") == std::string::npos) {
    config.command_line += " page_owner=on";
  }
  absl::StatusOr<std::unique_ptr<RepeatedRun>> run =
      RepeatedRun::Boot(config, std::move(scenario));
  REQUIRE(run.ok());
  return *std::move(run);
}

}  // namespace

std::unique_ptr<RepeatedRun> BootScenario(std::string_view name) {
  absl::StatusOr<Scenario> scenario = LoadScenario(name);
  REQUIRE(scenario.ok());
  return Boot(*std::move(scenario));
}

std::unique_ptr<RepeatedRun> BootText(std::string_view text) {
  absl::StatusOr<Scenario> scenario = ParseScenario("test.json", text);
  INFO(scenario.status());
  REQUIRE(scenario.ok());
  return Boot(*std::move(scenario));
}

std::string AllText(const Explanation& explanation) {
  std::string out;
  for (const Sentence& sentence : explanation.sentences) {
    out += SentenceText(sentence) + "\n";
  }
  return out;
}

}  // namespace pagelab
