#include "pagelab/cli/boot_machine.h"

#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/workloads/runner.h"

namespace pagelab {

absl::StatusOr<Machine> BootMachine(const MachineConfig& config,
                                    const CommandContext& context) {
  absl::StatusOr<Machine> machine = Machine::Boot(config);
  if (machine.ok() && !config.differs_from_linux.empty()) {
    PrintNote(context, "Differs from Linux: " + config.differs_from_linux);
  }
  return machine;
}

absl::StatusOr<FinishedRun> RunToTheEnd(const ScenarioArguments& arguments,
                                        const CommandContext& context) {
  PAGELAB_ASSIGN_OR_RETURN(LoadedScenario loaded, LoadScenario(arguments));
  PAGELAB_ASSIGN_OR_RETURN(const MachineConfig config,
                           ConfigureMachine(arguments, loaded.scenario));
  PAGELAB_ASSIGN_OR_RETURN(Machine machine, BootMachine(config, context));
  PAGELAB_RETURN_IF_ERROR(RunScenario(machine, loaded.scenario, {}).status());
  return FinishedRun{std::move(loaded), std::move(machine)};
}

}  // namespace pagelab
