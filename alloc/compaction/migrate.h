#ifndef PAGELAB_ALLOC_COMPACTION_MIGRATE_H_
#define PAGELAB_ALLOC_COMPACTION_MIGRATE_H_

#include <cstdint>

#include "pagelab/alloc/compaction/compaction.h"
#include "pagelab/alloc/migrate_reason.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/page_list.h"

namespace pagelab {

// Moving user memory: the unit of work of compaction, contiguous ranges,
// memory that goes offline, mempolicy and NUMA balancing. A folio is an
// allocated block with its head; it can be moved while it is on an LRU list.
//
// Kernel counterpart: mm/migrate.c. page-allocator.md 17,
// page-ext-owner-depot.md 4.4.

// Where blocks to move to come from.
class MigrationTargets {
 public:
  virtual ~MigrationTargets() = default;
  // An allocated block of the folio's order; null when there is none. Kills
  // nobody to have one: a process that dies would free isolated folios.
  // Kernel counterpart: new_folio_t.
  virtual Page* Get(ExecutionContext& context, const Page& folio) = 0;
  // A block of Get() that was not needed. Kernel counterpart: free_folio_t.
  virtual void Return(ExecutionContext& context, Page& target) = 0;
};

// The masks that targets are asked for with.
struct TargetGfps {
  Gfp page;
  // For folios of more than one page.
  Gfp large;
};
// What the kernel asks with for a reason, for folios of `zone`.
TargetGfps TargetGfpsFor(MigrateReason reason, const Zone& zone);

// Targets by ordinary allocations, with their events. An invalid node: where
// the CPU is. Kernel counterpart: alloc_migration_target().
class AllocatedTargets final : public MigrationTargets {
 public:
  AllocatedTargets(PageAllocator& allocator, const TargetGfps& gfps,
                   NodeId node)
      : allocator_(allocator), gfps_(gfps), node_(node) {}
  Page* Get(ExecutionContext& context, const Page& folio) override;
  void Return(ExecutionContext& context, Page& target) override;

 private:
  PageAllocator& allocator_;
  TargetGfps gfps_;
  NodeId node_;
};

// Somebody beyond mappings and caches holds the folio: what the users of pages
// say, or, where there are none, a second reference.
bool IsPinned(const AllocatorState& state, const Page& folio);
// Nobody would be in the way of a move: on an LRU list and not pinned.
bool IsMovable(const AllocatorState& state, const Page& folio);

// Takes the folio off its LRU list, to the head of `list`; it counts as
// isolated then. REQUIRES: it is on its list.
void IsolateFolio(AllocatorState& state, Page& folio, PageList& list);
// Back to the heads of the LRU lists, from the head of `list` on.
// Kernel counterpart: putback_movable_pages().
void PutbackFolios(AllocatorState& state, PageList& list);

// How to move.
struct MigratePlan {
  MigrationTargets& targets;
  MigrateReason reason = MigrateReason::kNone;
  MigrateMode mode = MigrateMode::kSync;
};

// In pages.
struct MigrateCounts {
  uint64_t succeeded = 0;
  uint64_t failed = 0;
  // It ended early: there was no target for a page.
  bool out_of_memory = false;
};

// Moves isolated folios: up to 512 pages of them get their targets, then each
// is moved and its old block freed. What could not be moved stays on the list.
// Counts pgmigrate_*. Kernel counterpart: migrate_pages().
MigrateCounts MigrateFolios(PageAllocator& allocator, ExecutionContext& context,
                            const MigratePlan& plan, PageList& folios);

// Lets the time pass that a migration took. Others may run meanwhile:
// REQUIRES that no folio is isolated.
void SpendOnMigration(AllocatorState& state, ExecutionContext& context,
                      const MigrateCounts& counts);

enum class MigrateOutcome : uint8_t { kMoved, kBusy, kNoMemory };

// The whole for one folio that is on its LRU list, and is again if it stays.
MigrateOutcome MigrateFolio(PageAllocator& allocator, ExecutionContext& context,
                            const MigratePlan& plan, Page& folio);

// Makes `to` what `from` is: flags, mappings, charge, references, contents, and
// what trackers know of it; `from` has one reference left, and is to be freed.
// Tells no PageUsers, touches no list.
void TransferFolio(AllocatorState& state, ExecutionContext& context, Page& from,
                   Page& to, MigrateReason reason);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_COMPACTION_MIGRATE_H_
