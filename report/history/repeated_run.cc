#include "pagelab/report/history/repeated_run.h"

#include "pagelab/base/status.h"

namespace pagelab {

absl::StatusOr<std::unique_ptr<RepeatedRun>> RepeatedRun::Boot(
    const MachineConfig& config, Scenario scenario) {
  PAGELAB_ASSIGN_OR_RETURN(Machine machine, Machine::Boot(config));
  return std::unique_ptr<RepeatedRun>(
      new RepeatedRun(std::move(machine), std::move(scenario)));
}

absl::StatusOr<RunReport> RepeatedRun::Run(EventVisitor visitor,
                                           RunOptions options) {
  machine_.Restore(*booted_);
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<EventTap> tap,
                           EventTap::Start(machine_, std::move(visitor)));
  options.is_over = [&tap, is_over = std::move(options.is_over)] {
    return (is_over && is_over()) || tap->is_over();
  };
  absl::StatusOr<RunReport> report = RunScenario(machine_, scenario_, options);
  nr_events_ = tap->nr_events();
  return report;
}

}  // namespace pagelab
