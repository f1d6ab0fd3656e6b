#ifndef PAGELAB_ALLOC_RECLAIM_FOLIO_LRU_H_
#define PAGELAB_ALLOC_RECLAIM_FOLIO_LRU_H_

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/reclaim/scan_control.h"

namespace pagelab {

// What those who use memory, and reclaim itself, tell the LRU lists.

// The writeback of a folio is done: it has neither kWriteback nor kReclaim any
// more, and where reclaim waits for it, it is the next to go: at the tail of
// its inactive list. Not moved: dirty again, unevictable, or on no list.
// Kernel counterparts: folio_end_writeback(), folio_rotate_reclaimable().
void FolioRotateReclaimable(AllocatorState& state, Page& folio);

// Somebody used a folio that is not mapped: inactive and unreferenced, it is
// referenced; referenced, it is active. Kernel counterpart:
// folio_mark_accessed().
void FolioMarkAccessed(AllocatorState& state, Page& folio);

// Reclaim of one side cost `nr_io` pages of I/O, and `nr_rotated` pages were
// looked at in vain: the other side gets more of the next scans. Also for the
// pages that come back soon after they went.
// Kernel counterpart: lru_note_cost().
struct LruCost {
  LruSide side = LruSide::kAnon;
  uint64_t nr_io = 0;
  uint64_t nr_rotated = 0;
};
void LruNoteCost(Node& node, const LruCost& cost);

// What of a zone's memory reclaim could get at all: the files, and with free
// swap the anonymous pages. None: what is free, so that a zone without either
// is not skipped. Kernel counterpart: zone_reclaimable_pages().
PageCount ZoneReclaimablePages(const AllocatorState& state, const Zone& zone);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_RECLAIM_FOLIO_LRU_H_
