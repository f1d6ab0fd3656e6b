#ifndef PAGELAB_ALLOC_ZONELIST_H_
#define PAGELAB_ALLOC_ZONELIST_H_

#include "absl/types/span.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/arena.h"
#include "pagelab/alloc/memory_init.h"

namespace pagelab {

// Builds both zonelists of every node, and decides whether memory is large
// enough for grouping by mobility. Kernel counterpart: build_all_zonelists().
// page-allocator.md 3.3, 3.5.
void BuildZonelists(Arena& arena, AllocatorState& state,
                    absl::Span<const NodeTopology> topology);

// Once more in place, after a zone became populated or empty.
void RebuildZonelists(AllocatorState& state,
                      absl::Span<const NodeTopology> topology);

// "Built 1 zonelists, mobility grouping on.  Total pages: 504406" and the
// policy zone, as the kernel says after both of the above.
void LogZonelists(const AllocatorState& state, KernelLog& log);

// Once more, after the policy said otherwise about grouping by mobility: what
// gfp masks decide on each node.
void BuildAllocRoutes(AllocatorState& state);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_ZONELIST_H_
