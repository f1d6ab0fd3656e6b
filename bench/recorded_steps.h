// A recorded workload, reduced to what an allocator sees of it.

#ifndef PAGELAB_BENCH_RECORDED_STEPS_H_
#define PAGELAB_BENCH_RECORDED_STEPS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/bench/page_traffic.h"
#include "pagelab/workloads/trace/trace_reader.h"

namespace pagelab {

// As many gets as puts: every slot is empty before and after. A get takes the
// lowest empty slot.
struct RecordedSteps {
  std::vector<TrafficStep> steps;
  uint32_t nr_slots = 0;

  size_t pairs() const { return steps.size() / 2; }
};

// The blocks whose allocation and free are both in the recording, the
// `max_pairs` of them that are freed first, in the recorded order of events.
// Left out are blocks that the recording does not see freed, or freed in
// parts. Who asked, when, on which CPU and for which frame is dropped. An error
// where nothing is left, or when the recording cannot be read.
absl::StatusOr<RecordedSteps> ReduceTrace(TraceReader& trace, size_t max_pairs);

// As text of lines: "kind ORDER MASK", numbered from 0 in their order, then
// steps: "+KIND" gets a block, "-SLOT" puts that of the slot.
std::string PrintSteps(const RecordedSteps& recorded);
// The inverse. `name` is for errors. Lines that start with '#' are skipped.
absl::StatusOr<RecordedSteps> ParseSteps(std::string_view name,
                                         std::string_view text);

// The steps that the program holds: bench/data/recorded_mix.txt.
std::string_view EmbeddedSteps();

// [begin, end) of the steps.
struct StepRange {
  size_t begin = 0;
  size_t end = 0;
};
// `count` stretches of `length` steps, each with as many gets as puts, spread
// evenly as far as the recording has such; one after the other, and fewer where
// it has not.
std::vector<StepRange> BalancedStretches(const RecordedSteps& recorded,
                                         size_t count, size_t length);

}  // namespace pagelab

#endif  // PAGELAB_BENCH_RECORDED_STEPS_H_
