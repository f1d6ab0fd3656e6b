#ifndef PAGELAB_ALLOC_RECLAIM_NODE_BALANCE_H_
#define PAGELAB_ALLOC_RECLAIM_NODE_BALANCE_H_

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/execution_context.h"

namespace pagelab {

// After so many passes without a page kswapd leaves a node to direct reclaim,
// until some reclaim succeeds; and so often in a row a request tries again.
// Kernel counterpart: MAX_RECLAIM_RETRIES.
inline constexpr int kMaxReclaimRetries = 16;

// A tick of the recorded build's clock (HZ=1000).
inline constexpr Nanoseconds kTick{1'000'000};

// The zones of a node, populated or not.
absl::Span<Zone> ZonesOf(const AllocatorState& state, const Node& node);

// Could a request for the order that may go up to the zone index have a block
// from some zone of the node, with the high watermark kept?
// Kernel counterpart: pgdat_balanced().
bool NodeBalanced(const AllocatorState& state, const Node& node, Order order,
                  int highest_zoneidx);

// Kernel counterpart: pgdat_watermark_boosted().
bool NodeBoosted(const AllocatorState& state, const Node& node,
                 int highest_zoneidx);

// Waits until a batch of folios under writeback is done, at most `limit`.
// Kernel counterpart: reclaim_throttle().
void WaitForWriteback(AllocatorState& state, ExecutionContext& context,
                      Nanoseconds limit);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_RECLAIM_NODE_BALANCE_H_
