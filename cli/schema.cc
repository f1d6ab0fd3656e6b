#include <memory>
#include <string>
#include <vector>

#include "pagelab/cli/command.h"
#include "pagelab/report/exercise/exercise_language.h"
#include "pagelab/workloads/machine_language.h"
#include "pagelab/workloads/scenario_language.h"

namespace pagelab {
namespace {

struct Language {
  const char* name;
  std::string (*schema)();
  std::string (*reference)();
};

constexpr Language kLanguages[] = {
    {"scenario", ScenarioSchema, ScenarioReference},
    {"machine", MachineSchema, MachineReference},
    {"exercise", ExerciseSchema, ExerciseReference},
    {"answer", AnswerSchema, AnswerReference}};

struct SchemaOptions {
  std::string language = "scenario";
  bool reference = false;
};

absl::StatusOr<int> Schema(const SchemaOptions& options,
                           CommandContext& context) {
  for (const Language& language : kLanguages) {
    if (options.language != language.name) continue;
    context.out.Append(options.reference ? language.reference()
                                         : language.schema());
  }
  return kExitFine;
}

}  // namespace

void AddSchemaCommand(CommandSet& commands) {
  auto options = std::make_shared<SchemaOptions>();
  CLI::App& app = commands.Add(
      {.name = "schema",
       .summary =
           "Print the JSON Schema of scenario, machine or exercise files",
       .examples =
           "  pagelab schema > scenario.schema.json        # for editors\n"
           "  pagelab schema machine > machine.schema.json\n"
           "  pagelab schema --reference > docs/scenario-reference.md\n"},
      [options](CommandContext& context) { return Schema(*options, context); });
  std::vector<std::string> names;
  for (const Language& language : kLanguages) names.emplace_back(language.name);
  app.add_option("LANGUAGE", options->language,
                 "Of which files: a scenario's unless named")
      ->check(CLI::IsMember(names));
  app.add_flag("--reference", options->reference,
               "The reference page in markdown instead");
}

}  // namespace pagelab
