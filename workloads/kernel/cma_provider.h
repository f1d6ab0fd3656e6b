#ifndef PAGELAB_WORKLOADS_KERNEL_CMA_PROVIDER_H_
#define PAGELAB_WORKLOADS_KERNEL_CMA_PROVIDER_H_

#include <optional>

#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// Who hands out stretches of a CMA area.
struct CmaProvider {
  virtual ~CmaProvider() = default;

  struct Request {
    PageCount pages;
    // The stretch starts at a multiple of it.
    Order align;
    Gfp gfp;
  };
  struct Result {
    // The stretch, as allocated pages of order 0.
    std::optional<Pfn> head;
    // Where there is none: the page that could not be moved away. Nothing: no
    // stretch of the area is that long.
    std::optional<Pfn> blocked_by;
  };
  // Kernel counterpart: cma_alloc().
  virtual Result Alloc(ExecutionContext& context, const Request& request) = 0;
  // Kernel counterpart: cma_release(). False: not a stretch of the area.
  virtual bool Release(ExecutionContext& context, Pfn head,
                       PageCount pages) = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_CMA_PROVIDER_H_
