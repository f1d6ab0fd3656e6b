#ifndef PAGELAB_CLI_SCENARIO_WORDS_H_
#define PAGELAB_CLI_SCENARIO_WORDS_H_

#include <string>
#include <string_view>

#include "pagelab/cli/scenario_arguments.h"

namespace pagelab {

// As a shell takes it as one word.
std::string ShellWord(std::string_view text);

// The arguments as they are given on a command line: "hello --seed 7".
std::string ScenarioWords(const ScenarioArguments& arguments);

}  // namespace pagelab

#endif  // PAGELAB_CLI_SCENARIO_WORDS_H_
