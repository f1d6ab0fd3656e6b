#ifndef PAGELAB_ALLOC_RECLAIM_RECLAIM_H_
#define PAGELAB_ALLOC_RECLAIM_RECLAIM_H_

#include <optional>
#include <vector>

#include "pagelab/alloc/compaction/compaction.h"
#include "pagelab/alloc/memory_pressure.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/reclaim/kswapd.h"
#include "pagelab/alloc/reclaim/oom.h"

namespace pagelab {

// Gets memory back for a machine whose state has users (page_users.h): kswapd
// of each node, reclaim by those who wait, the out-of-memory killer.
// Thread-compatible: one machine, one thread.
//
// Kernel counterparts: mm/vmscan.c, mm/oom_kill.c.
class Reclaim final : public MemoryPressure {
 public:
  // All of them outlive it.
  Reclaim(PageAllocator& allocator, Compaction& compaction,
          OomReportNames names = {});

  // --- MemoryPressure ---
  void WakeKswapd(ExecutionContext& context, Zone& zone, Gfp gfp, Order order,
                  int highest_zoneidx) override;
  PageCount DirectReclaim(ExecutionContext& context,
                          const AllocControl& ac) override;
  Compaction& compaction() override { return compaction_; }
  bool OutOfMemory(ExecutionContext& context, const AllocControl& ac) override;

  // --- for who runs the machine ---

  // A turn of the node's kswapd, as its task on some CPU; true when it wants
  // another one. Does nothing unless Node::kswapd.awake or a nap ends.
  bool RunKswapd(ExecutionContext& context, Node& node);
  // When the node's kswapd wants a turn: nothing while it sleeps and nobody
  // woke it.
  std::optional<Nanoseconds> KswapdDue(const Node& node, Nanoseconds now) const;
  // Gives up what /proc/sys/vm/drop_caches asks for; how many pages went.
  struct DropWhat {
    bool page_cache = false;
    bool slab = false;
  };
  PageCount ReclaimAll(ExecutionContext& context, DropWhat what);
  // A memory cgroup is at its limit, and nothing of it can be reclaimed: one of
  // its processes dies. True when there was progress.
  bool MemcgOutOfMemory(ExecutionContext& context, const MemcgOom& group);

  // What a checkpoint of the arena does not hold.
  struct State {
    std::vector<KswapdThread> threads;
    ReportLimit oom_reports;
  };
  State Save() const { return current_; }
  void Restore(const State& state) { current_ = state; }

 private:
  void DropPageCache(ExecutionContext& context, Node& node);

  AllocatorState& state_;
  PageAllocator& allocator_;
  Compaction& compaction_;
  OomReportNames names_;
  State current_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_RECLAIM_RECLAIM_H_
