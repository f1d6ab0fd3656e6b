#ifndef PAGELAB_WORKLOADS_MEMORY_STATS_H_
#define PAGELAB_WORKLOADS_MEMORY_STATS_H_

#include "pagelab/alloc/page_flags.h"
#include "pagelab/alloc/types.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/kernel/page_use.h"

namespace pagelab {

// What pages asked for with __GFP_MOVABLE are taken for, unless more is known.
inline constexpr PageFlags kUserPage =
    page_flag::kUptodate.With(page_flag::kLru).With(page_flag::kSwapbacked);

enum class StatChange : int8_t { kRemove = -1, kAdd = 1 };

// Puts a block with kLru on the LRU list that its page flags name, or takes it
// off, and counts it in the counters of its zone and node that /proc shows:
// anonymous memory if swapbacked, tmpfs if dirty besides, files otherwise.
// Others are not counted. Leaves the flags, and is to be called before they
// change.
void CountUserPages(Machine& machine, Pfn head, PageCount pages,
                    StatChange change);
// The second half of that, for blocks that may be on no list just now: what the
// page is counted as besides its LRU list.
void CountUserUse(Machine& machine, Pfn head, PageCount pages,
                  StatChange change);

// Counts the block as what the kernel that allocated it keeps it for: slab,
// page tables and kernel stacks in its node, vmalloc machine-wide.
void CountKernelPages(Machine& machine, Pfn head, PageCount pages, PageUse use,
                      StatChange change);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_MEMORY_STATS_H_
