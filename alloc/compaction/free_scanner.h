#ifndef PAGELAB_ALLOC_COMPACTION_FREE_SCANNER_H_
#define PAGELAB_ALLOC_COMPACTION_FREE_SCANNER_H_

#include "pagelab/alloc/compaction/compact_run.h"

namespace pagelab {

// Takes free blocks at the top of the zone off their lists, into the run's
// private ones, until there are as many pages as want to be moved: first by a
// short search of the movable free lists, which reorders them, else pageblock
// by pageblock downwards. Less, or none, when the scanners meet, or the zone
// would fall below its watermark.
// Kernel counterpart: isolate_freepages(). page-allocator.md 17.1, 17.2.
void IsolateFreePages(CompactRun& run);

// A block off its free list into `blocks`; false when the zone needs it.
// Kernel counterpart: __isolate_free_page() with its watermark test.
bool TakeFreeBlock(AllocatorState& state, CpuId cpu, Page& block,
                   PrivateBlocks& blocks);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_COMPACTION_FREE_SCANNER_H_
