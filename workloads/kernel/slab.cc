#include "pagelab/workloads/kernel/functions.h"

namespace pagelab::kernel {
namespace {

// Caches of SLAB_RECLAIM_ACCOUNT ask with __GFP_RECLAIMABLE, and are counted
// apart.
PageUse SlabUse(Gfp gfp) {
  return gfp.Has(gfp::kReclaimable) ? PageUse::kSlabReclaimable
                                    : PageUse::kSlabUnreclaimable;
}

}  // namespace

PAGELAB_KERNEL_FUNCTION bool NewSlab(KernelRequest& request,
                                     const PageWant& want) {
  PageWant slab = {want.gfp, want.order, want.flags.With(page_flag::kSlab),
                   SlabUse(want.gfp)};
  if (AllocPagesMpol(request, slab)) return true;
  if (request.slab_fallback == nullptr) return false;
  slab.gfp = request.slab_fallback->gfp;
  slab.order = request.slab_fallback->order;
  return AllocPagesMpol(request, slab);
}

PAGELAB_KERNEL_FUNCTION bool SlabAlloc(KernelRequest& request,
                                       const PageWant& want) {
  return NewSlab(request, want);
}

PAGELAB_KERNEL_FUNCTION bool KmemCacheAlloc(KernelRequest& request,
                                            const PageWant& want) {
  return SlabAlloc(request, want);
}

PAGELAB_KERNEL_FUNCTION bool KmemCacheAllocLru(KernelRequest& request,
                                               const PageWant& want) {
  return SlabAlloc(request, want);
}

PAGELAB_KERNEL_FUNCTION bool KmemCacheAllocNode(KernelRequest& request,
                                                const PageWant& want) {
  return SlabAlloc(request, want);
}

PAGELAB_KERNEL_FUNCTION bool KmallocNodeTrackCaller(KernelRequest& request,
                                                    const PageWant& want) {
  return SlabAlloc(request, want);
}

PAGELAB_KERNEL_FUNCTION bool SysOpenat(KernelRequest& request) {
  return DoSysOpenat2(request);
}

PAGELAB_KERNEL_FUNCTION bool DoSysOpenat2(KernelRequest& request) {
  return DoFilpOpen(request);
}

PAGELAB_KERNEL_FUNCTION bool DoFilpOpen(KernelRequest& request) {
  return PathOpenat(request);
}

PAGELAB_KERNEL_FUNCTION bool PathOpenat(KernelRequest& request) {
  if (request.leaf != nullptr) return request.leaf(request);
  return DAllocParallel(request);
}

PAGELAB_KERNEL_FUNCTION bool DAllocParallel(KernelRequest& request) {
  return DAlloc(request);
}

PAGELAB_KERNEL_FUNCTION bool DAlloc(KernelRequest& request) {
  return KmemCacheAllocLru(request, {request.gfp, request.order, PageFlags()});
}

}  // namespace pagelab::kernel
