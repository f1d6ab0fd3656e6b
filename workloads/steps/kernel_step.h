#ifndef PAGELAB_WORKLOADS_STEPS_KERNEL_STEP_H_
#define PAGELAB_WORKLOADS_STEPS_KERNEL_STEP_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/base/random.h"
#include "pagelab/workloads/kernel/process.h"
#include "pagelab/workloads/kernel/world.h"

namespace pagelab {

// Who does a step, and where.
struct StepActor {
  KernelWorld& world;
  Process& process;
  // The task's generator.
  Random& random;
};

// A step of a scenario that a subsystem of the simulated kernel carries out:
// what the file says of it, and how it is done. It is done operation by
// operation, so that tasks, kswapd and the others take turns.
class KernelStep {
 public:
  KernelStep() = default;
  KernelStep(const KernelStep&) = default;
  KernelStep& operator=(const KernelStep&) = default;
  KernelStep(KernelStep&&) = default;
  KernelStep& operator=(KernelStep&&) = default;
  virtual ~KernelStep() = default;

  // How many operations; asked once, when the step begins. An error is one of
  // the scenario's: it says what was asked for that is not there.
  virtual absl::StatusOr<uint64_t> Operations(StepActor& /*actor*/) const {
    return 1;
  }
  // Operation number `index`. That memory is out is no error.
  virtual absl::Status Do(StepActor& actor, uint64_t index) const = 0;

  // Operations a second of simulated time; 0: one right after the other.
  double rate = 0;
  // The processes that do it, one after the other; empty: the task's own.
  std::string of;
};

// The area of that name, or what is wrong.
absl::StatusOr<MemoryArea*> FindArea(const StepActor& actor,
                                     const std::string& name);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_STEPS_KERNEL_STEP_H_
