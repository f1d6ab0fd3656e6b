#ifndef PAGELAB_WORKLOADS_SHRINK_SHRINK_H_
#define PAGELAB_WORKLOADS_SHRINK_SHRINK_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "pagelab/sim/machine_config.h"
#include "pagelab/workloads/replay/redrive.h"
#include "pagelab/workloads/shrink/condition.h"

namespace pagelab {

// How large an input is.
struct InputSize {
  // Of a scenario.
  uint64_t tasks = 0;
  uint64_t steps = 0;
  // Of a trace.
  uint64_t events = 0;
  // Allocations and frees until the condition shows.
  uint64_t operations = 0;
};

struct ShrinkOptions {
  // Runs, at most.
  uint64_t max_tries = 2000;
  // Called before each run. May be empty.
  std::function<void(uint64_t tries, const InputSize& so_far)> on_progress = {};
};

struct ShrinkResult {
  // The input itself shows the condition. If not, the rest means nothing.
  bool shown = false;
  // What is left, as a file of the same kind.
  std::string text;
  InputSize before;
  InputSize after;
  uint64_t tries = 0;
  // Perhaps less would do.
  bool out_of_tries = false;
};

// A scenario as its text, and the machine that it runs on.
struct ScenarioInput {
  // For messages, and for what lies beside it.
  std::string file;
  std::string text;
  MachineConfig machine;
};

// Takes away tasks, steps and repetitions, and lowers counts, as long as the
// condition still shows: no part that is left can go alone. Works on the JSON
// tree and knows no kind of step; what does not parse or run does not show the
// condition. Deterministic. An error where the input itself does not run.
absl::StatusOr<ShrinkResult> ShrinkScenario(const ScenarioInput& input,
                                            const Condition& condition,
                                            const ShrinkOptions& options);

// A recording as ftrace or perf text, and the machine that it drives.
struct TraceText {
  std::string file;
  std::string text;
  MachineConfig machine;
  RedriveOptions redrive;
};

// Takes away events: an allocation goes with its frees, a free may go alone.
// The lines that are left are as they were. Otherwise as above.
absl::StatusOr<ShrinkResult> ShrinkTrace(const TraceText& input,
                                         const Condition& condition,
                                         const ShrinkOptions& options);

// For people: sizes before and after, and what it took.
std::string ShrinkText(const ShrinkResult& result, const Condition& condition);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SHRINK_SHRINK_H_
