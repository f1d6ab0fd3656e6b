#ifndef PAGELAB_ALLOC_RECLAIM_SHRINK_NODE_H_
#define PAGELAB_ALLOC_RECLAIM_SHRINK_NODE_H_

#include <array>

#include "pagelab/alloc/compaction/compaction.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/reclaim/scan_control.h"
#include "pagelab/alloc/reclaim/scan_count.h"

namespace pagelab {

// How many pages had come back and been activated at once when a reclaim of
// the node last ended: more by now say that the inactive list is too short.
using RefaultMarks = std::array<int64_t, kNrLruSides>;

// Kernel counterpart: snapshot_refaults().
RefaultMarks RefaultsOf(const Node& node);

// One round of reclaim from a node at one priority: its lists and the shrinkers
// of caches. REQUIRES: the state has users.
//
// Kernel counterpart: shrink_node().
class NodeShrinker {
 public:
  NodeShrinker(PageAllocator& allocator, const Compaction& compaction,
               const RefaultMarks& marks)
      : state_(allocator.state()),
        allocator_(allocator),
        compaction_(compaction),
        marks_(marks) {}

  // Adds to `control` what it did. Where a block is wanted it goes on as long
  // as it helps and there is too little for compaction to begin.
  void Shrink(ExecutionContext& context, Node& node, ScanControl& control);

  // Anonymous pages grow old even while only files are reclaimed.
  // Kernel counterpart: kswapd_age_node().
  void AgeAnon(ExecutionContext& context, Node& node, ScanControl& control);

 private:
  void Prepare(const Node& node, ScanControl& control) const;
  bool FileIsTiny(const Node& node, const ScanControl& control) const;
  void ShrinkLists(ExecutionContext& context, Node& node, ScanControl& control);
  bool ShouldContinue(const Node& node, const ScanControl& control,
                      uint64_t nr_reclaimed) const;
  // The pages of a list in the zones that may be scanned.
  PageCount ListSize(const Node& node, LruList list, int reclaim_idx) const;
  bool CanSwap(const ScanControl& control) const;

  AllocatorState& state_;
  PageAllocator& allocator_;
  const Compaction& compaction_;
  const RefaultMarks& marks_;
};

// Room that compaction needs beyond the watermark for a block of the order.
// Kernel counterpart: compact_gap().
constexpr uint64_t CompactGap(Order order) { return 2 * order.pages(); }

// Reclaims so that compaction can make a block. Kernel counterpart:
// in_reclaim_compaction().
bool InReclaimCompaction(const ScanControl& control);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_RECLAIM_SHRINK_NODE_H_
