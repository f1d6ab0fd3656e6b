// The loops around the calls that are measured, for whatever is called.

#ifndef PAGELAB_BENCH_TRAFFIC_LOOPS_H_
#define PAGELAB_BENCH_TRAFFIC_LOOPS_H_

#include "pagelab/base/check.h"
#include "pagelab/bench/page_traffic.h"

namespace pagelab {

template <class Allocator>
Page* GetBlock(Allocator& allocator, ExecutionContext& context,
               const AllocRequest& request) {
  Page* page = allocator.AllocPages(context, request);
  PAGELAB_CHECK(page != nullptr);
  return page;
}

// RepeatPairs().
template <class Allocator>
void LoopOverPairs(const TrafficSource& source, const AllocRequest& request,
                   uint64_t pairs) {
  Allocator allocator(source.state);
  for (uint64_t i = 0; i < pairs; ++i) {
    Page* page = GetBlock(allocator, source.context, request);
    allocator.FreePages(source.context, page, request.order);
  }
}

// PlaySteps().
template <class Allocator>
void LoopOverSteps(const TrafficSource& source,
                   absl::Span<const TrafficStep> steps,
                   absl::Span<Page*> slots) {
  Allocator allocator(source.state);
  for (const TrafficStep& step : steps) {
    Page*& page = slots[step.slot];
    if (step.put) {
      allocator.FreePages(source.context, page, step.order);
    } else {
      page = GetBlock(allocator, source.context,
                      {.gfp = step.gfp, .order = step.order});
    }
  }
}

}  // namespace pagelab

#endif  // PAGELAB_BENCH_TRAFFIC_LOOPS_H_
