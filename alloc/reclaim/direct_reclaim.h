#ifndef PAGELAB_ALLOC_RECLAIM_DIRECT_RECLAIM_H_
#define PAGELAB_ALLOC_RECLAIM_DIRECT_RECLAIM_H_

#include "absl/types/span.h"
#include "pagelab/alloc/alloc_flags.h"
#include "pagelab/alloc/compaction/compaction.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/reclaim/kswapd.h"

namespace pagelab {

// Reclaim by a request that waits for it, from all nodes that may serve it: a
// batch of pages, with more and more effort. REQUIRES: the state has users.
//
// Kernel counterpart: try_to_free_pages().
class DirectReclaimer {
 public:
  // `threads` by node.
  DirectReclaimer(PageAllocator& allocator, const Compaction& compaction,
                  absl::Span<KswapdThread> threads)
      : state_(allocator.state()),
        allocator_(allocator),
        compaction_(compaction),
        threads_(threads) {}

  // How many pages came back. 1 where none did but compaction has all it
  // needs.
  PageCount Reclaim(ExecutionContext& context, const AllocControl& ac);

 private:
  // All priorities, from the gentlest on.
  void Descend(ExecutionContext& context, const AllocControl& ac,
               ScanControl& control);
  void ShrinkNodes(ExecutionContext& context, const AllocControl& ac,
                   ScanControl& control);
  bool CompactionReady(const Zone& zone, const ScanControl& control) const;

  AllocatorState& state_;
  PageAllocator& allocator_;
  const Compaction& compaction_;
  absl::Span<KswapdThread> threads_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_RECLAIM_DIRECT_RECLAIM_H_
