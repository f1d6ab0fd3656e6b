#include "pagelab/workloads/kernel/slab_ways.h"

#include "pagelab/workloads/kernel/kernel_memory_functions.h"

namespace pagelab {
namespace kernel {
namespace {

PageWant SlabWant(const KernelRequest& request) {
  return {request.gfp, request.order, PageFlags()};
}

bool KmallocSlab(KernelRequest& request) {
  return Kmalloc(request, SlabWant(request));
}
bool CacheSlab(KernelRequest& request) {
  return KmemCacheAlloc(request, SlabWant(request));
}
bool NodeCacheSlab(KernelRequest& request) {
  return KmemCacheAllocNode(request, SlabWant(request));
}
bool LargeKmalloc(KernelRequest& request) {
  return KmallocLargeNode(request, SlabWant(request));
}

// The chain from a system call on, and what the function does there from
// which several ways lead on.
template <Syscall call, bool (*leaf)(KernelRequest&)>
bool Enter(KernelRequest& request) {
  request.leaf = leaf;
  return EntrySyscall64(request, call);
}

constexpr KernelPath Way(std::string_view name,
                         bool (*run)(KernelRequest& request)) {
  return {.name = name,
          .summary = "a slab",
          .gfp = gfp::kKernel.With(gfp::kComp),
          .order = Order(0),
          .run = run};
}

}  // namespace

PAGELAB_KERNEL_FUNCTION bool Kmalloc(KernelRequest& request,
                                     const PageWant& want) {
  return SlabAlloc(request, want);
}

PAGELAB_KERNEL_FUNCTION bool KmallocLargeNode(KernelRequest& request,
                                              const PageWant& want) {
  return KmallocLargeNodeInner(request, want);
}

PAGELAB_KERNEL_FUNCTION bool KmallocLargeNodeInner(KernelRequest& request,
                                                   const PageWant& want) {
  PageWant pages = want;
  pages.use = PageUse::kSlabUnreclaimable;
  return AllocPagesMpol(request, pages);
}

PAGELAB_KERNEL_FUNCTION bool AllocEmptyFile(KernelRequest& request) {
  return CacheSlab(request);
}

PAGELAB_KERNEL_FUNCTION bool NewInode(KernelRequest& request,
                                      AllocInodeOf alloc) {
  return AllocInode(request, alloc);
}

// File systems without inodes of their own have plain ones.
PAGELAB_KERNEL_FUNCTION bool AllocInode(KernelRequest& request,
                                        AllocInodeOf alloc) {
  if (alloc != nullptr) return alloc(request);
  return KmemCacheAllocLru(request, SlabWant(request));
}

PAGELAB_KERNEL_FUNCTION bool ShmemMknod(KernelRequest& request) {
  return ShmemGetInode(request);
}

PAGELAB_KERNEL_FUNCTION bool ShmemGetInode(KernelRequest& request) {
  return NewInode(request, &ShmemAllocInode);
}

PAGELAB_KERNEL_FUNCTION bool ShmemAllocInode(KernelRequest& request) {
  return KmemCacheAllocLru(request, SlabWant(request));
}

PAGELAB_KERNEL_FUNCTION bool Ext4Create(KernelRequest& request) {
  return Ext4NewInode(request);
}

PAGELAB_KERNEL_FUNCTION bool Ext4NewInode(KernelRequest& request) {
  return NewInode(request, &Ext4AllocInode);
}

PAGELAB_KERNEL_FUNCTION bool Ext4AllocInode(KernelRequest& request) {
  return KmemCacheAllocLru(request, SlabWant(request));
}

PAGELAB_KERNEL_FUNCTION bool SysGetdents64(KernelRequest& request) {
  return IterateDir(request);
}

PAGELAB_KERNEL_FUNCTION bool IterateDir(KernelRequest& request) {
  return ProcPidentReaddir(request);
}

PAGELAB_KERNEL_FUNCTION bool ProcPidentReaddir(KernelRequest& request) {
  return ProcFillCache(request);
}

PAGELAB_KERNEL_FUNCTION bool ProcFillCache(KernelRequest& request) {
  return ProcPidentInstantiate(request);
}

PAGELAB_KERNEL_FUNCTION bool ProcPidentInstantiate(KernelRequest& request) {
  return ProcPidMakeInode(request);
}

PAGELAB_KERNEL_FUNCTION bool ProcPidMakeInode(KernelRequest& request) {
  return NewInode(request, &ProcAllocInode);
}

PAGELAB_KERNEL_FUNCTION bool ProcAllocInode(KernelRequest& request) {
  return KmemCacheAllocLru(request, SlabWant(request));
}

PAGELAB_KERNEL_FUNCTION bool SysNewfstatat(KernelRequest& request) {
  return VfsFstatat(request);
}

PAGELAB_KERNEL_FUNCTION bool VfsFstatat(KernelRequest& request) {
  return VfsStatx(request);
}

PAGELAB_KERNEL_FUNCTION bool VfsStatx(KernelRequest& request) {
  return FilenameLookup(request);
}

PAGELAB_KERNEL_FUNCTION bool FilenameLookup(KernelRequest& request) {
  return PathLookupat(request);
}

PAGELAB_KERNEL_FUNCTION bool PathLookupat(KernelRequest& request) {
  return WalkComponent(request);
}

PAGELAB_KERNEL_FUNCTION bool WalkComponent(KernelRequest& request) {
  return LookupSlow(request);
}

PAGELAB_KERNEL_FUNCTION bool LookupSlow(KernelRequest& request) {
  return KernfsIopLookup(request);
}

PAGELAB_KERNEL_FUNCTION bool KernfsIopLookup(KernelRequest& request) {
  return KernfsGetInode(request);
}

PAGELAB_KERNEL_FUNCTION bool KernfsGetInode(KernelRequest& request) {
  return IgetLocked(request);
}

PAGELAB_KERNEL_FUNCTION bool IgetLocked(KernelRequest& request) {
  return AllocInode(request, nullptr);
}

PAGELAB_KERNEL_FUNCTION bool ShmemAddToPageCache(KernelRequest& request) {
  return XasStore(request);
}

PAGELAB_KERNEL_FUNCTION bool XasStore(KernelRequest& request) {
  return XasCreate(request);
}

PAGELAB_KERNEL_FUNCTION bool XasCreate(KernelRequest& request) {
  return XasAlloc(request);
}

PAGELAB_KERNEL_FUNCTION bool XasAlloc(KernelRequest& request) {
  return KmemCacheAllocLru(request, SlabWant(request));
}

PAGELAB_KERNEL_FUNCTION bool Ext4BlockWriteBegin(KernelRequest& request) {
  return CreateEmptyBuffers(request);
}

PAGELAB_KERNEL_FUNCTION bool CreateEmptyBuffers(KernelRequest& request) {
  return FolioAllocBuffers(request);
}

PAGELAB_KERNEL_FUNCTION bool FolioAllocBuffers(KernelRequest& request) {
  return AllocBufferHead(request);
}

PAGELAB_KERNEL_FUNCTION bool AllocBufferHead(KernelRequest& request) {
  return CacheSlab(request);
}

PAGELAB_KERNEL_FUNCTION bool AnonVmaFork(KernelRequest& request) {
  return CacheSlab(request);
}

PAGELAB_KERNEL_FUNCTION bool SysIoctl(KernelRequest& request) {
  return LabdrvIoctl(request);
}

PAGELAB_KERNEL_FUNCTION bool LabdrvIoctl(KernelRequest& request) {
  return request.leaf(request);
}

namespace {

constexpr KernelPath kDriver =
    Way("labdrv_ioctl", &Enter<&SysIoctl, &CacheSlab>);
constexpr KernelPath kDriverKmalloc =
    Way("__kmalloc_noprof", &Enter<&SysIoctl, &KmallocSlab>);
constexpr KernelPath kForkTask =
    Way("copy_process", &Enter<&SysCloneProcess, &NodeCacheSlab>);
constexpr KernelPath kForkOther =
    Way("copy_process", &Enter<&SysCloneProcess, &CacheSlab>);
constexpr KernelPath kForkVma =
    Way("vm_area_dup", &Enter<&SysCloneProcess, &VmAreaDup>);
constexpr KernelPath kForkAnonVma =
    Way("anon_vma_fork", &Enter<&SysCloneProcess, &AnonVmaFork>);
constexpr KernelPath kOpenFile =
    Way("alloc_empty_file", &Enter<&SysOpenat, &AllocEmptyFile>);
constexpr KernelPath kOpenDentry =
    Way("__d_alloc", &Enter<&SysOpenat, &DAllocParallel>);
constexpr KernelPath kCreateExt4 =
    Way("ext4_alloc_inode", &Enter<&SysOpenat, &Ext4Create>);
constexpr KernelPath kCreateShmem =
    Way("shmem_alloc_inode", &Enter<&SysOpenat, &ShmemMknod>);
constexpr KernelPath kListProc =
    Way("proc_alloc_inode", &Enter<&SysGetdents64, nullptr>);
constexpr KernelPath kLookupKernfs =
    Way("kernfs_get_inode", &Enter<&SysNewfstatat, nullptr>);
constexpr KernelPath kAddToPageCache =
    Way("xas_alloc", &Enter<&KsysWriteTmpfs, &ShmemAddToPageCache>);
constexpr KernelPath kWriteBuffers =
    Way("alloc_buffer_head", &Enter<&KsysWriteExt4, &Ext4BlockWriteBegin>);
constexpr KernelPath kKmallocLarge =
    Way("___kmalloc_large_node", &Enter<&SysIoctl, &LargeKmalloc>);

}  // namespace
}  // namespace kernel

const KernelPath& KmallocLargePath() { return kernel::kKmallocLarge; }

const KernelPath& SlabPathOf(SlabWay way) {
  switch (way) {
    case SlabWay::kDriver:
      return kernel::kDriver;
    case SlabWay::kDriverKmalloc:
      return kernel::kDriverKmalloc;
    case SlabWay::kForkTask:
      return kernel::kForkTask;
    case SlabWay::kForkOther:
      return kernel::kForkOther;
    case SlabWay::kForkVma:
      return kernel::kForkVma;
    case SlabWay::kForkAnonVma:
      return kernel::kForkAnonVma;
    case SlabWay::kOpenFile:
      return kernel::kOpenFile;
    case SlabWay::kOpenDentry:
      return kernel::kOpenDentry;
    case SlabWay::kCreateExt4:
      return kernel::kCreateExt4;
    case SlabWay::kCreateShmem:
      return kernel::kCreateShmem;
    case SlabWay::kListProc:
      return kernel::kListProc;
    case SlabWay::kLookupKernfs:
      return kernel::kLookupKernfs;
    case SlabWay::kAddToPageCache:
      return kernel::kAddToPageCache;
    case SlabWay::kWriteBuffers:
      break;
  }
  return kernel::kWriteBuffers;
}

}  // namespace pagelab
