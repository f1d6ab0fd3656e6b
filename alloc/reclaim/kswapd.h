#ifndef PAGELAB_ALLOC_RECLAIM_KSWAPD_H_
#define PAGELAB_ALLOC_RECLAIM_KSWAPD_H_

#include <array>
#include <cstdint>

#include "pagelab/alloc/compaction/compaction.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/reclaim/scan_control.h"
#include "pagelab/alloc/reclaim/shrink_node.h"

namespace pagelab {

// Where kswapd of a node stands, apart from what was asked of it
// (Node::kswapd). Plain data.
struct KswapdThread {
  enum class Phase : uint8_t {
    kAsleep,
    // For a tenth of a second, to see whether the node stays balanced.
    kNapping,
    kBalancing,
  };
  Phase phase = Phase::kAsleep;
  // Node::kswapd names a zone, as somebody asked since the last pass began.
  bool asked = false;
  Nanoseconds nap_end;

  // The pass that runs, or the last one.
  ScanControl control;
  Order alloc_order;
  int highest_zoneidx = kMaxNrZones - 1;
  // Pages still to be reclaimed for boosts alone; the boosts as sampled.
  uint64_t nr_boost_reclaim = 0;
  bool boosted = false;
  std::array<int64_t, kMaxNrZones> zone_boosts{};

  // Of the node's reclaim, kswapd's or direct.
  RefaultMarks refaults{};
};

// The thread of a node that keeps its zones above their high watermarks
// (page-allocator.md 4.6, 17.7, 25.6). It does not run by itself: Run() is its
// turn on a CPU.
//
// Kernel counterparts: kswapd(), balance_pgdat().
class Kswapd {
 public:
  Kswapd(PageAllocator& allocator, Compaction& compaction, Node& node,
         KswapdThread& thread)
      : state_(allocator.state()),
        allocator_(allocator),
        compaction_(compaction),
        node_(node),
        thread_(thread) {}

  // Kernel counterpart: wakeup_kswapd().
  struct Request {
    Gfp gfp{};
    Order order{};
    int highest_zoneidx = 0;
  };
  void Wake(ExecutionContext& context, const Request& request);

  // One turn: a round of reclaim at one priority, with what comes before and
  // after it. True: it wants another turn. A turn while it naps sees whether
  // the nap is over.
  bool Run(ExecutionContext& context);

 private:
  bool WakeUp(ExecutionContext& context);
  void BeginPass();
  // False: the pass is over.
  bool Round(ExecutionContext& context);
  void Reclaim(ExecutionContext& context);
  void EndPass(ExecutionContext& context);
  void SetReclaimActive(bool active);
  bool MaySleep(Order order) const;
  // False: it went to sleep.
  bool StaysAwake(ExecutionContext& context);

  AllocatorState& state_;
  PageAllocator& allocator_;
  Compaction& compaction_;
  Node& node_;
  KswapdThread& thread_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_RECLAIM_KSWAPD_H_
