#ifndef PAGELAB_ALLOC_COMPACTION_MIGRATE_SCANNER_H_
#define PAGELAB_ALLOC_COMPACTION_MIGRATE_SCANNER_H_

#include "pagelab/alloc/compaction/compact_run.h"

namespace pagelab {

// Isolates folios at the bottom of the zone, up to 32 pages or, where the run
// says so, all of a pageblock: from the first pageblock on, at migrate_pfn or
// where a search of the free lists leads, that is worth it. False: none was
// found, and migrate_pfn is past what was looked at.
// Kernel counterpart: isolate_migratepages(). page-allocator.md 17.1, 17.2.
bool IsolateMigratePages(CompactRun& run);

// Isolates what can be moved of `range`, pageblock by pageblock, until it has
// 32 pages; migrate_pfn is where it stopped. REQUIRES: a run for a contiguous
// range. Kernel counterpart: isolate_migratepages_range().
void IsolateMigrateRange(CompactRun& run, PfnRange range);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_COMPACTION_MIGRATE_SCANNER_H_
