#ifndef PAGELAB_BENCH_HOTPATH_COUNTS_H_
#define PAGELAB_BENCH_HOTPATH_COUNTS_H_

#include <chrono>
#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/bench/hotpath_rows.h"

namespace pagelab {

// What the loop around the calls executes itself, a pair.
struct LoopCount {
  double instructions = 0;
  double branches = 0;
};

struct CountOptions {
  // Those with page_owner on, or those with it off.
  bool watched = false;
  // Variants whose turn comes later are not counted.
  std::chrono::steady_clock::time_point deadline;
  // Told before each.
  std::function<void(std::string_view name)> on_variant{};
};

// Fills the instructions and branches of a row with instruction_counter.h, over
// few pairs: every variant from the same state of the machine, without the
// loop. A recorded row is counted over a stretch of it, and not with stacks
// that are captured, which would take minutes. REQUIRES: machine.Save().
absl::StatusOr<LoopCount> CountRow(HotpathMachine& machine, RowFigures& figures,
                                   const CountOptions& options);

// Steps of a recorded row that are counted, in stretches all over it.
inline constexpr size_t kNrCountedSteps = 160;

}  // namespace pagelab

#endif  // PAGELAB_BENCH_HOTPATH_COUNTS_H_
