#ifndef PAGELAB_SIM_BOOT_PAGES_H_
#define PAGELAB_SIM_BOOT_PAGES_H_

#include <optional>
#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/page_source.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// Where the kernel's own pages come from on a machine that starts with memory
// in use: during boot from the pages that a kernel had for its boot there, so
// that what one kernel keeps is not kept twice; otherwise, and from then on,
// from the allocator. Thread-compatible.
class BootPages final : public PageSource {
 public:
  // Both outlive it.
  BootPages(AllocatorState& state, PageAllocator& allocator)
      : state_(state), allocator_(allocator) {}

  // Allocated blocks of order 0, inside one zone, above those offered before.
  void Offer(PfnRange frames) { ranges_.push_back(frames); }
  // Boot is over.
  void Close() { ranges_.clear(); }

  // One page for boot itself, if there is one.
  bool TakePage() { return Take(PageCount(1), Order(0), NodeId()).has_value(); }

  std::optional<Pfn> AllocBlock(ExecutionContext& context, Gfp gfp, Order order,
                                NodeId node) override;
  void FreeBlock(ExecutionContext& context, Pfn head, Order order) override;
  std::optional<Pfn> AllocExact(ExecutionContext& context, Gfp gfp,
                                PageCount pages, NodeId node) override;

 private:
  std::optional<Pfn> Take(PageCount pages, Order align, NodeId node);

  AllocatorState& state_;
  PageAllocator& allocator_;
  // Ascending.
  std::vector<PfnRange> ranges_;
};

}  // namespace pagelab

#endif  // PAGELAB_SIM_BOOT_PAGES_H_
