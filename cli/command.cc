#include "pagelab/cli/command.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "pagelab/base/check.h"

namespace pagelab {
namespace {

// https://no-color.org: any value but the empty one turns colour off.
bool ColorOnStderr() {
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && term != nullptr &&
         std::string_view(term) != "dumb";
}

}  // namespace

void PrintError(std::string_view text) {
  std::string line =
      ColorOnStderr() ? "\033[1;31mpagelab:\033[0m " : "pagelab: ";
  line += text;
  line += '\n';
  std::fputs(line.c_str(), stderr);
}

void PrintNote(const CommandContext& context, std::string_view text) {
  if (context.verbosity < 0) return;
  context.progress.Clear();
  std::string line = "pagelab: ";
  line += text;
  line += '\n';
  std::fputs(line.c_str(), stderr);
}

int UsageError(std::string_view text) {
  PrintError(text);
  return kExitUsage;
}

CLI::App& CommandSet::Add(const Description& description, CommandFunction run) {
  CLI::App* app =
      program_.add_subcommand(description.name, description.summary);
  app->fallthrough();
  app->footer("Examples:\n" + description.examples);
  entries_.push_back(Entry{app, std::move(run)});
  return *app;
}

absl::StatusOr<int> CommandSet::RunChosen(CommandContext& context) const {
  for (const Entry& entry : entries_) {
    if (entry.app->parsed()) return entry.run(context);
  }
  PAGELAB_CHECK(!"a parsed command line without a subcommand");
  return kExitInternal;
}

std::vector<std::string> CommandSet::names() const {
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.app->get_name());
  return names;
}

}  // namespace pagelab
