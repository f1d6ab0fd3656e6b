#ifndef PAGELAB_PAGEEXT_FREE_FRAMES_H_
#define PAGELAB_PAGEEXT_FREE_FRAMES_H_

#include "pagelab/alloc/page_walk.h"

namespace pagelab {

// Calls fn(PfnRange) for all memory that is free now, per-cpu lists and guards
// included, in ascending order. One step for each block, and for each run that
// nobody touched.
template <typename Fn>
void ForEachFreeRange(const AllocatorState& state, Fn&& fn) {
  using Kind = FrameExtent::Kind;
  for (Pfn pfn(0); pfn < state.memory->end_pfn();) {
    const FrameExtent extent = ExtentAt(state, pfn);
    if (extent.kind == Kind::kBuddy || extent.kind == Kind::kPcp ||
        extent.kind == Kind::kGuard) {
      fn(extent.range);
    }
    pfn = extent.range.end;
  }
}

}  // namespace pagelab

#endif  // PAGELAB_PAGEEXT_FREE_FRAMES_H_
