#ifndef PAGELAB_ALLOC_ISOLATION_H_
#define PAGELAB_ALLOC_ISOLATION_H_

#include "pagelab/alloc/page_allocator.h"

namespace pagelab {

// Blocks and pageblocks taken out of circulation: the allocator's side of
// compaction and of contiguous ranges (page-allocator.md 16, 17.2).

// Takes a free block off its list; it is PageState::kPrivate then. From half a
// pageblock on, what is left free of its pageblocks becomes movable.
// REQUIRES: `block` is kBuddy. Kernel counterpart: __isolate_free_page(),
// without its watermark test. Section 17.2.
void IsolateFreeBlock(AllocatorState& state, CpuId cpu, Page& block);

// Gives a private block back, at the tail. Kernel counterpart:
// __putback_isolated_page(). Section 7.5.
void PutbackIsolatedBlock(PageAllocator& allocator, CpuId cpu, Page& block,
                          Order order);

// What the fast search of the free scanner does to the list that it finds
// `block` on: everything before it goes to the tail. REQUIRES: `block` is
// kBuddy. Section 17.2.
void RotateListTo(AllocatorState& state, Page& block);

// Everything up to and including `block` goes to the tail. REQUIRES: it is a
// node of `list`.
void RotateListPast(FreeList& list, Page& block);

// Every block of the range that lies in a run becomes a node of its list.
void SplitRuns(AllocatorState& state, PfnRange range);

// Makes the pageblock at `begin` isolated; false if it already is, or not all
// of it is in the zone. Whether its frames may be moved is the caller's
// question. Section 16.1.
bool IsolatePageblock(PageAllocator& allocator, ExecutionContext& context,
                      Pfn begin);

// Makes an isolated pageblock one of `type` again. Section 16.2.
void UnisolatePageblock(PageAllocator& allocator, ExecutionContext& context,
                        Pfn begin, Migratetype type);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_ISOLATION_H_
