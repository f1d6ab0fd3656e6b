#include "pagelab/cli/command_tree.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "pagelab/cli/page_owner_sort.h"
#include "pagelab/sim/kernel_profile.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

// What values mean is known by the name of an option or argument; text under
// any other name is a file where it is an argument, and nothing to guess where
// it is an option.
constexpr std::pair<std::string_view, ValueKind> kKindOfName[] = {
    {"machine", ValueKind::kMachine},
    {"scenario", ValueKind::kScenario},
    {"SCENARIO", ValueKind::kScenario},
    {"from", ValueKind::kFile},
    {"expect", ValueKind::kFile},
    {"output", ValueKind::kFile},
    {"record", ValueKind::kFile},
    {"buddyinfo", ValueKind::kFile},
    {"pagetypeinfo", ValueKind::kFile},
    {"page-owner", ValueKind::kFile},
    {"snapshot", ValueKind::kFile},
    {"output-dir", ValueKind::kDirectory},
    {"dir", ValueKind::kDirectory},
    {"meminfo", ValueKind::kFile},
    {"zoneinfo", ValueKind::kFile},
    {"vmstat", ValueKind::kFile},
    {"check", ValueKind::kFile},
    {"compare-page-owner", ValueKind::kFile},
    {"set", ValueKind::kOther},
    {"COMMAND", ValueKind::kOther},
    {"expression", ValueKind::kOther},
    {"condition", ValueKind::kOther}};

std::vector<std::string> SplitWords(std::string_view list) {
  std::vector<std::string> words;
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    words.emplace_back(list.substr(0, end));
    list.remove_prefix(end == list.size() ? end : end + 1);
  }
  return words;
}

// CLI11 tells the members of a set only in the name of the type: "TEXT:{a,b}".
std::vector<std::string> SetMembers(const std::string& type) {
  const size_t begin = type.find('{');
  const size_t end = type.find('}', begin);
  if (begin == std::string::npos || end == std::string::npos) return {};
  return SplitWords(std::string_view(type).substr(begin + 1, end - begin - 1));
}

// Sets that are not told to CLI11, because more may be said than those words.
std::vector<std::string> WordsOfName(const std::string& name) {
  std::vector<std::string> words;
  if (name == "kernel") {
    for (const KernelProfile& profile : KernelProfiles()) {
      words.emplace_back(profile.version);
    }
  } else if (name == "file") {
    words = Machine::FilePaths();
  } else if (name == "compat") {
    for (const CompatName& compat : kCompatNames) {
      words.emplace_back(compat.name);
    }
  }
  return words;
}

bool IsNumber(const std::string& type) {
  for (const std::string_view number : {"INT", "UINT", "FLOAT"}) {
    if (type.starts_with(number)) return true;
  }
  return false;
}

ValueKind KindOf(const CLI::Option& option, const OptionNode& node) {
  if (option.get_items_expected_max() == 0) return ValueKind::kNone;
  if (!node.words.empty()) return ValueKind::kWords;
  const std::string name = option.get_positional() ? option.get_name(true)
                                                   : option.get_single_name();
  for (const auto& [known, kind] : kKindOfName) {
    if (name == known) return kind;
  }
  if (IsNumber(option.get_type_name())) return ValueKind::kOther;
  return option.get_positional() ? ValueKind::kFile : ValueKind::kOther;
}

std::string ValueName(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true);
  std::string type = option.get_type_name();
  type = type.substr(0, type.find(':'));
  return type.empty() ? "TEXT" : type;
}

OptionNode DescribeOption(const CLI::Option& option) {
  OptionNode node;
  for (const std::string& name : option.get_snames()) {
    node.names.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    node.names.push_back("--" + name);
  }
  node.description = option.get_description();
  node.default_text = option.get_default_str();
  node.words = SetMembers(option.get_type_name());
  if (node.words.empty() && !option.get_lnames().empty()) {
    node.words = WordsOfName(option.get_lnames().front());
  }
  node.kind = KindOf(option, node);
  if (node.takes_value()) node.value_name = ValueName(option);
  node.required = option.get_required();
  node.repeats = option.get_expected_max() > 1;
  return node;
}

CommandNode DescribeApp(const CLI::App& app, const std::string& parent) {
  CommandNode node;
  node.name = app.get_name();
  node.path = parent.empty() ? node.name : parent + " " + node.name;
  node.summary = app.get_description();
  node.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    (option->get_positional() ? node.arguments : node.options)
        .push_back(DescribeOption(*option));
  }
  for (const CLI::App* command :
       app.get_subcommands([](const CLI::App*) { return true; })) {
    node.commands.push_back(DescribeApp(*command, node.path));
  }
  return node;
}

void Collect(const CommandNode& node, std::vector<const CommandNode*>& all) {
  all.push_back(&node);
  for (const CommandNode& command : node.commands) Collect(command, all);
}

std::vector<std::string> Names(const std::vector<LibraryEntry>& entries) {
  std::vector<std::string> names;
  for (const LibraryEntry& entry : entries) names.emplace_back(entry.name);
  return names;
}

}  // namespace

CommandNode DescribeCommands(const CLI::App& program) {
  CommandNode root = DescribeApp(program, "");
  std::vector<std::string> names;
  for (const CommandNode& command : root.commands) {
    names.push_back(command.name);
  }
  for (CommandNode& command : root.commands) {
    for (OptionNode& argument : command.arguments) {
      if (argument.value_name != "COMMAND") continue;
      argument.kind = ValueKind::kWords;
      argument.words = names;
    }
  }
  return root;
}

std::vector<const CommandNode*> AllCommands(const CommandNode& node) {
  std::vector<const CommandNode*> all;
  Collect(node, all);
  return all;
}

std::vector<std::string> WordsFor(const OptionNode& option) {
  if (option.kind == ValueKind::kMachine) return Names(BuiltinMachines());
  if (option.kind == ValueKind::kScenario) return Names(BuiltinScenarios());
  return option.words;
}

}  // namespace pagelab
