#include "pagelab/workloads/kernel/functions.h"

namespace pagelab::kernel {

bool TakePages(KernelRequest& request, const PageWant& want) {
  if (request.instead != nullptr) [[unlikely]]
    return (*request.instead)();
  Page* page = nullptr;
  if (request.node.valid()) {
    page = request.machine.allocator().AllocPages(
        request.context, {want.gfp, want.order, request.node});
    request.machine.clock().Advance(request.machine.config().call_duration);
  } else {
    page = request.machine.AllocPages(request.context, want.gfp, want.order);
  }
  request.context.now = request.machine.clock().now();
  if (page == nullptr) return false;
  request.blocks.push_back({page, want.order, want.flags, want.gfp, want.use});
  return true;
}

void UndoTo(KernelRequest& request, size_t kept) {
  while (request.blocks.size() > kept) {
    const KernelRequest::Allocated& last = request.blocks.back();
    request.machine.FreePages(request.context, last.page, last.order);
    request.blocks.pop_back();
  }
}

PAGELAB_KERNEL_FUNCTION bool AllocPagesMpol(KernelRequest& request,
                                            const PageWant& want) {
  return TakePages(request, want);
}

PAGELAB_KERNEL_FUNCTION bool GetFreePages(KernelRequest& request,
                                          const PageWant& want) {
  return AllocPagesMpol(request, want);
}

PAGELAB_KERNEL_FUNCTION bool VmaAllocFolio(KernelRequest& request,
                                           const PageWant& want) {
  return AllocPagesMpol(request, want);
}

PAGELAB_KERNEL_FUNCTION bool FolioAlloc(KernelRequest& request,
                                        const PageWant& want) {
  return AllocPagesMpol(request, want);
}

PAGELAB_KERNEL_FUNCTION bool FolioAllocMpol(KernelRequest& request,
                                            const PageWant& want) {
  return AllocPagesMpol(request, want);
}

}  // namespace pagelab::kernel
