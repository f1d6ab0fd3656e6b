#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/cli/command.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

struct ValidateOptions {
  std::vector<std::string> files;
};

std::string_view NameOf(DocumentKind kind) {
  return kind == DocumentKind::kMachine ? "machine" : "scenario";
}

// Looks at all files, also after one that is wrong.
absl::StatusOr<int> Validate(const ValidateOptions& options,
                             CommandContext& context) {
  int code = kExitFine;
  for (const std::string& file : options.files) {
    const absl::StatusOr<DocumentKind> kind = ValidateFile(file);
    if (kind.ok()) {
      context.out.Append((file == "-" ? "stdin" : file) + ": fine (" +
                         std::string(NameOf(*kind)) + ")\n");
      continue;
    }
    context.out.Append(FromAbsl(kind.status().message()));
    context.out.Append("\n");
    code = std::max(code, ExitCodeFor(kind.status()));
  }
  return code;
}

}  // namespace

void AddValidateCommand(CommandSet& commands) {
  auto options = std::make_shared<ValidateOptions>();
  CLI::App& app = commands.Add(
      {.name = "validate",
       .summary = "Check scenario and machine files",
       .examples = "  pagelab validate my-scenario.json   # what is wrong, and "
                   "where\n"
                   "  pagelab validate *.json\n"
                   "  pagelab validate - < my-machine.json\n"},
      [options](CommandContext& context) {
        return Validate(*options, context);
      });
  app.add_option("FILE", options->files,
                 "Scenario or machine files; - is standard input")
      ->required();
}

}  // namespace pagelab
