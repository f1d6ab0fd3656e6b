#ifndef PAGELAB_WORKLOADS_KERNEL_WORKINGSET_H_
#define PAGELAB_WORKLOADS_KERNEL_WORKINGSET_H_

#include <cstdint>
#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/page_flags.h"
#include "pagelab/workloads/kernel/swap_device.h"

namespace pagelab {

// Remembers of evicted pages of files how long ago they went, counted in pages
// that left the inactive list since, and sees from that whether a page that
// comes back would have stayed had the list been longer: then it comes back
// active.
//
// Simplified: only pages of files count, shadows are never dropped but with
// their file, and there is one clock for each node.
//
// Kernel counterpart: mm/workingset.c.
class Workingset {
 public:
  Workingset(AllocatorState& state, const SwapDevice& swap);

  // The page is evicted; what to keep in its place.
  // Kernel counterpart: workingset_eviction().
  uint64_t Evict(const Page& folio);
  // An inactive page becomes active. Kernel counterpart:
  // workingset_activation().
  void Activate(const Page& folio);
  // A page is read again, into `folio`: the flags that it gets.
  // Kernel counterpart: workingset_refault().
  PageFlags Refault(const Page& folio, uint64_t shadow);

 private:
  uint64_t& AgeOf(const Page& folio);

  AllocatorState& state_;
  const SwapDevice& swap_;
  // By node. Kernel counterpart: nonresident_age of struct lruvec.
  std::vector<uint64_t> ages_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_WORKINGSET_H_
