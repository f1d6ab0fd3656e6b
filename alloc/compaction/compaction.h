#ifndef PAGELAB_ALLOC_COMPACTION_COMPACTION_H_
#define PAGELAB_ALLOC_COMPACTION_COMPACTION_H_

#include <cstdint>

#include "pagelab/alloc/alloc_flags.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/execution_context.h"

namespace pagelab {

// How a compaction went (page-allocator.md 17.5).
enum class CompactResult : uint8_t {
  kNotSuitableZone = 0,
  kSkipped,
  kDeferred,
  kNoSuitablePage,
  kContinue,
  kComplete,
  kPartialSkipped,
  kContended,
  kSuccess,
};

// How hard a direct compaction tries (page-allocator.md 17.5).
enum class CompactPriority : uint8_t { kSyncFull = 0, kSyncLight, kAsync };

// How far a migration may wait (page-allocator.md 17.5).
enum class MigrateMode : uint8_t { kAsync = 0, kSyncLight, kSync };

// What the slow path and kswapd ask of compaction. All calls are cold.
class Compaction {
 public:
  virtual ~Compaction() = default;

  // Compacts the zones of the request, on behalf of who waits for it. The
  // caller tries to allocate afterwards.
  // Kernel counterpart: try_to_compact_pages().
  virtual CompactResult TryToCompact(ExecutionContext& context,
                                     const AllocControl& ac, AllocFlags flags,
                                     CompactPriority priority) = 0;
  // Is there a zone where compaction could help, if reclaim made some room?
  // Kernel counterpart: compaction_zonelist_suitable().
  virtual bool ZonelistSuitable(const AllocControl& ac,
                                AllocFlags flags) const = 0;
  // Would compacting the zone for a block of `order` make sense now? Answers
  // kSkipped (not enough free pages), kContinue or kSuccess (there is one).
  // Kernel counterpart: compaction_suit_allocation_order().
  virtual CompactResult Suitable(const Zone& zone, Order order,
                                 int highest_zoneidx,
                                 AllocFlags flags) const = 0;
  // A direct compaction for the order got its block or did not: the zone is
  // deferred less, or more. Kernel counterparts: compaction_defer_reset(),
  // defer_compaction().
  virtual void NoteOutcome(Zone& zone, Order order, bool got) = 0;
  // kswapd of the node goes to sleep: pageblocks that were given up may be
  // looked at again. Kernel counterpart: reset_isolation_suitable().
  virtual void ResetSkipHints(Node& node) = 0;
  // Asks kcompactd of the node for blocks of the order; it runs when its turn
  // comes. Kernel counterpart: wakeup_kcompactd().
  virtual void WakeKcompactd(ExecutionContext& context, Node& node, Order order,
                             int highest_zoneidx) = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_COMPACTION_COMPACTION_H_
