// Completion for fish: one `complete` line for each thing that can be said.

#include <string>

#include "pagelab/cli/shell_completions.h"

namespace pagelab {
namespace {

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

// "__pagelab_in pagelab bench hotpath": the command of the line is that one.
std::string ConditionOf(const CommandNode& node) {
  return " -n '__pagelab_in " + node.path + "'";
}

std::string ValueWords(const OptionNode& option) {
  std::string text;
  switch (option.kind) {
    case ValueKind::kNone:
      return "";
    case ValueKind::kFile:
      return " -r -F";
    case ValueKind::kDirectory:
      return " -x -a '(__fish_complete_directories)'";
    case ValueKind::kOther:
      return " -x";
    case ValueKind::kWords:
      text = " -x";
      break;
    case ValueKind::kMachine:
    case ValueKind::kScenario:
      text = " -r -F";
      break;
  }
  std::string words;
  for (const std::string& word : WordsFor(option)) {
    if (!words.empty()) words += ' ';
    words += word;
  }
  return text + " -a " + Quoted(words);
}

std::string OptionLine(const std::string& condition, const OptionNode& option) {
  std::string text = "complete -c pagelab" + condition;
  for (const std::string& name : option.names) {
    text += name.starts_with("--") ? " -l " + name.substr(2)
                                   : " -s " + name.substr(1);
  }
  return text + ValueWords(option) + " -d " + Quoted(option.description) + "\n";
}

// Arguments have no option in front: their words, and files where they may be.
std::string ArgumentLine(const std::string& condition,
                         const OptionNode& argument) {
  std::string values = ValueWords(argument);
  if (argument.kind == ValueKind::kOther) return "";
  // -r is for options.
  if (values.starts_with(" -r")) values = values.substr(3);
  if (values.starts_with(" -x")) values = " -f" + values.substr(3);
  return "complete -c pagelab" + condition + values + "\n";
}

// Walks the words of the line: commands that follow each other.
std::string ConditionFunction(const CommandNode& program) {
  std::string text =
      "function __pagelab_in\n"
      "  set -l path pagelab\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    switch \"$path $word\"\n";
  for (const CommandNode* node : AllCommands(program)) {
    if (node == &program) continue;
    text += "      case " + Quoted(node->path) + "\n        set path " +
            Quoted(node->path) + "\n";
  }
  return text + "    end\n  end\n  test \"$path\" = \"$argv\"\nend\n\n";
}

}  // namespace

std::string FishCompletion(const CommandNode& program) {
  std::string text =
      "# fish completion for pagelab; written by `pagelab completion "
      "fish`\n\n" +
      ConditionFunction(program) + "complete -c pagelab -f\n";
  for (const CommandNode* node : AllCommands(program)) {
    const std::string condition = ConditionOf(*node);
    for (const CommandNode& command : node->commands) {
      text += "complete -c pagelab" + condition + " -a " + command.name +
              " -d " + Quoted(command.summary) + "\n";
    }
    for (const OptionNode& option : node->options) {
      text += OptionLine(condition, option);
    }
    for (const OptionNode& argument : node->arguments) {
      text += ArgumentLine(condition, argument);
    }
  }
  return text;
}

}  // namespace pagelab
