// Runs of candidates on one machine; internal to this folder.

#ifndef PAGELAB_WORKLOADS_SHRINK_TRIAL_H_
#define PAGELAB_WORKLOADS_SHRINK_TRIAL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/shrink/condition.h"
#include "pagelab/workloads/shrink/condition_watch.h"
#include "pagelab/workloads/shrink/shrink.h"

namespace pagelab {

// A machine that is put back to the end of its boot before each run.
class TrialMachine {
 public:
  // Drives the machine until the watch has seen enough.
  using Drive = std::function<absl::Status(Machine&, ConditionWatch&)>;

  static absl::StatusOr<std::unique_ptr<TrialMachine>> Boot(
      const MachineConfig& config, const Condition& condition,
      const ShrinkOptions& options);

  // Whether the run shows the condition; an error is that of the run.
  absl::StatusOr<bool> Run(const Drive& drive);
  // The same, where an error means no, and there may be no tries left.
  bool Try(const Drive& drive, const InputSize& so_far);

  // Of the last run.
  uint64_t operations() const { return operations_; }
  uint64_t tries() const { return tries_; }
  bool out_of_tries() const { return out_of_tries_; }

 private:
  TrialMachine(Machine machine, const Condition& condition,
               const ShrinkOptions& options)
      : machine_(std::move(machine)),
        condition_(condition),
        options_(options),
        booted_(machine_.Save()) {}

  Machine machine_;
  const Condition& condition_;
  const ShrinkOptions& options_;
  Machine::CheckpointPtr booted_;
  uint64_t operations_ = 0;
  uint64_t tries_ = 0;
  bool out_of_tries_ = false;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SHRINK_TRIAL_H_
