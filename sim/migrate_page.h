#ifndef PAGELAB_SIM_MIGRATE_PAGE_H_
#define PAGELAB_SIM_MIGRATE_PAGE_H_

#include "pagelab/sim/machine.h"

namespace pagelab {

struct Migration {
  Pfn from;
  Order order;
  MigrateReason reason = MigrateReason::kCompaction;
  // Where the new block is looked for first; invalid: where the CPU is.
  NodeId node;
};

// Moves a block of user memory to a new place: a block is allocated, takes
// over contents, flags, charge and what is tracked of the old one, which is
// freed. Returns the new block; null, with nothing changed, when there is no
// memory for it, or the block is on no LRU list and cannot be moved.
// `context` has the stack of the allocation.
// Kernel counterpart: migrate_pages() (page-ext-owner-depot.md 4.4).
Page* MigratePage(Machine& machine, ExecutionContext& context,
                  const Migration& migration);

}  // namespace pagelab

#endif  // PAGELAB_SIM_MIGRATE_PAGE_H_
