#include "pagelab/workloads/kernel/functions.h"

namespace pagelab::kernel {
namespace {

// An anonymous page that is mapped and on an LRU list.
constexpr PageFlags kAnonymousPage =
    page_flag::kUptodate.With(page_flag::kLru).With(page_flag::kSwapbacked);

PageWant AnonymousWant(const KernelRequest& request) {
  return {request.gfp, request.order, kAnonymousPage};
}

}  // namespace

PAGELAB_KERNEL_FUNCTION bool AsmExcPageFault(KernelRequest& request,
                                             FaultKind kind) {
  return ExcPageFault(request, kind);
}

PAGELAB_KERNEL_FUNCTION bool ExcPageFault(KernelRequest& request,
                                          FaultKind kind) {
  return DoUserAddrFault(request, kind);
}

PAGELAB_KERNEL_FUNCTION bool DoUserAddrFault(KernelRequest& request,
                                             FaultKind kind) {
  return HandleMmFault(request, kind);
}

PAGELAB_KERNEL_FUNCTION bool HandleMmFault(KernelRequest& request,
                                           FaultKind kind) {
  return HandleMmFaultInner(request, kind);
}

PAGELAB_KERNEL_FUNCTION bool HandleMmFaultInner(KernelRequest& request,
                                                FaultKind kind) {
  switch (kind) {
    case FaultKind::kAnonymous:
      return VmaAllocFolio(request, AnonymousWant(request));
    case FaultKind::kCopyOnWrite:
      return DoWpPage(request);
    case FaultKind::kHuge:
      return DoHugePmdAnonymousPage(request);
    case FaultKind::kPageTable:
      return PteAlloc(request);
    case FaultKind::kSwap:
      return DoSwapPage(request);
  }
  return false;
}

PAGELAB_KERNEL_FUNCTION bool DoWpPage(KernelRequest& request) {
  return VmaAllocFolio(request, AnonymousWant(request));
}

PAGELAB_KERNEL_FUNCTION bool DoHugePmdAnonymousPage(KernelRequest& request) {
  return VmaAllocFolio(request, AnonymousWant(request));
}

PAGELAB_KERNEL_FUNCTION bool DoSwapPage(KernelRequest& request) {
  return SwapinReadahead(request);
}

PAGELAB_KERNEL_FUNCTION bool SwapinReadahead(KernelRequest& request) {
  return SwapClusterReadahead(request);
}

PAGELAB_KERNEL_FUNCTION bool SwapClusterReadahead(KernelRequest& request) {
  return ReadSwapCacheAsync(request);
}

PAGELAB_KERNEL_FUNCTION bool ReadSwapCacheAsync(KernelRequest& request) {
  return FolioAllocMpol(request, AnonymousWant(request));
}

PAGELAB_KERNEL_FUNCTION bool PteAlloc(KernelRequest& request) {
  constexpr Gfp kTable = gfp::kKernelAccount.With(gfp::kComp).With(gfp::kZero);
  return PteAllocOne(request,
                     {kTable, Order(0), PageFlags(), PageUse::kPageTable});
}

PAGELAB_KERNEL_FUNCTION bool PteAllocOne(KernelRequest& request,
                                         const PageWant& want) {
  return AllocPagesMpol(request, want);
}

}  // namespace pagelab::kernel
