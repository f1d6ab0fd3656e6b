#ifndef PAGELAB_TEST_SUPPORT_NO_COMPACTION_H_
#define PAGELAB_TEST_SUPPORT_NO_COMPACTION_H_

#include "pagelab/alloc/compaction/compaction.h"

namespace pagelab {

// For machines without compaction: nothing is ever suitable.
// Kernel counterpart: a build without CONFIG_COMPACTION.
class NoCompaction : public Compaction {
 public:
  CompactResult TryToCompact(ExecutionContext&, const AllocControl&, AllocFlags,
                             CompactPriority) override {
    return CompactResult::kSkipped;
  }
  bool ZonelistSuitable(const AllocControl&, AllocFlags) const override {
    return false;
  }
  CompactResult Suitable(const Zone&, Order, int, AllocFlags) const override {
    return CompactResult::kSkipped;
  }
  void NoteOutcome(Zone&, Order, bool) override {}
  void ResetSkipHints(Node&) override {}
  void WakeKcompactd(ExecutionContext&, Node&, Order, int) override {}
};

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_NO_COMPACTION_H_
