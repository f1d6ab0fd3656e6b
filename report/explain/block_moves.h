#ifndef PAGELAB_REPORT_EXPLAIN_BLOCK_MOVES_H_
#define PAGELAB_REPORT_EXPLAIN_BLOCK_MOVES_H_

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/report/explain/explanation.h"

namespace pagelab {

// What splits and merges left on the free lists, read right after they
// happened.

// Blocks on the lists of a zone, by order.
using FreeBlocksByOrder = std::array<uint64_t, kNrPageOrders>;

// A block of `order` was just taken off the lists of `list_type` at `pfn`. The
// source is the block whose upper halves are at the heads of the lists.
// `before`: how many blocks there were, or null where that is not known: where
// two free buddies of a pageblock or more lie side by side unmerged, only that
// tells a remainder from a block that was there before.
BlockSplit SplitOf(const AllocatorState& state, const Zone& zone,
                   const ListedBlock& taken, const FreeBlocksByOrder* before);

// The same where the size of the source is known, and its rest may have gone to
// another type's lists.
BlockSplit SplitFrom(const AllocatorState& state, const ListedBlock& source,
                     Order taken, Migratetype rest_type);

// The block at `pfn` was just freed to the buddy lists: what it is part of now.
// Nothing if it is not free any more.
std::optional<BlockMerge> MergeOf(const AllocatorState& state, const Zone& zone,
                                  Pfn pfn, Order order);

// What freeing the block to the buddy lists would do now: one merge, or, above
// the pageblock order, one for each of its pageblocks in turn.
std::vector<BlockMerge> MergesAhead(const AllocatorState& state,
                                    const Zone& zone, Pfn pfn, Order order);

// "block 0x40 of order 4 is split: its upper half 0x48 goes to the list of
// order 3, then 0x44 to order 2". REQUIRES: something was left over.
std::string SplitText(const BlockSplit& split);
// "its buddy 0x41 is free: merged to 0x40 of order 1; ...", ending in `stop`.
std::string MergeText(const BlockMerge& merge, std::string_view stop);
// Why the merge went no further: "its buddy 0x42 of order 1 is in use". Before
// or after it.
std::string WhyNoFurther(const AllocatorState& state, const Zone& zone,
                         const BlockMerge& merge);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_BLOCK_MOVES_H_
