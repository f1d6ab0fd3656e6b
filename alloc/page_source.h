#ifndef PAGELAB_ALLOC_PAGE_SOURCE_H_
#define PAGELAB_ALLOC_PAGE_SOURCE_H_

#include <optional>

#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// Pages for the simulated kernel's own data: what the stack depot and
// page_ext see of the allocator.
class PageSource {
 public:
  virtual ~PageSource() = default;

  // A block of 2^order pages, or nothing when memory is short.
  virtual std::optional<Pfn> AllocBlock(ExecutionContext& context, Gfp gfp,
                                        Order order, NodeId node) = 0;
  virtual void FreeBlock(ExecutionContext& context, Pfn head, Order order) = 0;
  // `pages` contiguous pages, each an order-0 block afterwards. Nothing when
  // memory is short or more than the largest block is asked for.
  // Kernel counterpart: alloc_pages_exact_nid().
  virtual std::optional<Pfn> AllocExact(ExecutionContext& context, Gfp gfp,
                                        PageCount pages, NodeId node) = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_PAGE_SOURCE_H_
