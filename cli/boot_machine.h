#ifndef PAGELAB_CLI_BOOT_MACHINE_H_
#define PAGELAB_CLI_BOOT_MACHINE_H_

#include "absl/status/statusor.h"
#include "pagelab/cli/command.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

// Boots, and notes where such a machine differs from Linux.
absl::StatusOr<Machine> BootMachine(const MachineConfig& config,
                                    const CommandContext& context);

}  // namespace pagelab

#endif  // PAGELAB_CLI_BOOT_MACHINE_H_
