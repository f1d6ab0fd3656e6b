#ifndef PAGELAB_WORKLOADS_KERNEL_MACHINE_CMA_H_
#define PAGELAB_WORKLOADS_KERNEL_MACHINE_CMA_H_

#include "pagelab/alloc/contig/cma.h"
#include "pagelab/workloads/kernel/cma_provider.h"

namespace pagelab {

// The CMA area of a machine.
class MachineCma final : public CmaProvider {
 public:
  explicit MachineCma(CmaArea& area) : area_(area) {}

  Result Alloc(ExecutionContext& context, const Request& request) override {
    const CmaResult got = area_.Alloc(context, request.pages, request.align);
    if (!got.ok()) return {.head = std::nullopt, .blocked_by = got.blocker};
    return {.head = got.begin, .blocked_by = std::nullopt};
  }
  bool Release(ExecutionContext& context, Pfn head, PageCount pages) override {
    return area_.Release(context, {head, head + pages});
  }

 private:
  CmaArea& area_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_MACHINE_CMA_H_
