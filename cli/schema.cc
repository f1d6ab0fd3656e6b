#include <memory>
#include <string>

#include "pagelab/cli/command.h"
#include "pagelab/workloads/machine_language.h"
#include "pagelab/workloads/scenario_language.h"

namespace pagelab {
namespace {

struct SchemaOptions {
  std::string language = "scenario";
  bool reference = false;
};

absl::StatusOr<int> Schema(const SchemaOptions& options,
                           CommandContext& context) {
  const bool machine = options.language == "machine";
  if (options.reference) {
    context.out.Append(machine ? MachineReference() : ScenarioReference());
  } else {
    context.out.Append(machine ? MachineSchema() : ScenarioSchema());
  }
  return kExitFine;
}

}  // namespace

void AddSchemaCommand(CommandSet& commands) {
  auto options = std::make_shared<SchemaOptions>();
  CLI::App& app = commands.Add(
      {.name = "schema",
       .summary = "Print the JSON Schema of scenario or machine files",
       .examples =
           "  pagelab schema > scenario.schema.json        # for editors\n"
           "  pagelab schema machine > machine.schema.json\n"
           "  pagelab schema --reference > docs/scenario-reference.md\n"},
      [options](CommandContext& context) { return Schema(*options, context); });
  app.add_option("LANGUAGE", options->language, "scenario (default) or machine")
      ->check(CLI::IsMember({"scenario", "machine"}));
  app.add_flag("--reference", options->reference,
               "The reference page in markdown instead");
}

}  // namespace pagelab
