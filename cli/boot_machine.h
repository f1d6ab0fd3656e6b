#ifndef PAGELAB_CLI_BOOT_MACHINE_H_
#define PAGELAB_CLI_BOOT_MACHINE_H_

#include "absl/status/statusor.h"
#include "pagelab/cli/command.h"
#include "pagelab/cli/scenario_arguments.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

// Boots, and notes where such a machine differs from Linux.
absl::StatusOr<Machine> BootMachine(const MachineConfig& config,
                                    const CommandContext& context);

// A machine on which a scenario ran, and what the scenario is.
struct FinishedRun {
  LoadedScenario loaded;
  Machine machine;
};

// What the arguments name, booted and run to its end, with nothing written.
absl::StatusOr<FinishedRun> RunToTheEnd(const ScenarioArguments& arguments,
                                        const CommandContext& context);

}  // namespace pagelab

#endif  // PAGELAB_CLI_BOOT_MACHINE_H_
