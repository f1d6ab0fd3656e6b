#ifndef PAGELAB_WORKLOADS_EXACT_EXACT_RUN_H_
#define PAGELAB_WORKLOADS_EXACT_EXACT_RUN_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/workloads/exact/replay_counts.h"
#include "pagelab/workloads/exact/replay_state.h"
#include "pagelab/workloads/exact/search.h"
#include "pagelab/workloads/snapshot/snapshot.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"
#include "pagelab/workloads/trace/trace_stats.h"

namespace pagelab {

struct ExactOptions {
  // Look for what the recording does not show (page-allocator.md 25.5).
  bool infer = true;
  // Go on after a divergence with the recorded frame.
  bool resync = false;
  // May be empty. What is going on, how far it is, and of how much (0: not
  // known).
  std::function<void(std::string_view what, uint64_t done, uint64_t of)>
      on_progress{};
};

// How far a recording could be reproduced.
struct ExactReport {
  std::string trace_name;
  TraceStats trace;
  // Entries that were replayed.
  uint64_t replayed = 0;
  bool found_from = false;
  bool found_to = false;
  uint64_t impossible = 0;
  uint64_t first_impossible_line = 0;
  uint64_t orphan_batched = 0;

  ReplayCounts counts;
  bool all_checks_passed = false;
  std::vector<InferredChoice> choices;
  uint64_t trials = 0;
  // Why the search had to do without checkpoints; empty: it had them.
  std::string no_checkpoints;

  // The first failed check; what went before it on the same CPU, and the
  // lists as they were then.
  std::optional<Divergence> divergence;
  std::vector<std::string> events_before;
  std::vector<std::string> lists_before;

  // Against the snapshot that was expected, where one was given.
  std::optional<SnapshotDifference> difference;
  AllocatorSnapshot end;

  // All that is comparable came out as recorded.
  bool exact() const {
    return all_checks_passed && counts.divergences == 0 &&
           counts.exact == counts.allocations && impossible == 0 &&
           (!difference.has_value() || difference->empty());
  }
};

// Starts from `from`, replays `trace` up to the marker of `expect`, and
// compares the end with it. `expect` may be null: to the end of the trace.
// Errors are those of the input; a divergence is a result.
absl::StatusOr<ExactReport> ReplayExactly(InputStream& trace,
                                          const AllocatorSnapshot& from,
                                          const AllocatorSnapshot* expect,
                                          const ExactOptions& options);

// For people and for machines.
std::string ExactText(const ExactReport& report);
std::string ExactJson(const ExactReport& report);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_EXACT_EXACT_RUN_H_
