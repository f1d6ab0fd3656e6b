#ifndef PAGELAB_ALLOC_COMPACTION_COMPACTOR_H_
#define PAGELAB_ALLOC_COMPACTION_COMPACTOR_H_

#include <vector>

#include "pagelab/alloc/compaction/compact_run.h"
#include "pagelab/alloc/compaction/compaction.h"

namespace pagelab {

// Compaction of a machine: direct, in the background, and on demand.
// Thread-compatible. What running changes is in the zones and nodes, and in
// State. Kernel counterpart: mm/compaction.c. page-allocator.md 17.
class Compactor final : public Compaction {
 public:
  // How often kcompactd looks whether memory is too fragmented.
  static constexpr Nanoseconds kProactiveInterval{500'000'000};

  explicit Compactor(PageAllocator& allocator);

  // Compaction.
  CompactResult TryToCompact(ExecutionContext& context, const AllocControl& ac,
                             AllocFlags flags,
                             CompactPriority priority) override;
  bool ZonelistSuitable(const AllocControl& ac,
                        AllocFlags flags) const override;
  CompactResult Suitable(const Zone& zone, Order order, int highest_zoneidx,
                         AllocFlags flags) const override;
  void NoteOutcome(Zone& zone, Order order, bool got) override;
  void WakeKcompactd(ExecutionContext& context, Node& node, Order order,
                     int highest_zoneidx) override;

  // Moves all that can be moved to the upper ends of the zones.
  // Kernel counterpart: a write to /proc/sys/vm/compact_memory.
  void CompactNode(ExecutionContext& context, Node& node);
  void CompactAll(ExecutionContext& context);

  // One go of a node's kcompactd: for the order that it was woken for, or, not
  // awake, proactively where the node's fragmentation score is too high. To be
  // called when it is awake, and every kProactiveInterval. False: there was
  // nothing to do. Kernel counterpart: kcompactd().
  bool RunKcompactd(ExecutionContext& context, Node& node);

  void ResetSkipHints(Node& node) override;

  // What a checkpoint of the machine has to keep besides the arena.
  struct State {
    // By zone.
    std::vector<CompactMarks> marks;
    // By node: how many proactive intervals are still left out, since the last
    // run made nothing better.
    std::vector<int> proactive_defer;
  };
  const State& Save() const { return state_; }
  void Restore(const State& state) { state_ = state; }

 private:
  absl::Span<Zone> ZonesOf(const Node& node);
  CompactResult Compact(ExecutionContext& context, Zone& zone,
                        const CompactGoal& goal);
  void CompactWhole(ExecutionContext& context, Node& node, bool proactive);
  void DoKcompactdWork(ExecutionContext& context, Node& node);
  bool CompactProactively(ExecutionContext& context, Node& node);
  void CountAsDaemon(const VmEvents& before);

  PageAllocator& allocator_;
  State state_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_COMPACTION_COMPACTOR_H_
