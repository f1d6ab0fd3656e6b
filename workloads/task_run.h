// The interpreter of one task's steps; internal to the runner.

#ifndef PAGELAB_WORKLOADS_TASK_RUN_H_
#define PAGELAB_WORKLOADS_TASK_RUN_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/workloads/run_state.h"
#include "pagelab/workloads/steps/kernel_step.h"

namespace pagelab {

// Goes through the steps of one task, one operation at a time, so that tasks
// can be interleaved between any two operations.
class TaskRun {
 public:
  TaskRun(RunState& run, size_t index);

  // Does what is due now. Returns when the task wants to go on; nothing when
  // it has done its last step.
  absl::StatusOr<std::optional<Nanoseconds>> Resume();

 private:
  // A list of steps that is being worked through.
  struct Frame {
    const std::vector<Step>* steps = nullptr;
    size_t next = 0;
    // For a repeat: its step, and what ends it.
    const Step* repeat = nullptr;
    uint64_t rounds_left = 0;
    std::optional<Nanoseconds> deadline;
    Nanoseconds round_begin;
  };
  // An alloc or free step that is not over yet.
  struct AllocProgress {
    const Step* at = nullptr;
    const AllocStep* step = nullptr;
    uint64_t left = 0;
    uint64_t done = 0;
    Nanoseconds begin;
    std::optional<Nanoseconds> deadline;
  };
  struct FreeProgress {
    const FreeStep* step = nullptr;
    size_t handle = 0;
    uint64_t left = 0;
    uint64_t done = 0;
    Nanoseconds begin;
    // Blocks below it were old enough when the step began.
    uint64_t bound = 0;
    // kOldest: where to go on.
    uint64_t next_serial = 0;
    // kRandom with a probability: all candidates, shuffled, taken from behind.
    std::vector<uint64_t> shuffled;
  };

  // A step of a subsystem that is not over yet.
  struct KernelProgress {
    const Step* at = nullptr;
    const KernelStep* step = nullptr;
    // Who does it, one after the other.
    std::vector<Process*> processes;
    size_t process = 0;
    // Of the process; nothing: it has not begun.
    std::optional<uint64_t> left;
    uint64_t index = 0;
    uint64_t done = 0;
    Nanoseconds begin;
  };

  // Nothing: no time needs to pass before the next step.
  using Wakeup = std::optional<Nanoseconds>;

  absl::StatusOr<Wakeup> Start(const Step& step);
  void StartAlloc(const Step& step, const AllocStep& alloc);
  void StartFree(const FreeStep& free);
  absl::Status StartRepeat(const Step& step, const RepeatStep& repeat);
  absl::StatusOr<Wakeup> ContinueAlloc(AllocProgress& progress);
  Wakeup ContinueFree(FreeProgress& progress);
  absl::Status StartKernel(const Step& step, const KernelStep& kernel);
  absl::StatusOr<Wakeup> ContinueKernel(KernelProgress& progress);
  std::optional<Block> NextToFree(FreeProgress& progress);
  absl::Status EndRound();
  bool Bernoulli(double probability);

  RunState& run_;
  const size_t index_;
  std::vector<Frame> frames_;
  std::variant<std::monostate, AllocProgress, FreeProgress, KernelProgress>
      progress_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TASK_RUN_H_
