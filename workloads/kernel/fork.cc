#include "pagelab/workloads/kernel/functions.h"
#include "pagelab/workloads/kernel/kernel_memory_functions.h"

namespace pagelab::kernel {
namespace {

// Pages of a kernel stack (CONFIG_VMAP_STACK).
constexpr int kThreadStackPages = 4;

// A first-level page table with its user half (page table isolation). Not
// counted in PageTables, as lower levels are.
constexpr PageWant kPgd = {gfp::kKernelAccount.With(gfp::kZero), Order(1),
                           PageFlags()};
// A slab of task_struct.
constexpr PageWant kTaskSlab = {gfp::kIo.With(gfp::kFs)
                                    .With(gfp::kNowarn)
                                    .With(gfp::kNoretry)
                                    .With(gfp::kComp)
                                    .With(gfp::kNomemalloc),
                                Order(3), PageFlags()};

}  // namespace

// Not kernel functions: the calls that do_syscall_64 finds in its table.
bool SysCloneFork(KernelRequest& request) {
  return DoSysClone(request, [](KernelRequest& inner) {
    return CopyProcess(inner, CloneKind::kWhole);
  });
}
bool SysCloneVma(KernelRequest& request) {
  return DoSysClone(request, [](KernelRequest& inner) {
    return CopyProcess(inner, CloneKind::kVmaOnly);
  });
}

bool SysCloneProcess(KernelRequest& request) {
  return DoSysClone(request, [](KernelRequest& inner) {
    return CopyProcess(inner, CloneKind::kProcess);
  });
}
bool SysCloneTable(KernelRequest& request) {
  return DoSysClone(request, [](KernelRequest& inner) {
    return CopyProcess(inner, CloneKind::kPageTable);
  });
}

PAGELAB_KERNEL_FUNCTION bool DoSysClone(KernelRequest& request, Syscall copy) {
  return KernelClone(request, copy);
}

PAGELAB_KERNEL_FUNCTION bool KernelClone(KernelRequest& request, Syscall copy) {
  return copy(request);
}

PAGELAB_KERNEL_FUNCTION bool CopyProcess(KernelRequest& request,
                                         CloneKind kind) {
  if (request.leaf != nullptr) return request.leaf(request);
  if (kind == CloneKind::kVmaOnly) return VmAreaDup(request);
  if (kind == CloneKind::kPageTable) return CopyPageRange(request);
  const size_t before = request.blocks.size();
  bool got =
      kind == CloneKind::kProcess || KmemCacheAllocNode(request, kTaskSlab);
  for (int i = 0; got && i < kThreadStackPages; ++i) {
    got = VmallocNodeRange(
        request, {request.gfp, Order(0), PageFlags(), PageUse::kKernelStack});
  }
  got = got && MmInit(request);
  if (kind == CloneKind::kWhole) got = got && CopyPageRange(request);
  if (!got) UndoTo(request, before);
  return got;
}

PAGELAB_KERNEL_FUNCTION bool VmAreaDup(KernelRequest& request) {
  return KmemCacheAlloc(request, {request.gfp, request.order, PageFlags()});
}

PAGELAB_KERNEL_FUNCTION bool MmInit(KernelRequest& request) {
  return PgdAlloc(request);
}

PAGELAB_KERNEL_FUNCTION bool PgdAlloc(KernelRequest& request) {
  return GetFreePages(request, kPgd);
}

PAGELAB_KERNEL_FUNCTION bool CopyPageRange(KernelRequest& request) {
  return PteAlloc(request);
}

PAGELAB_KERNEL_FUNCTION bool SysSwapon(KernelRequest& request) {
  return VmallocNode(
      request, {request.gfp, request.order, PageFlags(), PageUse::kVmalloc});
}

PAGELAB_KERNEL_FUNCTION bool VmallocNode(KernelRequest& request,
                                         const PageWant& want) {
  return VmallocNodeRange(request, want);
}

PAGELAB_KERNEL_FUNCTION bool VmallocNodeRange(KernelRequest& request,
                                              const PageWant& want) {
  if (request.count > PageCount(1)) return VmallocPages(request, want);
  return AllocPagesMpol(request, want);
}

}  // namespace pagelab::kernel
