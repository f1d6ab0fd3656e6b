#ifndef PAGELAB_BENCH_BARE_TRAFFIC_H_
#define PAGELAB_BENCH_BARE_TRAFFIC_H_

#include "pagelab/bench/page_traffic.h"

namespace pagelab {

// In the allocator's place when the loops around it are measured: functions
// that return at once. Defined apart from the loops, so that they are called.
class BareAllocator {
 public:
  explicit BareAllocator(AllocatorState& state) : state_(state) {}
  // Any page; nobody may look at it.
  Page* AllocPages(ExecutionContext& context, const AllocRequest& request);
  bool FreePages(ExecutionContext& context, Page* page, Order order);

 private:
  [[maybe_unused]] AllocatorState& state_;
};

// The loops of page_traffic.h without an allocator.
namespace bare {
void RepeatPairs(const TrafficSource& source, const AllocRequest& request,
                 uint64_t pairs);
void PlaySteps(const TrafficSource& source, absl::Span<const TrafficStep> steps,
               absl::Span<Page*> slots);
}  // namespace bare

}  // namespace pagelab

#endif  // PAGELAB_BENCH_BARE_TRAFFIC_H_
