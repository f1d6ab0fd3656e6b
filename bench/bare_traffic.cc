#include "pagelab/bench/bare_traffic.h"

#include "pagelab/bench/traffic_loops.h"

namespace pagelab::bare {

void RepeatPairs(const TrafficSource& source, const AllocRequest& request,
                 uint64_t pairs) {
  LoopOverPairs<BareAllocator>(source, request, pairs);
}

void PlaySteps(const TrafficSource& source, absl::Span<const TrafficStep> steps,
               absl::Span<Page*> slots) {
  LoopOverSteps<BareAllocator>(source, steps, slots);
}

}  // namespace pagelab::bare
