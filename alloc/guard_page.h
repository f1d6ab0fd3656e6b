#ifndef PAGELAB_ALLOC_GUARD_PAGE_H_
#define PAGELAB_ALLOC_GUARD_PAGE_H_

#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

// Guard pages (page-ext-owner-depot.md 13): the small upper halves of a block
// that is split are put aside instead of on a free list, so that whoever runs
// over the end of a block meets memory that belongs to nobody. They are on no
// list and not counted free until the block beside them is freed.

// The largest value of debug_guardpage_minorder; halves below that order
// become guards.
inline constexpr int kMaxDebugGuardpageMinorder = kMaxPageOrder / 2;

// Makes the frames at `block`, which are in no block, a guard. Counters of
// pages are the caller's. Kernel counterpart: set_page_guard().
void SetPageGuard(AllocatorState& state, const Zone& zone, Page& block,
                  Order order);

// The guard heads nothing afterwards; its pages count as free again, of a
// pageblock of `type`. Kernel counterpart: clear_page_guard().
void ClearPageGuard(AllocatorState& state, CpuId cpu, Page& block,
                    Migratetype type);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_GUARD_PAGE_H_
