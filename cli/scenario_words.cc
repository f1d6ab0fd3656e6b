#include "pagelab/cli/scenario_words.h"

#include "fmt/format.h"

namespace pagelab {
namespace {

void AddOption(std::string& words, std::string_view name,
               std::string_view value) {
  if (value.empty()) return;
  words +=
      fmt::format("{}{} {}", words.empty() ? "" : " ", name, ShellWord(value));
}

}  // namespace

std::string ShellWord(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "-_./=,:@%+";
  if (!text.empty() && text.find_first_not_of(kPlain) == text.npos) {
    return std::string(text);
  }
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

std::string ScenarioWords(const ScenarioArguments& arguments) {
  std::string words;
  if (!arguments.scenario.empty()) words = ShellWord(arguments.scenario);
  AddOption(words, "--machine", arguments.machine);
  AddOption(words, "--from", arguments.from);
  if (arguments.seed.has_value()) {
    AddOption(words, "--seed", std::to_string(*arguments.seed));
  }
  for (const std::string& setting : arguments.settings) {
    AddOption(words, "--set", setting);
  }
  AddOption(words, "--kernel", arguments.kernel);
  AddOption(words, "--cmdline", arguments.command_line);
  return words;
}

}  // namespace pagelab
