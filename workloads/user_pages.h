#ifndef PAGELAB_WORKLOADS_USER_PAGES_H_
#define PAGELAB_WORKLOADS_USER_PAGES_H_

#include <cstdint>

#include "pagelab/alloc/types.h"
#include "pagelab/pageext/page_table_check.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

// What user space does to the blocks that a scenario gave it. A user page is
// the head of a block on an LRU list. Who allocates one maps it: anonymous
// memory when it comes, by the fault that asked for it; a file's page when it
// is first touched through a mapping. A page fault leaves the accessed bit set.

// The `pages` frames of an allocated block.
struct UserBlock {
  Pfn head;
  PageCount pages{1};
};

bool IsUserBlock(const Machine& machine, Pfn head);

// The block was handed out, and its page flags are set.
void MapNewBlock(Machine& machine, const UserBlock& block);
// The block is about to be freed; its page flags are still those of its use.
// Its own mapping goes; others that are left are found by page_table_check.
void UnmapOldBlock(Machine& machine, const UserBlock& block);

// These require IsUserBlock().

// By the processor: faults the page in if need be, and sets the accessed bit.
void TouchByMapping(Machine& machine, const UserBlock& block);
// By read(2) or write(2).
// Differs from Linux: a second access does not make the page active.
void TouchBySyscall(Machine& machine, const UserBlock& block);

// Reclaim looks at the page: true when it was used since the last look.
bool TakeReferenced(Machine& machine, const UserBlock& block);

// What somebody else's page table does. Nothing changes if page_table_check
// reports it. False: there are too many mappings (page_pte::kMaxOtherMappings).
struct OtherMapping {
  MappingKind kind = MappingKind::kAnonymous;
  bool writable = false;
};
bool MapOther(Machine& machine, const UserBlock& block,
              const OtherMapping& mapping);
// Takes away a mapping of another, or else the block's own.
void UnmapOther(Machine& machine, const UserBlock& block, MappingKind kind);

// Anonymous memory or a file, as its page flags have it.
MappingKind KindOf(const Machine& machine, Pfn head);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_USER_PAGES_H_
