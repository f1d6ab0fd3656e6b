// Completion for bash, without the package bash-completion.

#include <string>

#include "pagelab/cli/shell_completions.h"

namespace pagelab {
namespace {

// What a case label is: a path of commands has blanks in it.
std::string Label(const std::string& text) { return "    \"" + text + "\")"; }

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

// The command's options and those that every command has.
std::vector<const OptionNode*> OptionsOf(const CommandNode& program,
                                         const CommandNode& command) {
  std::vector<const OptionNode*> options;
  for (const OptionNode& option : command.options) options.push_back(&option);
  if (&command == &program) return options;
  for (const OptionNode& option : program.options) {
    const std::string& name = option.names.back();
    if (name != "--help" && name != "--version") options.push_back(&option);
  }
  return options;
}

// Sets $words, $files and $dirs for values of that kind.
std::string ValueCommands(const OptionNode& option) {
  std::string text;
  const std::vector<std::string> words = WordsFor(option);
  if (!words.empty()) text += " words='" + Join(words) + "'";
  if (option.kind == ValueKind::kDirectory) {
    text += " dirs=1";
  } else if (option.kind != ValueKind::kWords &&
             option.kind != ValueKind::kOther) {
    text += " files=1";
  }
  return text.empty() ? " :" : text;
}

std::string CommandsFunction(const CommandNode& program) {
  std::string text = "_pagelab_commands() {\n  case \"$1\" in\n";
  for (const CommandNode* node : AllCommands(program)) {
    if (node->commands.empty()) continue;
    std::vector<std::string> names;
    for (const CommandNode& command : node->commands) {
      names.push_back(command.name);
    }
    text += Label(node->path) + " words='" + Join(names) + "' ;;\n";
  }
  return text + "  esac\n}\n\n";
}

std::string OptionsFunction(const CommandNode& program) {
  std::string text = "_pagelab_options() {\n  case \"$1\" in\n";
  for (const CommandNode* node : AllCommands(program)) {
    std::vector<std::string> names;
    for (const OptionNode* option : OptionsOf(program, *node)) {
      names.insert(names.end(), option->names.begin(), option->names.end());
    }
    text += Label(node->path) + " words='" + Join(names) + "' ;;\n";
  }
  return text + "  esac\n}\n\n";
}

// Fails for what is no option with a value.
std::string ValuesFunction(const CommandNode& program) {
  std::string text = "_pagelab_values() {\n  case \"$1 $2\" in\n";
  for (const CommandNode* node : AllCommands(program)) {
    for (const OptionNode* option : OptionsOf(program, *node)) {
      if (!option->takes_value()) continue;
      std::string labels;
      for (const std::string& name : option->names) {
        if (!labels.empty()) labels += '|';
        labels += "\"" + node->path + " " + name + "\"";
      }
      text += "    " + labels + ")" + ValueCommands(*option) + " ;;\n";
    }
  }
  return text + "    *) return 1 ;;\n  esac\n}\n\n";
}

std::string ArgumentsFunction(const CommandNode& program) {
  std::string text =
      "# The command and how many arguments it has already.\n"
      "_pagelab_arguments() {\n  case \"$1 $2\" in\n";
  for (const CommandNode* node : AllCommands(program)) {
    for (size_t i = 0; i < node->arguments.size(); ++i) {
      const OptionNode& argument = node->arguments[i];
      const bool last = i + 1 == node->arguments.size();
      const std::string index =
          last && argument.repeats ? "\"*" : std::to_string(i) + "\"";
      text += "    \"" + node->path + " " + index + ")" +
              ValueCommands(argument) + " ;;\n";
    }
  }
  return text + "  esac\n}\n\n";
}

constexpr std::string_view kMain = R"(_pagelab() {
  local cur=${COMP_WORDS[COMP_CWORD]} command=pagelab nr_arguments=0
  local words= files= dirs= option= word= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word == = ]]; then continue; fi
    if [[ -n $option ]]; then option=; continue; fi
    if [[ $word == -* ]]; then
      if _pagelab_values "$command" "$word"; then option=$word; fi
      continue
    fi
    words=
    _pagelab_commands "$command"
    if [[ " $words " == *" $word "* ]]; then
      command="$command $word"
    else
      nr_arguments=$((nr_arguments + 1))
    fi
  done
  # "--option=value" is three words here.
  if [[ $cur == = ]]; then cur=; fi
  words= files= dirs=
  if [[ -n $option ]]; then
    _pagelab_values "$command" "$option"
  elif [[ $cur == -* ]]; then
    _pagelab_options "$command"
  else
    _pagelab_commands "$command"
    if [[ -z $words ]]; then _pagelab_arguments "$command" "$nr_arguments"; fi
  fi
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
  elif [[ -n $dirs ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -d -- "$cur")
  fi
}

complete -F _pagelab pagelab
)";

}  // namespace

std::string BashCompletion(const CommandNode& program) {
  return "# bash completion for pagelab; written by `pagelab completion bash`\n"
         "\n" +
         CommandsFunction(program) + OptionsFunction(program) +
         ValuesFunction(program) + ArgumentsFunction(program) +
         std::string(kMain);
}

}  // namespace pagelab
