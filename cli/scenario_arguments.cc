#include "pagelab/cli/scenario_arguments.h"

#include <string_view>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/cli/unsigned_option.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/library_files.h"
#include "pagelab/workloads/machine_language.h"
#include "pagelab/workloads/scenario_language.h"

namespace pagelab {
namespace {

constexpr std::string_view kPageOwner = "page_owner=";

void AppendWords(std::string& command_line, std::string_view words) {
  if (words.empty()) return;
  if (!command_line.empty()) command_line += ' ';
  command_line += words;
}

// A scenario that has the blocks of a dump on a handle needs a dump.
void ReplaceStart(const ScenarioArguments& arguments, Scenario& scenario) {
  if (arguments.from.empty()) return;
  ScenarioStart start;
  if (scenario.from.has_value()) start = *scenario.from;
  if (start.kind == StartKind::kSnapshot) start.kind.reset();
  start.path = arguments.from;
  scenario.from = std::move(start);
}

}  // namespace

void AddScenarioArguments(CLI::App& app, ScenarioArguments& arguments) {
  app.add_option("scenario", arguments.scenario,
                 "Name of a built-in scenario, a file, or - for standard "
                 "input; none: only boot");
  AddScenarioOptions(app, arguments);
}

void AddScenarioOptions(CLI::App& app, ScenarioArguments& arguments) {
  app.add_option("-m,--machine", arguments.machine,
                 "Name of a built-in machine or a file, instead of the "
                 "scenario's");
  app.add_option("--from", arguments.from,
                 "A snapshot or a page_owner dump of another machine: what is "
                 "in memory at the start");
  app.add_option("--seed", arguments.seed, "Instead of the scenario's")
      ->transform(UnsignedOption());
  app.add_option("--set", arguments.settings,
                 "key=value, a setting of the machine; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--kernel", arguments.kernel,
                 "Kernel version of the machine's page_owner: 3.19, 4.5, 4.7, "
                 "4.8, 5.10, 6.3 or 6.12");
  app.add_option("--cmdline", arguments.command_line,
                 "Appended to the kernel command line");
}

absl::StatusOr<LoadedScenario> LoadScenario(
    const ScenarioArguments& arguments) {
  if (arguments.scenario.empty()) {
    PAGELAB_ASSIGN_OR_RETURN(
        LoadedScenario loaded,
        LoadScenarioText(arguments, "(no scenario)", "{}"));
    loaded.scenario.name.clear();
    loaded.text.clear();
    return loaded;
  }
  PAGELAB_ASSIGN_OR_RETURN(std::string text, ScenarioText(arguments.scenario));
  return LoadScenarioText(
      arguments, arguments.scenario == "-" ? "stdin" : arguments.scenario,
      std::move(text));
}

absl::StatusOr<LoadedScenario> LoadScenarioText(
    const ScenarioArguments& arguments, const std::string& file,
    std::string text) {
  LoadedScenario loaded;
  PAGELAB_ASSIGN_OR_RETURN(loaded.scenario, ParseScenario(file, text));
  loaded.text = std::move(text);
  if (arguments.seed.has_value()) loaded.scenario.seed = *arguments.seed;
  ReplaceStart(arguments, loaded.scenario);
  return loaded;
}

absl::StatusOr<MachineConfig> ConfigureMachine(
    const ScenarioArguments& arguments, const Scenario& scenario) {
  PAGELAB_ASSIGN_OR_RETURN(MachineConfig config,
                           MachineFor(scenario, arguments.machine));
  PAGELAB_RETURN_IF_ERROR(ApplySettings(config, arguments.settings));
  if (!arguments.kernel.empty()) {
    PAGELAB_RETURN_IF_ERROR(
        ApplySettings(config, {"kernel=" + arguments.kernel}));
  }
  AppendWords(config.command_line, arguments.command_line);
  const bool runs = !arguments.scenario.empty() || !arguments.from.empty();
  if (runs && config.command_line.find(kPageOwner) == std::string::npos) {
    AppendWords(config.command_line, std::string(kPageOwner) + "on");
  }
  return config;
}

}  // namespace pagelab
