// Completion for zsh: a function for each command, by _arguments.

#include <algorithm>
#include <string>

#include "pagelab/cli/shell_completions.h"

namespace pagelab {
namespace {

// Inside '...' and inside the brackets of a specification.
std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\'') {
      escaped += "'\\''";
      continue;
    }
    if (c == '[' || c == ']' || c == ':' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string FunctionName(const CommandNode& node) {
  std::string name = "_" + node.path;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

// ":value:action" of a specification.
std::string ValueSpec(const OptionNode& option) {
  std::string action;
  const std::vector<std::string> words = WordsFor(option);
  std::string list;
  for (const std::string& word : words) {
    if (!list.empty()) list += ' ';
    list += word;
  }
  switch (option.kind) {
    case ValueKind::kNone:
      return "";
    case ValueKind::kWords:
      action = "(" + list + ")";
      break;
    case ValueKind::kMachine:
    case ValueKind::kScenario:
      action = "{ compadd -- " + list + "; _files }";
      break;
    case ValueKind::kFile:
      action = "_files";
      break;
    case ValueKind::kDirectory:
      action = "_files -/";
      break;
    case ValueKind::kOther:
      action = " ";
      break;
  }
  return ":" + Escaped(option.value_name) + ":" + action;
}

std::string OptionSpecs(const OptionNode& option) {
  std::string exclusive;
  if (!option.repeats) {
    for (const std::string& name : option.names) {
      if (!exclusive.empty()) exclusive += ' ';
      exclusive += name;
    }
    exclusive = "(" + exclusive + ")";
  } else {
    exclusive = "*";
  }
  std::string text;
  for (const std::string& name : option.names) {
    const bool is_long = name.starts_with("--");
    const std::string suffix = !option.takes_value() ? "" : is_long ? "=" : "+";
    text += "    '" + exclusive + name + suffix + "[" +
            Escaped(option.description) + "]" + ValueSpec(option) + "' \\\n";
  }
  return text;
}

std::string ArgumentSpec(const OptionNode& argument) {
  const std::string place = argument.repeats    ? "*"
                            : argument.required ? ""
                                                : ":";
  return "    '" + place + ValueSpec(argument) + "' \\\n";
}

std::string LeafFunction(const CommandNode& program, const CommandNode& node) {
  std::string text = FunctionName(node) + "() {\n  _arguments -s \\\n";
  for (const OptionNode& option : node.options) text += OptionSpecs(option);
  for (const OptionNode& option : program.options) {
    const std::string& name = option.names.back();
    if (name != "--help" && name != "--version") text += OptionSpecs(option);
  }
  for (const OptionNode& argument : node.arguments) {
    text += ArgumentSpec(argument);
  }
  return text + "    && return 0\n}\n\n";
}

std::string GroupFunction(const CommandNode& node) {
  std::string text = FunctionName(node) +
                     "() {\n  local context state state_descr line\n"
                     "  typeset -A opt_args\n  _arguments -C \\\n";
  for (const OptionNode& option : node.options) text += OptionSpecs(option);
  text +=
      "    '1:command:->command' \\\n    '*::argument:->argument' \\\n"
      "    && return 0\n  case $state in\n    command)\n"
      "      local -a commands=(\n";
  for (const CommandNode& command : node.commands) {
    text += "        '" + command.name + ":" + Escaped(command.summary) + "'\n";
  }
  text +=
      "      )\n      _describe command commands\n      ;;\n    argument)\n"
      "      case $words[1] in\n";
  for (const CommandNode& command : node.commands) {
    text += "        " + command.name + ") " + FunctionName(command) + " ;;\n";
  }
  return text + "      esac\n      ;;\n  esac\n}\n\n";
}

}  // namespace

std::string ZshCompletion(const CommandNode& program) {
  std::string text =
      "#compdef pagelab\n"
      "# zsh completion for pagelab; written by `pagelab completion zsh`\n\n";
  for (const CommandNode* node : AllCommands(program)) {
    text += node->commands.empty() ? LeafFunction(program, *node)
                                   : GroupFunction(*node);
  }
  // Loaded from $fpath the file is the function; sourced, it registers it.
  return text +
         "if [[ $funcstack[1] == _pagelab ]]; then\n  _pagelab \"$@\"\n"
         "else\n  compdef _pagelab pagelab\nfi\n";
}

}  // namespace pagelab
