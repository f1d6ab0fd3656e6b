#ifndef PAGELAB_BENCH_HOTPATH_TIMES_H_
#define PAGELAB_BENCH_HOTPATH_TIMES_H_

#include <functional>

#include "absl/status/statusor.h"
#include "pagelab/bench/hotpath_rows.h"
#include "pagelab/bench/perf_counters.h"

namespace pagelab {

struct TimingOptions {
  int rounds = 0;
  // Counts are taken in the same runs; null: only times are.
  const PerfCounters* counters = nullptr;
  // Told before each round, from 1.
  std::function<void(int round)> on_round{};
};

// Runs each variant once a round, in an order that is another one in each round
// and the same in every run of the program: what drifts meets all alike.
absl::StatusOr<RowFigures> TimeRow(HotpathMachine& machine,
                                   const HotpathRow& row,
                                   const TimingOptions& options);

}  // namespace pagelab

#endif  // PAGELAB_BENCH_HOTPATH_TIMES_H_
