#ifndef PAGELAB_CLI_SHELL_COMPLETIONS_H_
#define PAGELAB_CLI_SHELL_COMPLETIONS_H_

#include <string>

#include "pagelab/cli/command_tree.h"

namespace pagelab {

// A script that completes the program's command line: commands, options, their
// values, built-in names, files. Each stands alone: it needs no other script,
// and does not run the program.
std::string BashCompletion(const CommandNode& program);
std::string ZshCompletion(const CommandNode& program);
std::string FishCompletion(const CommandNode& program);

}  // namespace pagelab

#endif  // PAGELAB_CLI_SHELL_COMPLETIONS_H_
