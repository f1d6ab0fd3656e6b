#ifndef PAGELAB_ALLOC_COMPACTION_SUITABILITY_H_
#define PAGELAB_ALLOC_COMPACTION_SUITABILITY_H_

#include "pagelab/alloc/compaction/compaction.h"

namespace pagelab {

// Whether compaction makes sense, from the numbers of a zone alone:
// page-allocator.md 17.5.

// Why a request of the order would fail, in 1/1000: towards 0 for want of
// memory, towards 1000 for fragmentation; -1000: it would not fail.
// Kernel counterpart: fragmentation_index().
int FragmentationIndex(const Zone& zone, Order order);

// The share of free memory, in percent, that is of no use for blocks of the
// order. Kernel counterpart: extfrag_for_order().
int UnusableFreePercent(const Zone& zone, Order order);

// What proactive compaction goes by, for blocks of a pageblock: 0 to 100.
// Kernel counterpart: fragmentation_score_node().
int FragmentationScore(const AllocatorState& state, const Node& node);
int FragmentationScore(const AllocatorState& state, const Zone& zone);
// It starts above the second and ends at the first.
// Kernel counterpart: fragmentation_score_wmark().
struct ScoreMarks {
  int low;
  int high;
};
ScoreMarks FragmentationScoreMarks(const AllocatorPolicy& policy);

// Room enough to move pages to, if the zone had `free` pages.
// Kernel counterpart: __compaction_suitable().
bool HasRoomToCompact(const AllocatorState& state, const Zone& zone,
                      Order order, int highest_zoneidx, int64_t free);

// Kernel counterpart: compaction_suit_allocation_order().
CompactResult SuitAllocationOrder(const AllocatorState& state, const Zone& zone,
                                  Order order, int highest_zoneidx,
                                  AllocFlags flags);

// Deferral: after failures a zone is left alone for more and more attempts.
// Kernel counterparts: defer_compaction(), compaction_deferred(),
// compaction_defer_reset(), compaction_restarting().
void DeferCompaction(Zone& zone, Order order);
// Counts the attempt.
bool IsCompactionDeferred(Zone& zone, Order order);
// `allocated`: the block is there; else it probably will be.
void ResetDeferral(Zone& zone, Order order, bool allocated);
bool IsRestarting(const Zone& zone, Order order);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_COMPACTION_SUITABILITY_H_
