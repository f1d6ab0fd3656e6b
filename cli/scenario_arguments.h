#ifndef PAGELAB_CLI_SCENARIO_ARGUMENTS_H_
#define PAGELAB_CLI_SCENARIO_ARGUMENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/cli/command.h"
#include "pagelab/sim/machine_config.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// The part of a command line that says what runs on which machine.
struct ScenarioArguments {
  // Empty: only boot.
  std::string scenario;
  std::string machine;
  // Instead of the scenario's "from".
  std::string from;
  std::optional<uint64_t> seed;
  std::vector<std::string> settings;
  // Empty: the machine's.
  std::string kernel;
  std::string command_line;
};

void AddScenarioArguments(CLI::App& app, ScenarioArguments& arguments);
// The options only.
void AddScenarioOptions(CLI::App& app, ScenarioArguments& arguments);

// The scenario and the text that it was read from.
struct LoadedScenario {
  Scenario scenario;
  std::string text;
};

absl::StatusOr<LoadedScenario> LoadScenario(const ScenarioArguments& arguments);
// The same of a text that was read already; `file` is for messages.
absl::StatusOr<LoadedScenario> LoadScenarioText(
    const ScenarioArguments& arguments, const std::string& file,
    std::string text);

// The machine for it. page_owner is on where there is a scenario or a start
// from a file, unless somebody says otherwise: it is run to see who owns what.
absl::StatusOr<MachineConfig> ConfigureMachine(
    const ScenarioArguments& arguments, const Scenario& scenario);

}  // namespace pagelab

#endif  // PAGELAB_CLI_SCENARIO_ARGUMENTS_H_
