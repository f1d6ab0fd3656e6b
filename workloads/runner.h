#ifndef PAGELAB_WORKLOADS_RUNNER_H_
#define PAGELAB_WORKLOADS_RUNNER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

class KernelWorld;

// What a run did. Plain numbers; printers turn them into text or JSON.
struct RunReport {
  struct Counts {
    // Allocations that gave memory, blocks and pages that they gave.
    uint64_t allocations = 0;
    uint64_t pages_allocated = 0;
    // Allocations that found none: an ordinary result.
    uint64_t failures = 0;
    uint64_t frees = 0;
    uint64_t pages_freed = 0;
  };
  struct TaskReport {
    std::string name;
    std::string comm;
    int32_t pid = 0;
    int32_t tgid = 0;
    Counts counts;
  };
  // Failed allocations of one task, order and mask, since `first`.
  struct Failure {
    std::string task;
    Order order;
    Gfp gfp;
    uint64_t count = 0;
    Nanoseconds first;
  };
  // A write that the kernel refused for want of memory or because of what is
  // in use: the task got an errno and went on.
  struct Refusal {
    std::string path;
    std::string message;
    Nanoseconds when;
  };
  struct Capture {
    std::string name;
    Nanoseconds when;
  };

  // Simulated time at which the first task could start and the last one ended.
  Nanoseconds begin;
  Nanoseconds end;
  Counts counts;
  // Uses of freed memory, or of nobody's, that debug_pagealloc or page_poison
  // noticed. The simulated kernel's log says more.
  uint64_t use_after_frees = 0;
  // In the order of the file.
  std::vector<TaskReport> tasks;
  // In the order of their first occurrence.
  std::vector<Failure> failures;
  std::vector<Capture> captures;
  std::vector<Refusal> refusals;
  // The scenario's, filled in; empty: it has none.
  std::string conclusion;
};

struct RunOptions {
  // Called at each capture step; an error ends the run. May be empty. What is
  // captured under a name for the second time is called "name-2", and so on.
  std::function<absl::Status(std::string_view name)> on_capture;
  // Called at each capture step and at the end with the kernel around the
  // allocator, where the scenario has one. May be empty.
  std::function<void(KernelWorld& world)> on_world;
  // Called every few thousand operations. May be empty.
  std::function<void(const RunReport& so_far)> on_progress;
  // Asked between operations: true ends the run there, without conclusion.
  // May be empty.
  std::function<bool()> is_over;
};

// Whether some step is one of the kernel around the allocator: then memory is
// reclaimed and moved behind the tasks' backs, or else the allocator is bare.
bool HasKernelSteps(const Scenario& scenario);

// Executes `scenario` on `machine`. Tasks are interleaved on simulated time;
// each allocator call takes the machine's call_duration of it, and calls that
// are due at the same time happen in the order of the file. A task draws from
// a generator of its own, made of the scenario's seed and the task's name, so
// that one task more or less does not change the others' numbers.
//
// The run ends when the last task has done its last step; blocks whose
// lifetime is not over then stay allocated.
//
// A block is marked as user memory on an LRU list (uptodate, lru, swapbacked)
// if its mask has __GFP_MOVABLE, as nearly all such pages of a real machine
// are; blocks of a `call` are marked as that call's pages were in the
// recordings. Others carry no flag.
//
// Errors are those that only the machine can tell (a CPU, a node, a file it
// does not have), with the position of the step.
absl::StatusOr<RunReport> RunScenario(Machine& machine,
                                      const Scenario& scenario,
                                      const RunOptions& options);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_RUNNER_H_
