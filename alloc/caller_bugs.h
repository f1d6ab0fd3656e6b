#ifndef PAGELAB_ALLOC_CALLER_BUGS_H_
#define PAGELAB_ALLOC_CALLER_BUGS_H_

#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

// Reports, through the kernel log, an attempt to free `pfn` as a block of
// `order` where there is no such allocated block: a double free, the middle of
// a block, another order, a reserved frame. Changes nothing but the log.
void ReportBadFree(AllocatorState& state, const ExecutionContext& context,
                   Pfn pfn, Order order);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_CALLER_BUGS_H_
