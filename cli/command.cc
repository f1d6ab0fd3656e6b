#include "pagelab/cli/command.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <utility>

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

// Options of which an empty value means something: the task without a name, no
// parameters of the kernel, no label.
constexpr std::string_view kMayBeEmpty[] = {"name", "cmdline", "label"};

bool TakesValue(const CLI::Option* option) {
  return option != nullptr && option->get_items_expected_max() > 0;
}

bool MayBeEmpty(const CLI::Option& option) {
  return std::any_of(std::begin(kMayBeEmpty), std::end(kMayBeEmpty),
                     [&option](std::string_view name) {
                       return option.check_lname(std::string(name));
                     });
}

void RefuseEmptyValues(CLI::App& app) {
  const CLI::Validator refuse(
      [](std::string& value) {
        return value.empty() ? std::string("the value is missing") : "";
      },
      "");
  for (CLI::Option* option : app.get_options()) {
    if (!option->nonpositional() || !TakesValue(option)) continue;
    // Before the option's own checks.
    if (!MayBeEmpty(*option)) option->transform(refuse);
  }
}

const CLI::Option* FindOption(const CLI::App& program, const CLI::App* command,
                              const std::string& name) {
  if (!name.starts_with('-')) return nullptr;
  const CLI::Option* option =
      command == nullptr ? nullptr : command->get_option_no_throw(name);
  return option != nullptr ? option : program.get_option_no_throw(name);
}

// With "--option=" as two words, the second of them empty.
std::vector<std::string> SplitEmptyValues(
    const CLI::App& program, const std::vector<std::string>& words) {
  std::vector<std::string> split;
  const CLI::App* command = nullptr;
  bool is_value = false;
  bool options_end = false;
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    const bool has_value = !is_value && !options_end &&
                           TakesValue(FindOption(program, command, name));
    options_end = options_end || (!is_value && word == "--");
    is_value = has_value && name == word;
    // A command's own commands follow it.
    const CLI::App& holder = command == nullptr ? program : *command;
    const auto named = holder.get_subcommands(
        [&word](const CLI::App* app) { return app->get_name() == word; });
    if (!named.empty()) command = named.front();
    if (has_value && name.size() + 1 == word.size()) {
      split.push_back(name);
      split.emplace_back();
    } else {
      split.push_back(word);
    }
  }
  return split;
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

CLI::App& CommandSet::AddApp(const Description& description) {
  CLI::App* app =
      program_.add_subcommand(description.name, description.summary);
  app->fallthrough();
  app->footer("Examples:\n" + description.examples);
  return *app;
}

CLI::App& CommandSet::Add(const Description& description, CommandFunction run) {
  CLI::App& app = AddApp(description);
  entries_.push_back(Entry{&app, std::move(run), nullptr});
  return app;
}

CommandSet& CommandSet::AddGroup(const Description& description) {
  CLI::App& app = AddApp(description);
  app.require_subcommand(1);
  entries_.push_back(Entry{&app, nullptr, std::make_unique<CommandSet>(app)});
  return *entries_.back().group;
}

void CommandSet::RefuseEmptyValuesOfAll() {
  RefuseEmptyValues(program_);
  for (const Entry& entry : entries_) {
    if (entry.group != nullptr) {
      entry.group->RefuseEmptyValuesOfAll();
    } else {
      RefuseEmptyValues(*entry.app);
    }
  }
}

void CommandSet::Parse(int argc, const char* const* argv) {
  RefuseEmptyValuesOfAll();
  std::vector<std::string> words =
      SplitEmptyValues(program_, {argv + std::min(argc, 1), argv + argc});
  // CLI11 takes them from the end.
  std::reverse(words.begin(), words.end());
  program_.parse(std::move(words));
}

absl::StatusOr<int> CommandSet::RunChosen(CommandContext& context) const {
  for (const Entry& entry : entries_) {
    if (!entry.app->parsed()) continue;
    return entry.group != nullptr ? entry.group->RunChosen(context)
                                  : entry.run(context);
  }
  PAGELAB_CHECK(!"a parsed command line without a subcommand");
  return kExitInternal;
}

}  // namespace pagelab
