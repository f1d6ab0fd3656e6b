#ifndef PAGELAB_ALLOC_ALLOC_FAILURE_H_
#define PAGELAB_ALLOC_ALLOC_FAILURE_H_

#include <string>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// "0" or "0-3": the nodes that have memory are those that exist.
std::string MemsAllowed(const AllocatorState& state);

// Prints "page allocation failure" and the state of memory to the kernel log,
// unless the request said __GFP_NOWARN. At most one report in ten seconds.
//
// Differs from Linux: no call trace, the allocator knows no symbols.
//
// Kernel counterpart: warn_alloc(). text-formats.md 13.
void ReportAllocFailure(AllocatorState& state, const ExecutionContext& context,
                        Gfp gfp, Order order);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_ALLOC_FAILURE_H_
