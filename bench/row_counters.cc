#include "pagelab/bench/row_counters.h"

#include <cstdlib>
#include <map>

#include "absl/strings/numbers.h"
#include "pagelab/bench/instruction_counter.h"

namespace pagelab {

void SetRates(benchmark::State& bench, double pages_per_pair) {
  using benchmark::Counter;
  bench.counters["pairs_per_second"] =
      Counter(1, Counter::kIsIterationInvariantRate);
  bench.counters["pages_per_second"] =
      Counter(pages_per_pair, Counter::kIsIterationInvariantRate);
}

uint64_t CountedPairs(uint64_t usual) {
  const char* wanted = std::getenv("PAGELAB_BENCH_COUNTED_PAIRS");
  uint64_t pairs = usual;
  if (wanted != nullptr && !absl::SimpleAtoi(wanted, &pairs)) return usual;
  return pairs;
}

std::optional<double> InstructionsAPair(uint64_t pairs,
                                        absl::FunctionRef<void()> work) {
  if (pairs == 0) return std::nullopt;
  const absl::StatusOr<InstructionCount> count = CountInstructions(work);
  if (!count.ok()) return std::nullopt;
  return static_cast<double>(count->instructions) / static_cast<double>(pairs);
}

void SetInstructions(benchmark::State& bench, const std::string& row,
                     absl::FunctionRef<std::optional<double>()> count) {
  static auto& known = *new std::map<std::string, std::optional<double>>();
  const auto [entry, is_new] = known.try_emplace(row);
  if (is_new) entry->second = count();
  if (entry->second.has_value()) {
    bench.counters["instructions"] = *entry->second;
  }
}

}  // namespace pagelab
