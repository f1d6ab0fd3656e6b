// What each row of an allocator's benchmarks reports beside its time.

#ifndef PAGELAB_BENCH_ROW_COUNTERS_H_
#define PAGELAB_BENCH_ROW_COUNTERS_H_

#include <benchmark/benchmark.h>

#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"

namespace pagelab {

// Pairs and pages a second, for pairs of `pages_per_pair` pages on average.
// REQUIRES: an iteration is a pair.
void SetRates(benchmark::State& bench, double pages_per_pair);

// How many pairs of a row to count: `usual`, which takes into account that an
// instruction may take 13 us to count, or what PAGELAB_BENCH_COUNTED_PAIRS
// says.
uint64_t CountedPairs(uint64_t usual);

// What one of the `pairs` that `work` does executes in user space, the loop
// included. Nothing where nothing can be counted, and of no pairs.
std::optional<double> InstructionsAPair(uint64_t pairs,
                                        absl::FunctionRef<void()> work);

// Sets the counter "instructions" to what `count` returns, if it returns
// something. `row` is the benchmark with its arguments: the library calls a
// benchmark several times, and only the first time takes the time to count.
void SetInstructions(benchmark::State& bench, const std::string& row,
                     absl::FunctionRef<std::optional<double>()> count);

}  // namespace pagelab

#endif  // PAGELAB_BENCH_ROW_COUNTERS_H_
