#include "pagelab/workloads/kernel/functions.h"

namespace pagelab::kernel {
namespace {

// As recorded: what write(2) leaves behind in tmpfs, in ext4, in a pipe, and
// what reading ahead leaves behind.
constexpr PageFlags kTmpfsPage =
    page_flag::kReferenced.With(page_flag::kUptodate)
        .With(page_flag::kDirty)
        .With(page_flag::kLru)
        .With(page_flag::kSwapbacked);
constexpr PageFlags kCachePage = page_flag::kUptodate.With(page_flag::kLru);
// With buffers.
constexpr PageFlags kExt4Page = kCachePage.With(page_flag::kPrivate);

}  // namespace

// Not kernel functions: the calls that do_syscall_64 finds in its table.
bool KsysWriteTmpfs(KernelRequest& request) {
  return KsysWrite(request, &ShmemFileWriteIter);
}
bool KsysWriteExt4(KernelRequest& request) {
  return KsysWrite(request, &Ext4BufferedWriteIter);
}
bool KsysWritePipe(KernelRequest& request) {
  return KsysWrite(request, &PipeWrite);
}

PAGELAB_KERNEL_FUNCTION bool KsysWrite(KernelRequest& request,
                                       FileOperation write) {
  return VfsWrite(request, write);
}

PAGELAB_KERNEL_FUNCTION bool VfsWrite(KernelRequest& request,
                                      FileOperation write) {
  return write(request);
}

PAGELAB_KERNEL_FUNCTION bool ShmemFileWriteIter(KernelRequest& request) {
  return GenericPerformWrite(request, &ShmemWriteBegin);
}

PAGELAB_KERNEL_FUNCTION bool Ext4BufferedWriteIter(KernelRequest& request) {
  return GenericPerformWrite(request, &Ext4DaWriteBegin);
}

PAGELAB_KERNEL_FUNCTION bool PipeWrite(KernelRequest& request) {
  return AllocPagesMpol(request, {request.gfp, request.order, PageFlags()});
}

PAGELAB_KERNEL_FUNCTION bool GenericPerformWrite(KernelRequest& request,
                                                 FileOperation write_begin) {
  return write_begin(request);
}

PAGELAB_KERNEL_FUNCTION bool ShmemWriteBegin(KernelRequest& request) {
  return ShmemGetFolioGfp(request);
}

PAGELAB_KERNEL_FUNCTION bool ShmemGetFolioGfp(KernelRequest& request) {
  if (request.branch == KernelRequest::Branch::kFromSwap) {
    return ShmemSwapinFolio(request);
  }
  return ShmemAllocAndAddFolio(request);
}

PAGELAB_KERNEL_FUNCTION bool ShmemSwapinFolio(KernelRequest& request) {
  return SwapClusterReadahead(request);
}

PAGELAB_KERNEL_FUNCTION bool SysFallocate(KernelRequest& request) {
  return VfsFallocate(request);
}

PAGELAB_KERNEL_FUNCTION bool VfsFallocate(KernelRequest& request) {
  return ShmemFallocate(request);
}

PAGELAB_KERNEL_FUNCTION bool ShmemFallocate(KernelRequest& request) {
  return ShmemGetFolioGfp(request);
}

PAGELAB_KERNEL_FUNCTION bool ShmemAllocAndAddFolio(KernelRequest& request) {
  if (request.leaf != nullptr) return request.leaf(request);
  return ShmemAllocFolio(request);
}

PAGELAB_KERNEL_FUNCTION bool ShmemAllocFolio(KernelRequest& request) {
  return FolioAllocMpol(request, {request.gfp, request.order, kTmpfsPage});
}

PAGELAB_KERNEL_FUNCTION bool Ext4DaWriteBegin(KernelRequest& request) {
  if (request.leaf != nullptr) return request.leaf(request);
  return FilemapGetFolio(request);
}

PAGELAB_KERNEL_FUNCTION bool FilemapGetFolio(KernelRequest& request) {
  return FolioAlloc(request, {request.gfp, request.order, kExt4Page});
}

// Not kernel functions, as above.
bool KsysReadExt4(KernelRequest& request) {
  return KsysRead(request, &FilemapRead);
}
bool KsysReadTmpfs(KernelRequest& request) {
  return KsysRead(request, &ShmemFileReadIter);
}

PAGELAB_KERNEL_FUNCTION bool KsysRead(KernelRequest& request,
                                      FileOperation read) {
  return VfsRead(request, read);
}

PAGELAB_KERNEL_FUNCTION bool VfsRead(KernelRequest& request,
                                     FileOperation read) {
  return read(request);
}

PAGELAB_KERNEL_FUNCTION bool ShmemFileReadIter(KernelRequest& request) {
  return ShmemGetFolioGfp(request);
}

PAGELAB_KERNEL_FUNCTION bool FilemapRead(KernelRequest& request) {
  return FilemapGetPages(request);
}

PAGELAB_KERNEL_FUNCTION bool FilemapGetPages(KernelRequest& request) {
  return PageCacheRaUnbounded(request);
}

PAGELAB_KERNEL_FUNCTION bool PageCacheRaUnbounded(KernelRequest& request) {
  return FolioAlloc(request, {request.gfp, request.order, kCachePage});
}

}  // namespace pagelab::kernel
