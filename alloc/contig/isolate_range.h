#ifndef PAGELAB_ALLOC_CONTIG_ISOLATE_RANGE_H_
#define PAGELAB_ALLOC_CONTIG_ISOLATE_RANGE_H_

#include <optional>

#include "pagelab/alloc/page_allocator.h"

namespace pagelab {

// The pageblocks of a range that somebody wants for himself: contiguous ranges
// and memory that goes offline. page-allocator.md 16.1, 16.2.

// The first frame of the range that is in use and on no LRU list, or its end.
// Reserved frames and guards are in use.
Pfn FirstUnmovable(const AllocatorState& state, PfnRange range);
// The first frame that is not in a free block, or the end.
Pfn FirstNotFree(const AllocatorState& state, PfnRange range);

struct IsolateRequest {
  // What is wanted; may begin and end inside pageblocks.
  PfnRange frames;
  // Pageblocks of CMA are for kCma alone.
  Migratetype type = Migratetype::kMovable;
};

struct IsolateOutcome {
  bool isolated = false;
  // What was in the way; nothing where a pageblock as a whole was.
  std::optional<Pfn> blocker{};
};

// Isolates every pageblock that has frames of the range: the first, the last,
// then those between. If one cannot be, none is.
// REQUIRES: the frames belong to one zone.
// Kernel counterpart: start_isolate_page_range().
IsolateOutcome IsolateRange(PageAllocator& allocator, ExecutionContext& context,
                            const IsolateRequest& request);

// Makes them pageblocks of `type`.
// Kernel counterpart: undo_isolate_page_range().
void UnisolateRange(PageAllocator& allocator, ExecutionContext& context,
                    const IsolateRequest& request);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_CONTIG_ISOLATE_RANGE_H_
