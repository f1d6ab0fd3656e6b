#ifndef PAGELAB_REPORT_HISTORY_REPEATED_RUN_H_
#define PAGELAB_REPORT_HISTORY_REPEATED_RUN_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/report/history/event_tap.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/runner.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// A scenario that runs as often as somebody wants to look at it, each time from
// the end of the same boot: every run has the same events. So one may go back
// to any of them.
class RepeatedRun {
 public:
  static absl::StatusOr<std::unique_ptr<RepeatedRun>> Boot(
      const MachineConfig& config, Scenario scenario);

  // Runs from the start and shows each event, until the scenario's end or until
  // the visitor has seen enough: then the machine is left some operations
  // later. The is_over of `options` is asked as well, between operations.
  absl::StatusOr<RunReport> Run(EventVisitor visitor, RunOptions options = {});

  // Puts the machine back to the end of boot, as Run() does.
  void Rewind() { machine_.Restore(*booted_); }

  // As the last run left it, or as it booted.
  Machine& machine() { return machine_; }
  const Scenario& scenario() const { return scenario_; }
  // Of the last run.
  uint64_t nr_events() const { return nr_events_; }

 private:
  RepeatedRun(Machine machine, Scenario scenario)
      : machine_(std::move(machine)),
        scenario_(std::move(scenario)),
        booted_(machine_.Save()) {}

  Machine machine_;
  Scenario scenario_;
  Machine::CheckpointPtr booted_;
  uint64_t nr_events_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_HISTORY_REPEATED_RUN_H_
