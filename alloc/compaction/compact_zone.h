#ifndef PAGELAB_ALLOC_COMPACTION_COMPACT_ZONE_H_
#define PAGELAB_ALLOC_COMPACTION_COMPACT_ZONE_H_

#include "pagelab/alloc/compaction/compact_run.h"

namespace pagelab {

// Moves pages of the zone from the bottom to the top until there is a block of
// the order, or the scanners meet. Afterwards no folio is isolated and no block
// private. Kernel counterpart: compact_zone(). page-allocator.md 17.
CompactResult CompactZone(CompactRun& run);

// Clears the skip bits of pageblocks that have something to move or to move
// to, if a direct compaction has scanned the whole zone since the last time.
// Kernel counterpart: __reset_isolation_suitable().
void ResetIsolationSuitable(AllocatorState& state, Zone& zone,
                            CompactMarks& marks);

// Both scanners start at the ends of the zone again.
// Kernel counterpart: reset_cached_positions().
void ResetCachedPositions(const AllocatorState& state, Zone& zone);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_COMPACTION_COMPACT_ZONE_H_
