#ifndef PAGELAB_ALLOC_CONTIG_MIGRATE_RANGE_H_
#define PAGELAB_ALLOC_CONTIG_MIGRATE_RANGE_H_

#include "pagelab/alloc/compaction/migrate.h"

namespace pagelab {

// Empties a range of frames whose pageblocks are isolated.

struct EmptyRequest {
  PfnRange range;
  MigrateReason reason = MigrateReason::kContigRange;
  // Where the pages go first; invalid: the node of the range's zone.
  NodeId target_node{};
};

// Moves out what can be moved, in ascending order, some pages at a time;
// clean pages of files are dropped instead where their users allow it. Up to
// five passes. What is left then stays; nothing is isolated.
// Kernel counterparts: __alloc_contig_migrate_range(), do_migrate_range().
MigrateCounts EmptyRange(PageAllocator& allocator, ExecutionContext& context,
                         const EmptyRequest& request);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_CONTIG_MIGRATE_RANGE_H_
