#include "pagelab/workloads/scenario_language.h"

#include <optional>
#include <string>
#include <utility>

#include "pagelab/workloads/language/json_reader.h"
#include "pagelab/workloads/language/reference_writer.h"
#include "pagelab/workloads/language/schema_writer.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/library_files.h"
#include "pagelab/workloads/scenario_reader.h"
#include "pagelab/workloads/scenario_tables.h"

namespace pagelab {
namespace {

// Names that the file left out.
void FillDefaults(Scenario& scenario) {
  constexpr size_t kMaxComm = 15;
  for (ScenarioTask& task : scenario.tasks) {
    if (task.comm.empty()) task.comm = task.name.substr(0, kMaxComm);
  }
}

}  // namespace

absl::StatusOr<Scenario> ParseScenario(std::string_view file,
                                       std::string_view text) {
  Scenario scenario;
  scenario.file = file;
  scenario.name = NameOfFile(file);
  ScenarioReader reader{std::string(file), scenario};
  const std::optional<JsonValue> value = ReadJson(text, reader);
  if (value.has_value()) {
    if (value->Find("machine") == nullptr) {
      auto machine = LoadMachine(kDefaultMachine);
      if (!machine.ok()) return machine.status();
      scenario.machine_name = kDefaultMachine;
      scenario.machine = *std::move(machine);
    }
    ScenarioTable().Read(*value, scenario, reader);
    reader.CheckHandles();
  }
  if (!reader.ok()) return reader.status();
  FillDefaults(scenario);
  return scenario;
}

std::string ScenarioSchema() { return WriteSchema(ScenarioLanguage()); }

std::string ScenarioReference() { return WriteReference(ScenarioLanguage()); }

}  // namespace pagelab
