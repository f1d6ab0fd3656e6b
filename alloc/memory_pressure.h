#ifndef PAGELAB_ALLOC_MEMORY_PRESSURE_H_
#define PAGELAB_ALLOC_MEMORY_PRESSURE_H_

#include "pagelab/alloc/alloc_flags.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/compaction/compaction.h"
#include "pagelab/alloc/execution_context.h"

namespace pagelab {

// What the slow path asks of those who get memory back (page-allocator.md 14).
// Null in AllocatorState where nobody does. All calls are cold, and may enter
// the allocator again.
class MemoryPressure {
 public:
  virtual ~MemoryPressure() = default;

  // Asks kswapd of the zone's node for memory; it runs when its turn comes.
  // Kernel counterpart: wakeup_kswapd().
  virtual void WakeKswapd(ExecutionContext& context, Zone& zone, Gfp gfp,
                          Order order, int highest_zoneidx) = 0;
  // Reclaims for a request that waits; how many pages came back.
  // Kernel counterpart: __perform_reclaim().
  virtual PageCount DirectReclaim(ExecutionContext& context,
                                  const AllocControl& ac) = 0;
  virtual Compaction& compaction() = 0;
  // Makes room by killing a process, if the rules allow it; true when there
  // was progress: worth another try. Kernel counterpart: out_of_memory().
  virtual bool OutOfMemory(ExecutionContext& context,
                           const AllocControl& ac) = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_MEMORY_PRESSURE_H_
