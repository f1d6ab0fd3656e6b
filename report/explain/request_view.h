#ifndef PAGELAB_REPORT_EXPLAIN_REQUEST_VIEW_H_
#define PAGELAB_REPORT_EXPLAIN_REQUEST_VIEW_H_

#include "pagelab/alloc/alloc_flags.h"
#include "pagelab/report/explain/alloc_sentences.h"

namespace pagelab {

// A request as the allocator saw it, as far as its event tells: which node it
// named, if any, it does not.
struct RequestView {
  AllocControl control;
  // Of the first attempt, and of the last ones.
  AllocFlags fast_flags;
  AllocFlags slow_flags;
  // Where the block is from; null for a failure.
  const Zone* zone = nullptr;
};
RequestView ViewOf(const SeenAllocation& seen);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_REQUEST_VIEW_H_
