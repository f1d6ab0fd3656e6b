#include "pagelab/workloads/shrink/trial.h"

#include "pagelab/base/status.h"

namespace pagelab {

absl::StatusOr<std::unique_ptr<TrialMachine>> TrialMachine::Boot(
    const MachineConfig& config, const Condition& condition,
    const ShrinkOptions& options) {
  PAGELAB_ASSIGN_OR_RETURN(Machine machine, Machine::Boot(config));
  return std::unique_ptr<TrialMachine>(
      new TrialMachine(std::move(machine), condition, options));
}

absl::StatusOr<bool> TrialMachine::Run(const Drive& drive) {
  ++tries_;
  machine_.Restore(*booted_);
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<ConditionWatch> watch,
                           ConditionWatch::Start(machine_, condition_));
  PAGELAB_RETURN_IF_ERROR(drive(machine_, *watch));
  PAGELAB_RETURN_IF_ERROR(watch->Finish());
  operations_ = watch->operations();
  return watch->shown();
}

bool TrialMachine::Try(const Drive& drive, const InputSize& so_far) {
  if (tries_ >= options_.max_tries) {
    out_of_tries_ = true;
    return false;
  }
  if (options_.on_progress) options_.on_progress(tries_, so_far);
  const absl::StatusOr<bool> shows = Run(drive);
  return shows.ok() && *shows;
}

}  // namespace pagelab
