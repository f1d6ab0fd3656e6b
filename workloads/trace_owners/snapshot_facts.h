// What snapshots add to a recording's owners.

#ifndef PAGELAB_WORKLOADS_TRACE_OWNERS_SNAPSHOT_FACTS_H_
#define PAGELAB_WORKLOADS_TRACE_OWNERS_SNAPSHOT_FACTS_H_

#include "pagelab/alloc/types.h"
#include "pagelab/workloads/snapshot/snapshot.h"
#include "pagelab/workloads/trace_owners/trace_dump.h"
#include "pagelab/workloads/trace_owners/trace_owners.h"

namespace pagelab {

// The types of the pageblocks at that moment. Independent of `snapshot`
// afterwards.
PageblockTypes PageblockTypesOf(const AllocatorSnapshot& snapshot);

// Tells `owners` which frames were free when the recording began, on free
// lists and per-cpu lists; returns how many pages were in use.
PageCount AddFreeBlocks(const AllocatorSnapshot& snapshot, TraceOwners& owners);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_OWNERS_SNAPSHOT_FACTS_H_
