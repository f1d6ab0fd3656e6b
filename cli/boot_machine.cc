#include "pagelab/cli/boot_machine.h"

namespace pagelab {

absl::StatusOr<Machine> BootMachine(const MachineConfig& config,
                                    const CommandContext& context) {
  absl::StatusOr<Machine> machine = Machine::Boot(config);
  if (machine.ok() && !config.differs_from_linux.empty()) {
    PrintNote(context, "Differs from Linux: " + config.differs_from_linux);
  }
  return machine;
}

}  // namespace pagelab
