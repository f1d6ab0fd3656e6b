// Functions on the ways by which the kernel allocates for itself. As
// function_table.cc.

#include <array>

#include "pagelab/workloads/kernel/function_tables.h"
#include "pagelab/workloads/kernel/kernel_memory_functions.h"

namespace pagelab {
namespace {

using namespace kernel;  // NOLINT(google-build-using-namespace): 60 names

template <size_t N>
using Calls = std::array<KernelCall, N>;

constexpr Calls<1> kSysIoctlCalls = {{{"labdrv_ioctl", 0x8a}}};
constexpr Calls<7> kLabdrvIoctlCalls = {{{"__kmalloc_noprof", 0x52},
                                         {"kmem_cache_alloc_noprof", 0x7e},
                                         {"__kmalloc_large_node_noprof", 0xa6},
                                         {"__vmalloc_node_noprof", 0xd1},
                                         {"alloc_pages_exact_noprof", 0x108},
                                         {"dma_alloc_attrs", 0x13c},
                                         {"alloc_pages_mpol_noprof", 0x171}}};
constexpr Calls<1> kKmallocCalls = {{{"___slab_alloc", 0x34d}}};
constexpr Calls<1> kKmallocLargeNodeCalls = {{{"___kmalloc_large_node", 0x18}}};
constexpr Calls<1> kKmallocLargeNodeInnerCalls = {
    {{"alloc_pages_mpol_noprof", 0xa5}}};
constexpr Calls<1> kAllocEmptyFileCalls = {{{"kmem_cache_alloc_noprof", 0x49}}};
constexpr Calls<1> kNewInodeCalls = {{{"alloc_inode", 0xa}}};
constexpr Calls<4> kAllocInodeCalls = {{{"shmem_alloc_inode", 0x19},
                                        {"ext4_alloc_inode", 0x19},
                                        {"proc_alloc_inode", 0x19},
                                        {"kmem_cache_alloc_lru_noprof", 0x59}}};
constexpr Calls<1> kShmemMknodCalls = {{{"__shmem_get_inode", 0x2a}}};
constexpr Calls<1> kShmemGetInodeCalls = {{{"new_inode", 0x88}}};
constexpr Calls<1> kShmemAllocInodeCalls = {
    {{"kmem_cache_alloc_lru_noprof", 0x1c}}};
constexpr Calls<1> kExt4CreateCalls = {{{"__ext4_new_inode", 0xe5}}};
constexpr Calls<1> kExt4NewInodeCalls = {{{"new_inode", 0xb4}}};
constexpr Calls<1> kExt4AllocInodeCalls = {
    {{"kmem_cache_alloc_lru_noprof", 0x1e}}};
constexpr Calls<1> kSysGetdents64Calls = {{{"iterate_dir", 0x83}}};
constexpr Calls<1> kIterateDirCalls = {{{"proc_pident_readdir", 0x6b}}};
constexpr Calls<1> kProcPidentReaddirCalls = {{{"proc_fill_cache", 0x93}}};
constexpr Calls<1> kProcFillCacheCalls = {{{"proc_pident_instantiate", 0x10f}}};
constexpr Calls<1> kProcPidentInstantiateCalls = {
    {{"proc_pid_make_inode", 0x20}}};
constexpr Calls<1> kProcPidMakeInodeCalls = {{{"new_inode", 0x13}}};
constexpr Calls<1> kProcAllocInodeCalls = {
    {{"kmem_cache_alloc_lru_noprof", 0x1c}}};
constexpr Calls<1> kSysNewfstatatCalls = {{{"vfs_fstatat", 0x3f}}};
constexpr Calls<1> kVfsFstatatCalls = {{{"vfs_statx", 0x76}}};
constexpr Calls<1> kVfsStatxCalls = {{{"filename_lookup", 0x8a}}};
constexpr Calls<1> kFilenameLookupCalls = {{{"path_lookupat", 0xd9}}};
constexpr Calls<1> kPathLookupatCalls = {{{"walk_component", 0x62}}};
constexpr Calls<1> kWalkComponentCalls = {{{"__lookup_slow", 0xd6}}};
constexpr Calls<1> kLookupSlowCalls = {{{"kernfs_iop_lookup", 0x81}}};
constexpr Calls<1> kKernfsIopLookupCalls = {{{"kernfs_get_inode", 0x73}}};
constexpr Calls<1> kKernfsGetInodeCalls = {{{"iget_locked", 0x12}}};
constexpr Calls<1> kIgetLockedCalls = {{{"alloc_inode", 0x140}}};
constexpr Calls<1> kShmemAddToPageCacheCalls = {{{"xas_store", 0x233}}};
constexpr Calls<1> kXasStoreCalls = {{{"xas_create", 0x58}}};
constexpr Calls<1> kXasCreateCalls = {{{"xas_alloc", 0x102}}};
constexpr Calls<1> kXasAllocCalls = {{{"kmem_cache_alloc_lru_noprof", 0xa4}}};
constexpr Calls<1> kExt4BlockWriteBeginCalls = {
    {{"create_empty_buffers", 0x3a1}}};
constexpr Calls<1> kCreateEmptyBuffersCalls = {{{"folio_alloc_buffers", 0x18}}};
constexpr Calls<1> kFolioAllocBuffersCalls = {{{"alloc_buffer_head", 0x9f}}};
constexpr Calls<1> kAllocBufferHeadCalls = {
    {{"kmem_cache_alloc_noprof", 0x19}}};
constexpr Calls<1> kAnonVmaForkCalls = {{{"kmem_cache_alloc_noprof", 0x51}}};
constexpr Calls<1> kAllocPagesBulkArrayMempolicyCalls = {
    {{"alloc_pages_bulk_noprof", 0xc4}}};
constexpr Calls<1> kAllocPagesExactCalls = {
    {{"alloc_pages_mpol_noprof", 0x31}}};
constexpr Calls<1> kDmaAllocAttrsCalls = {{{"dma_direct_alloc", 0x9d}}};
constexpr Calls<1> kDmaDirectAllocCalls = {
    {{"__dma_direct_alloc_pages.isra.0", 0xc8}}};
constexpr Calls<1> kFullProxyWriteCalls = {{{"debugfs_attr_write", 0x52}}};
constexpr Calls<1> kDebugfsAttrWriteCalls = {
    {{"simple_attr_write_xsigned.constprop.0.isra.0", 0x3f}}};
constexpr Calls<1> kSimpleAttrWriteCalls = {{{"cma_alloc_write", 0xbc}}};
constexpr Calls<1> kCmaAllocWriteCalls = {{{"__cma_alloc", 0x3e}}};
constexpr Calls<1> kProcSysCallHandlerCalls = {
    {{"hugetlb_sysctl_handler", 0x189}}};
constexpr Calls<1> kHugetlbSysctlHandlerCalls = {
    {{"__nr_hugepages_store_common", 0xc4}}};
constexpr Calls<1> kNrHugepagesStoreCalls = {
    {{"alloc_pool_huge_folio", 0x2d2}}};
constexpr Calls<1> kAllocPoolHugeFolioCalls = {
    {{"only_alloc_fresh_hugetlb_folio", 0x9e}}};
constexpr Calls<1> kAllocFreshHugetlbFolioCalls = {
    {{"alloc_buddy_hugetlb_folio.isra.0", 0x35}}};

constexpr SourcePlace kPlaces[] = {
    {"__x64_sys_ioctl", "fs/ioctl.c", 890},
    {"labdrv_ioctl", "drivers/misc/labdrv.c", 40, "labdrv"},
    {"__kmalloc_noprof", "mm/slub.c", 4260},
    {"__kmalloc_large_node_noprof", "mm/slub.c", 4230},
    {"___kmalloc_large_node", "mm/slub.c", 4195},
    {"alloc_empty_file", "fs/file_table.c", 195},
    {"new_inode", "fs/inode.c", 1120},
    {"alloc_inode", "fs/inode.c", 250},
    {"shmem_mknod", "mm/shmem.c", 3560},
    {"__shmem_get_inode", "mm/shmem.c", 2840},
    {"shmem_alloc_inode", "mm/shmem.c", 4700},
    {"ext4_create", "fs/ext4/namei.c", 2800},
    {"__ext4_new_inode", "fs/ext4/ialloc.c", 930},
    {"ext4_alloc_inode", "fs/ext4/super.c", 1390},
    {"__x64_sys_getdents64", "fs/readdir.c", 390},
    {"iterate_dir", "fs/readdir.c", 90},
    {"proc_pident_readdir", "fs/proc/base.c", 2660},
    {"proc_fill_cache", "fs/proc/base.c", 2060},
    {"proc_pident_instantiate", "fs/proc/base.c", 2600},
    {"proc_pid_make_inode", "fs/proc/base.c", 1870},
    {"proc_alloc_inode", "fs/proc/inode.c", 57},
    {"__do_sys_newfstatat", "fs/stat.c", 500},
    {"vfs_fstatat", "fs/stat.c", 340},
    {"vfs_statx", "fs/stat.c", 300},
    {"filename_lookup", "fs/namei.c", 2560},
    {"path_lookupat", "fs/namei.c", 2510},
    {"walk_component", "fs/namei.c", 2080},
    {"__lookup_slow", "fs/namei.c", 1750},
    {"kernfs_iop_lookup", "fs/kernfs/dir.c", 1190},
    {"kernfs_get_inode", "fs/kernfs/inode.c", 250},
    {"iget_locked", "fs/inode.c", 1370},
    {"shmem_add_to_page_cache", "mm/shmem.c", 780},
    {"xas_store", "lib/xarray.c", 780},
    {"xas_create", "lib/xarray.c", 630},
    {"xas_alloc", "lib/xarray.c", 360},
    {"ext4_block_write_begin", "fs/ext4/inode.c", 1020},
    {"create_empty_buffers", "fs/buffer.c", 1660},
    {"folio_alloc_buffers", "fs/buffer.c", 920},
    {"alloc_buffer_head", "fs/buffer.c", 3020},
    {"anon_vma_fork", "mm/rmap.c", 330},
    {"alloc_pages_bulk_array_mempolicy_noprof", "mm/mempolicy.c", 2500},
    {"alloc_pages_bulk_noprof", "mm/page_alloc.c", 4580},
    {"alloc_pages_exact_noprof", "mm/page_alloc.c", 4970},
    {"dma_alloc_attrs", "kernel/dma/mapping.c", 610},
    {"dma_direct_alloc", "kernel/dma/direct.c", 200},
    {"__dma_direct_alloc_pages.isra.0", "kernel/dma/direct.c", 120},
    {"full_proxy_write", "fs/debugfs/file.c", 330},
    {"debugfs_attr_write", "fs/debugfs/file.c", 500},
    {"simple_attr_write_xsigned.constprop.0.isra.0", "fs/libfs.c", 1340},
    {"cma_alloc_write", "mm/cma_debug.c", 150},
    {"__cma_alloc", "mm/cma.c", 420},
    {"proc_sys_call_handler", "fs/proc/proc_sysctl.c", 560},
    {"hugetlb_sysctl_handler", "mm/hugetlb.c", 5000},
    {"__nr_hugepages_store_common", "mm/hugetlb.c", 3980},
    {"alloc_pool_huge_folio", "mm/hugetlb.c", 2090},
    {"only_alloc_fresh_hugetlb_folio", "mm/hugetlb.c", 2010},
    {"alloc_buddy_hugetlb_folio.isra.0", "mm/hugetlb.c", 1930},
};

}  // namespace

FunctionTable KernelMemoryFunctions() {
  static const KernelFunction functions[] = {
      {.name = "__x64_sys_ioctl",
       .host = HostAddress(&SysIoctl),
       .size = 0xa0,
       .allocator_call = 0x8a,
       .calls = kSysIoctlCalls},  // not recorded
      {.name = "labdrv_ioctl",
       .host = HostAddress(&LabdrvIoctl),
       .size = 0x3f0,
       .allocator_call = 0x52,
       .calls = kLabdrvIoctlCalls,
       .module = "labdrv"},  // not recorded
      {.name = "__kmalloc_noprof",
       .host = HostAddress(&Kmalloc),
       .size = 0x3a0,
       .allocator_call = 0x34d,
       .calls = kKmallocCalls},
      {.name = "__kmalloc_large_node_noprof",
       .host = HostAddress(&KmallocLargeNode),
       .size = 0x90,
       .allocator_call = 0x18,
       .calls = kKmallocLargeNodeCalls},
      {.name = "___kmalloc_large_node",
       .host = HostAddress(&KmallocLargeNodeInner),
       .size = 0xc0,
       .allocator_call = 0xa5,
       .calls = kKmallocLargeNodeInnerCalls},
      {.name = "alloc_empty_file",
       .host = HostAddress(&AllocEmptyFile),
       .size = 0x140,
       .allocator_call = 0x49,
       .calls = kAllocEmptyFileCalls},
      {.name = "new_inode",
       .host = HostAddress(&NewInode),
       .size = 0x70,
       .allocator_call = 0xa,
       .calls = kNewInodeCalls},
      {.name = "alloc_inode",
       .host = HostAddress(&AllocInode),
       .size = 0xc0,
       .allocator_call = 0x19,
       .calls = kAllocInodeCalls},
      {.name = "shmem_mknod",
       .host = HostAddress(&ShmemMknod),
       .size = 0xd0,
       .allocator_call = 0x2a,
       .calls = kShmemMknodCalls},
      {.name = "__shmem_get_inode",
       .host = HostAddress(&ShmemGetInode),
       .size = 0x2a0,
       .allocator_call = 0x88,
       .calls = kShmemGetInodeCalls},
      {.name = "shmem_alloc_inode",
       .host = HostAddress(&ShmemAllocInode),
       .size = 0x30,
       .allocator_call = 0x1c,
       .calls = kShmemAllocInodeCalls},
      {.name = "ext4_create",
       .host = HostAddress(&Ext4Create),
       .size = 0x1c0,
       .allocator_call = 0xe5,
       .calls = kExt4CreateCalls},
      {.name = "__ext4_new_inode",
       .host = HostAddress(&Ext4NewInode),
       .size = 0x17d0,
       .allocator_call = 0xb4,
       .calls = kExt4NewInodeCalls},
      {.name = "ext4_alloc_inode",
       .host = HostAddress(&Ext4AllocInode),
       .size = 0x170,
       .allocator_call = 0x1e,
       .calls = kExt4AllocInodeCalls},
      {.name = "__x64_sys_getdents64",
       .host = HostAddress(&SysGetdents64),
       .size = 0x120,
       .allocator_call = 0x83,
       .calls = kSysGetdents64Calls},
      {.name = "iterate_dir",
       .host = HostAddress(&IterateDir),
       .size = 0x130,
       .allocator_call = 0x6b,
       .calls = kIterateDirCalls},
      {.name = "proc_pident_readdir",
       .host = HostAddress(&ProcPidentReaddir),
       .size = 0x170,
       .allocator_call = 0x93,
       .calls = kProcPidentReaddirCalls},
      {.name = "proc_fill_cache",
       .host = HostAddress(&ProcFillCache),
       .size = 0x160,
       .allocator_call = 0x10f,
       .calls = kProcFillCacheCalls},
      {.name = "proc_pident_instantiate",
       .host = HostAddress(&ProcPidentInstantiate),
       .size = 0xc0,
       .allocator_call = 0x20,
       .calls = kProcPidentInstantiateCalls},
      {.name = "proc_pid_make_inode",
       .host = HostAddress(&ProcPidMakeInode),
       .size = 0x90,
       .allocator_call = 0x13,
       .calls = kProcPidMakeInodeCalls},
      {.name = "proc_alloc_inode",
       .host = HostAddress(&ProcAllocInode),
       .size = 0x70,
       .allocator_call = 0x1c,
       .calls = kProcAllocInodeCalls},
      {.name = "__do_sys_newfstatat",
       .host = HostAddress(&SysNewfstatat),
       .size = 0x80,
       .allocator_call = 0x3f,
       .calls = kSysNewfstatatCalls},
      {.name = "vfs_fstatat",
       .host = HostAddress(&VfsFstatat),
       .size = 0xa0,
       .allocator_call = 0x76,
       .calls = kVfsFstatatCalls},
      {.name = "vfs_statx",
       .host = HostAddress(&VfsStatx),
       .size = 0x100,
       .allocator_call = 0x8a,
       .calls = kVfsStatxCalls},
      {.name = "filename_lookup",
       .host = HostAddress(&FilenameLookup),
       .size = 0x1d0,
       .allocator_call = 0xd9,
       .calls = kFilenameLookupCalls},
      {.name = "path_lookupat",
       .host = HostAddress(&PathLookupat),
       .size = 0x1a0,
       .allocator_call = 0x62,
       .calls = kPathLookupatCalls},
      {.name = "walk_component",
       .host = HostAddress(&WalkComponent),
       .size = 0x150,
       .allocator_call = 0xd6,
       .calls = kWalkComponentCalls},
      {.name = "__lookup_slow",
       .host = HostAddress(&LookupSlow),
       .size = 0x130,
       .allocator_call = 0x81,
       .calls = kLookupSlowCalls},
      {.name = "kernfs_iop_lookup",
       .host = HostAddress(&KernfsIopLookup),
       .size = 0xd0,
       .allocator_call = 0x73,
       .calls = kKernfsIopLookupCalls},
      {.name = "kernfs_get_inode",
       .host = HostAddress(&KernfsGetInode),
       .size = 0xf0,
       .allocator_call = 0x12,
       .calls = kKernfsGetInodeCalls},
      {.name = "iget_locked",
       .host = HostAddress(&IgetLocked),
       .size = 0x2c0,
       .allocator_call = 0x140,
       .calls = kIgetLockedCalls},
      {.name = "shmem_add_to_page_cache",
       .host = HostAddress(&ShmemAddToPageCache),
       .size = 0x2d0,
       .allocator_call = 0x233,
       .calls = kShmemAddToPageCacheCalls},
      {.name = "xas_store",
       .host = HostAddress(&XasStore),
       .size = 0x630,
       .allocator_call = 0x58,
       .calls = kXasStoreCalls},
      {.name = "xas_create",
       .host = HostAddress(&XasCreate),
       .size = 0x420,
       .allocator_call = 0x102,
       .calls = kXasCreateCalls},
      {.name = "xas_alloc",
       .host = HostAddress(&XasAlloc),
       .size = 0xc0,
       .allocator_call = 0xa4,
       .calls = kXasAllocCalls},
      {.name = "ext4_block_write_begin",
       .host = HostAddress(&Ext4BlockWriteBegin),
       .size = 0x3e0,
       .allocator_call = 0x3a1,
       .calls = kExt4BlockWriteBeginCalls},
      {.name = "create_empty_buffers",
       .host = HostAddress(&CreateEmptyBuffers),
       .size = 0xa0,
       .allocator_call = 0x18,
       .calls = kCreateEmptyBuffersCalls},
      {.name = "folio_alloc_buffers",
       .host = HostAddress(&FolioAllocBuffers),
       .size = 0x130,
       .allocator_call = 0x9f,
       .calls = kFolioAllocBuffersCalls},
      {.name = "alloc_buffer_head",
       .host = HostAddress(&AllocBufferHead),
       .size = 0x70,
       .allocator_call = 0x19,
       .calls = kAllocBufferHeadCalls},
      {.name = "anon_vma_fork",
       .host = HostAddress(&AnonVmaFork),
       .size = 0x140,
       .allocator_call = 0x51,
       .calls = kAnonVmaForkCalls},
      {.name = "alloc_pages_bulk_array_mempolicy_noprof",
       .host = HostAddress(&AllocPagesBulkArrayMempolicy),
       .size = 0x640,
       .allocator_call = 0xc4,
       .calls = kAllocPagesBulkArrayMempolicyCalls},
      {.name = "alloc_pages_bulk_noprof",
       .host = HostAddress(&AllocPagesBulk),
       .size = 0x5b0,
       .allocator_call = 0x3ba,
       .calls = {}},
      {.name = "alloc_pages_exact_noprof",
       .host = HostAddress(&AllocPagesExact),
       .size = 0x80,
       .allocator_call = 0x31,
       .calls = kAllocPagesExactCalls},
      {.name = "dma_alloc_attrs",
       .host = HostAddress(&DmaAllocAttrs),
       .size = 0x1b0,
       .allocator_call = 0x9d,
       .calls = kDmaAllocAttrsCalls},  // not recorded
      {.name = "dma_direct_alloc",
       .host = HostAddress(&DmaDirectAlloc),
       .size = 0x2a0,
       .allocator_call = 0xc8,
       .calls = kDmaDirectAllocCalls},  // not recorded
      {.name = "__dma_direct_alloc_pages.isra.0",
       .host = HostAddress(&DmaDirectAllocPages),
       .size = 0x190,
       .allocator_call = 0x7d,
       .calls = {}},  // not recorded
      {.name = "full_proxy_write",
       .host = HostAddress(&FullProxyWrite),
       .size = 0x80,
       .allocator_call = 0x52,
       .calls = kFullProxyWriteCalls},
      {.name = "debugfs_attr_write",
       .host = HostAddress(&DebugfsAttrWrite),
       .size = 0x60,
       .allocator_call = 0x3f,
       .calls = kDebugfsAttrWriteCalls},
      {.name = "simple_attr_write_xsigned.constprop.0.isra.0",
       .host = HostAddress(&SimpleAttrWrite),
       .size = 0x110,
       .allocator_call = 0xbc,
       .calls = kSimpleAttrWriteCalls},
      {.name = "cma_alloc_write",
       .host = HostAddress(&CmaAllocWrite),
       .size = 0x90,
       .allocator_call = 0x3e,
       .calls = kCmaAllocWriteCalls},
      {.name = "__cma_alloc",
       .host = HostAddress(&CmaAlloc),
       .size = 0x430,
       .allocator_call = 0x12e,
       .calls = {}},
      {.name = "proc_sys_call_handler",
       .host = HostAddress(&ProcSysCallHandler),
       .size = 0x2a0,
       .allocator_call = 0x189,
       .calls = kProcSysCallHandlerCalls},  // not recorded
      {.name = "hugetlb_sysctl_handler",
       .host = HostAddress(&HugetlbSysctlHandler),
       .size = 0x130,
       .allocator_call = 0xc4,
       .calls = kHugetlbSysctlHandlerCalls},  // not recorded
      {.name = "__nr_hugepages_store_common",
       .host = HostAddress(&NrHugepagesStore),
       .size = 0x5a0,
       .allocator_call = 0x2d2,
       .calls = kNrHugepagesStoreCalls},  // not recorded
      {.name = "alloc_pool_huge_folio",
       .host = HostAddress(&AllocPoolHugeFolio),
       .size = 0x150,
       .allocator_call = 0x9e,
       .calls = kAllocPoolHugeFolioCalls},  // not recorded
      {.name = "only_alloc_fresh_hugetlb_folio",
       .host = HostAddress(&AllocFreshHugetlbFolio),
       .size = 0x80,
       .allocator_call = 0x35,
       .calls = kAllocFreshHugetlbFolioCalls},  // not recorded
      {.name = "alloc_buddy_hugetlb_folio.isra.0",
       .host = HostAddress(&AllocBuddyHugetlbFolio),
       .size = 0x160,
       .allocator_call = 0x6c,
       .calls = {}},  // not recorded
  };
  return {.functions = functions, .paths = {}, .places = kPlaces};
}

}  // namespace pagelab
