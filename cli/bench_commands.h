// The commands below `pagelab bench`, one source file each.

#ifndef PAGELAB_CLI_BENCH_COMMANDS_H_
#define PAGELAB_CLI_BENCH_COMMANDS_H_

#include "pagelab/cli/command.h"

namespace pagelab {

void AddBenchHotpathCommand(CommandSet& commands);
void AddBenchScaleCommand(CommandSet& commands);
void AddBenchListCommand(CommandSet& commands);
void AddBenchRunCommand(CommandSet& commands);
void AddBenchCompareCommand(CommandSet& commands);

}  // namespace pagelab

#endif  // PAGELAB_CLI_BENCH_COMMANDS_H_
