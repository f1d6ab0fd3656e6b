// The one table of the simulated kernel's functions: sizes, and offsets of
// return addresses, of the recorded 6.12.117 build (gcc 12.2). Functions and
// call sites that occur in no recording are marked; their numbers are made up.

#include <array>

#include "pagelab/workloads/kernel/function_tables.h"
#include "pagelab/workloads/kernel/functions.h"

namespace pagelab {
namespace {

using namespace kernel;  // NOLINT(google-build-using-namespace): 60 names

// One call site is what all but a few functions have.
template <size_t N>
using Calls = std::array<KernelCall, N>;

constexpr Calls<1> kGetFreePagesCalls = {{{"alloc_pages_mpol_noprof", 0xc}}};
constexpr Calls<1> kVmaAllocFolioCalls = {{{"alloc_pages_mpol_noprof", 0x6c}}};
constexpr Calls<1> kFolioAllocCalls = {{{"alloc_pages_mpol_noprof", 0x56}}};
constexpr Calls<1> kFolioAllocMpolCalls = {{{"alloc_pages_mpol_noprof", 0xf}}};
constexpr Calls<1> kAsmExcPageFaultCalls = {{{"exc_page_fault", 0x26}}};
constexpr Calls<1> kExcPageFaultCalls = {{{"do_user_addr_fault", 0x67}}};
constexpr Calls<1> kDoUserAddrFaultCalls = {{{"handle_mm_fault", 0x1de}}};
constexpr Calls<1> kHandleMmFaultCalls = {{{"__handle_mm_fault", 0x13e}}};
constexpr Calls<5> kHandleMmFaultInnerCalls = {
    {{"vma_alloc_folio_noprof", 0x1619},
     {"do_wp_page", 0xbda},
     {"do_huge_pmd_anonymous_page", 0xd7f},
     {"__pte_alloc", 0x1a94},
     {"do_swap_page", 0xabe}}};
constexpr Calls<1> kDoWpPageCalls = {{{"vma_alloc_folio_noprof", 0x11e}}};
constexpr Calls<1> kDoHugePmdAnonymousPageCalls = {
    {{"vma_alloc_folio_noprof", 0xc0}}};
constexpr Calls<1> kPteAllocCalls = {{{"pte_alloc_one", 0x25}}};
constexpr Calls<1> kPteAllocOneCalls = {{{"alloc_pages_mpol_noprof", 0x19}}};
constexpr Calls<1> kEntrySyscall64Calls = {{{"do_syscall_64", 0x77}}};
constexpr Calls<10> kDoSyscall64Calls = {{{"ksys_write", 0x9e},
                                          {"ksys_read", 0x9e},
                                          {"__x64_sys_openat", 0x9e},
                                          {"__do_sys_clone", 0x9e},
                                          {"__do_sys_swapon", 0x9e},
                                          {"__x64_sys_sendto", 0x9e},
                                          {"__x64_sys_fallocate", 0x9e},
                                          {"__x64_sys_ioctl", 0x9e},
                                          {"__x64_sys_getdents64", 0x9e},
                                          {"__do_sys_newfstatat", 0x9e}}};
constexpr Calls<1> kKsysWriteCalls = {{{"vfs_write", 0x6a}}};
constexpr Calls<5> kVfsWriteCalls = {{{"shmem_file_write_iter", 0x279},
                                      {"ext4_buffered_write_iter", 0x279},
                                      {"pipe_write", 0x279},
                                      {"full_proxy_write", 0xfe},
                                      {"proc_sys_call_handler", 0x279}}};
constexpr Calls<1> kShmemFileWriteIterCalls = {
    {{"generic_perform_write", 0x81}}};
constexpr Calls<1> kExt4BufferedWriteIterCalls = {
    {{"generic_perform_write", 0x67}}};
constexpr Calls<1> kPipeWriteCalls = {{{"alloc_pages_mpol_noprof", 0x19c}}};
constexpr Calls<2> kGenericPerformWriteCalls = {
    {{"shmem_write_begin", 0xda}, {"ext4_da_write_begin", 0xda}}};
constexpr Calls<1> kShmemWriteBeginCalls = {{{"shmem_get_folio_gfp", 0x5a}}};
constexpr Calls<2> kShmemGetFolioGfpCalls = {
    {{"shmem_alloc_and_add_folio", 0x1f0}, {"shmem_swapin_folio", 0x189}}};
constexpr Calls<2> kShmemAllocAndAddFolioCalls = {
    {{"shmem_alloc_folio", 0x107}, {"shmem_add_to_page_cache", 0x1c9}}};
constexpr Calls<1> kShmemAllocFolioCalls = {
    {{"folio_alloc_mpol_noprof", 0x97}}};
constexpr Calls<2> kExt4DaWriteBeginCalls = {
    {{"__filemap_get_folio", 0xd8}, {"ext4_block_write_begin", 0xfe}}};
constexpr Calls<1> kFilemapGetFolioCalls = {{{"folio_alloc_noprof", 0x1a9}}};
constexpr Calls<1> kKsysReadCalls = {{{"vfs_read", 0x6a}}};
constexpr Calls<2> kVfsReadCalls = {
    {{"filemap_read", 0x21c}, {"shmem_file_read_iter", 0x21c}}};
constexpr Calls<1> kFilemapReadCalls = {{{"filemap_get_pages", 0xd4}}};
constexpr Calls<1> kFilemapGetPagesCalls = {
    {{"page_cache_ra_unbounded", 0x10b}}};
constexpr Calls<1> kPageCacheRaUnboundedCalls = {
    {{"folio_alloc_noprof", 0x9c}}};
constexpr Calls<1> kNewSlabCalls = {{{"alloc_pages_mpol_noprof", 0x364}}};
constexpr Calls<1> kSlabAllocCalls = {{{"new_slab", 0x6fe}}};
constexpr Calls<1> kKmemCacheAllocCalls = {{{"___slab_alloc", 0x257}}};
constexpr Calls<1> kKmemCacheAllocLruCalls = {{{"___slab_alloc", 0x25a}}};
constexpr Calls<1> kKmemCacheAllocNodeCalls = {{{"___slab_alloc", 0xb4}}};
constexpr Calls<1> kKmallocNodeTrackCallerCalls = {{{"___slab_alloc", 0x121}}};
constexpr Calls<1> kSysOpenatCalls = {{{"do_sys_openat2", 0x69}}};
constexpr Calls<1> kDoSysOpenat2Calls = {{{"do_filp_open", 0xa6}}};
constexpr Calls<1> kDoFilpOpenCalls = {{{"path_openat", 0xbf}}};
constexpr Calls<4> kPathOpenatCalls = {{{"d_alloc_parallel", 0xb66},
                                        {"alloc_empty_file", 0x3b},
                                        {"shmem_mknod", 0xfc1},
                                        {"ext4_create", 0xfc1}}};
constexpr Calls<1> kDAllocParallelCalls = {{{"__d_alloc", 0x5e}}};
constexpr Calls<1> kDAllocCalls = {{{"kmem_cache_alloc_lru_noprof", 0x24}}};
constexpr Calls<1> kDoSysCloneCalls = {{{"kernel_clone", 0x66}}};
constexpr Calls<1> kKernelCloneCalls = {{{"copy_process", 0xbd}}};
constexpr Calls<7> kCopyProcessCalls = {
    {{"kmem_cache_alloc_node_noprof", 0x221},
     {"__vmalloc_node_range_noprof", 0xe9a},
     {"vm_area_dup", 0x14c8},
     {"mm_init.constprop.0", 0x11f4},
     {"copy_page_range", 0x16e3},
     {"kmem_cache_alloc_noprof", 0x91f},
     {"anon_vma_fork", 0x25fe}}};
constexpr Calls<1> kVmAreaDupCalls = {{{"kmem_cache_alloc_noprof", 0x1a}}};
constexpr Calls<1> kMmInitCalls = {{{"pgd_alloc", 0x17e}}};
constexpr Calls<1> kPgdAllocCalls = {{{"get_free_pages_noprof", 0x1d}}};
constexpr Calls<1> kCopyPageRangeCalls = {{{"__pte_alloc", 0x3c8}}};
constexpr Calls<1> kSysSwaponCalls = {{{"__vmalloc_node_noprof", 0x8cd}}};
constexpr Calls<1> kVmallocNodeCalls = {
    {{"__vmalloc_node_range_noprof", 0x43}}};
constexpr Calls<3> kVmallocNodeRangeCalls = {
    {{"alloc_pages_mpol_noprof", 0x399},
     {"alloc_pages_bulk_array_mempolicy_noprof", 0x24a},
     {"__vmalloc_node_noprof", 0x62f}}};
constexpr Calls<1> kSysSendtoCalls = {{{"__sys_sendto", 0x1f}}};
constexpr Calls<2> kSysSendtoInnerCalls = {
    {{"unix_dgram_sendmsg", 0x1b0}, {"tcp_sendmsg", 0x1b0}}};
constexpr Calls<1> kUnixDgramSendmsgCalls = {{{"sock_alloc_send_pskb", 0x14b}}};
constexpr Calls<1> kSockAllocSendPskbCalls = {
    {{"alloc_skb_with_frags", 0x221}}};
constexpr Calls<1> kAllocSkbWithFragsCalls = {{{"__alloc_skb", 0x45}}};
constexpr Calls<1> kAllocSkbCalls = {{{"kmalloc_reserve", 0x87}}};
constexpr Calls<1> kKmallocReserveCalls = {
    {{"__kmalloc_node_track_caller_noprof", 0x5d}}};
constexpr Calls<1> kRetFromForkAsmCalls = {{{"ret_from_fork", 0x1a}}};
constexpr Calls<1> kRetFromForkCalls = {{{"kthread", 0x2f}}};
constexpr Calls<1> kKthreadCalls = {{{"smpboot_thread_fn", 0xbb}}};
constexpr Calls<1> kSmpbootThreadFnCalls = {{{"run_ksoftirqd", 0xaf}}};
constexpr Calls<1> kRunKsoftirqdCalls = {{{"handle_softirqs", 0x2d}}};
constexpr Calls<1> kHandleSoftirqsCalls = {{{"net_rx_action", 0xd6}}};
constexpr Calls<1> kNetRxActionCalls = {{{"__napi_poll", 0x14a}}};
constexpr Calls<1> kNapiPollCalls = {{{"nicdrv_poll", 0x2b}}};
constexpr Calls<2> kNicdrvPollCalls = {
    {{"nicdrv_alloc_rx_buffers", 0x1b7}, {"nicdrv_receive", 0xf4}}};
constexpr Calls<1> kNicdrvAllocRxBuffersCalls = {
    {{"alloc_pages_mpol_noprof", 0x5d}}};

}  // namespace

absl::Span<const KernelFunction> CoreFunctions() {
  static const KernelFunction functions[] = {
      {.name = "alloc_pages_mpol_noprof",
       .host = HostAddress(&AllocPagesMpol),
       .size = 0x1d0,
       .allocator_call = 0x8a,
       .calls = {}},
      {.name = "get_free_pages_noprof",
       .host = HostAddress(&GetFreePages),
       .size = 0x40,
       .allocator_call = 0xc,
       .calls = kGetFreePagesCalls},
      {.name = "vma_alloc_folio_noprof",
       .host = HostAddress(&VmaAllocFolio),
       .size = 0xd0,
       .allocator_call = 0x6c,
       .calls = kVmaAllocFolioCalls},
      {.name = "folio_alloc_noprof",
       .host = HostAddress(&FolioAlloc),
       .size = 0xa0,
       .allocator_call = 0x56,
       .calls = kFolioAllocCalls},
      {.name = "folio_alloc_mpol_noprof",
       .host = HostAddress(&FolioAllocMpol),
       .size = 0x30,
       .allocator_call = 0xf,
       .calls = kFolioAllocMpolCalls},
      // Page faults.
      {.name = "asm_exc_page_fault",
       .host = HostAddress(&AsmExcPageFault),
       .size = 0x30,
       .allocator_call = 0x26,
       .calls = kAsmExcPageFaultCalls},
      {.name = "exc_page_fault",
       .host = HostAddress(&ExcPageFault),
       .size = 0x130,
       .allocator_call = 0x67,
       .calls = kExcPageFaultCalls},
      {.name = "do_user_addr_fault",
       .host = HostAddress(&DoUserAddrFault),
       .size = 0x590,
       .allocator_call = 0x1de,
       .calls = kDoUserAddrFaultCalls},
      {.name = "handle_mm_fault",
       .host = HostAddress(&HandleMmFault),
       .size = 0x290,
       .allocator_call = 0x13e,
       .calls = kHandleMmFaultCalls},
      {.name = "__handle_mm_fault",
       .host = HostAddress(&HandleMmFaultInner),
       .size = 0x1d50,
       .allocator_call = 0x1619,
       .calls = kHandleMmFaultInnerCalls},
      {.name = "do_wp_page",
       .host = HostAddress(&DoWpPage),
       .size = 0xc10,
       .allocator_call = 0x11e,
       .calls = kDoWpPageCalls},
      {.name = "do_huge_pmd_anonymous_page",
       .host = HostAddress(&DoHugePmdAnonymousPage),
       .size = 0x6e0,
       .allocator_call = 0xc0,
       .calls = kDoHugePmdAnonymousPageCalls},
      {.name = "__pte_alloc",
       .host = HostAddress(&PteAlloc),
       .size = 0xc0,
       .allocator_call = 0x25,
       .calls = kPteAllocCalls},
      {.name = "pte_alloc_one",
       .host = HostAddress(&PteAllocOne),
       .size = 0x70,
       .allocator_call = 0x19,
       .calls = kPteAllocOneCalls},
      // System calls.
      {.name = "entry_SYSCALL_64_after_hwframe",
       .host = HostAddress(&EntrySyscall64),
       .size = 0x7f,
       .allocator_call = 0x77,
       .calls = kEntrySyscall64Calls},
      {.name = "do_syscall_64",
       .host = HostAddress(&DoSyscall64),
       .size = 0x1c0,
       .allocator_call = 0x9e,
       .calls = kDoSyscall64Calls},
      // Files.
      {.name = "ksys_write",
       .host = HostAddress(&KsysWrite),
       .size = 0xf0,
       .allocator_call = 0x6a,
       .calls = kKsysWriteCalls},
      {.name = "vfs_write",
       .host = HostAddress(&VfsWrite),
       .size = 0x450,
       .allocator_call = 0x279,
       .calls = kVfsWriteCalls},
      {.name = "shmem_file_write_iter",
       .host = HostAddress(&ShmemFileWriteIter),
       .size = 0x90,
       .allocator_call = 0x81,
       .calls = kShmemFileWriteIterCalls},
      {.name = "ext4_buffered_write_iter",
       .host = HostAddress(&Ext4BufferedWriteIter),
       .size = 0x100,
       .allocator_call = 0x67,
       .calls = kExt4BufferedWriteIterCalls},
      {.name = "pipe_write",
       .host = HostAddress(&PipeWrite),
       .size = 0x620,
       .allocator_call = 0x19c,
       .calls = kPipeWriteCalls},  // not recorded
      {.name = "generic_perform_write",
       .host = HostAddress(&GenericPerformWrite),
       .size = 0x290,
       .allocator_call = 0xda,
       .calls = kGenericPerformWriteCalls},
      {.name = "shmem_write_begin",
       .host = HostAddress(&ShmemWriteBegin),
       .size = 0xb0,
       .allocator_call = 0x5a,
       .calls = kShmemWriteBeginCalls},
      {.name = "shmem_get_folio_gfp",
       .host = HostAddress(&ShmemGetFolioGfp),
       .size = 0x540,
       .allocator_call = 0x1f0,
       .calls = kShmemGetFolioGfpCalls},
      {.name = "shmem_alloc_and_add_folio",
       .host = HostAddress(&ShmemAllocAndAddFolio),
       .size = 0x470,
       .allocator_call = 0x107,
       .calls = kShmemAllocAndAddFolioCalls},
      {.name = "shmem_alloc_folio",
       .host = HostAddress(&ShmemAllocFolio),
       .size = 0xb0,
       .allocator_call = 0x97,
       .calls = kShmemAllocFolioCalls},
      {.name = "ext4_da_write_begin",
       .host = HostAddress(&Ext4DaWriteBegin),
       .size = 0x250,
       .allocator_call = 0xd8,
       .calls = kExt4DaWriteBeginCalls},
      {.name = "__filemap_get_folio",
       .host = HostAddress(&FilemapGetFolio),
       .size = 0x300,
       .allocator_call = 0x1a9,
       .calls = kFilemapGetFolioCalls},
      {.name = "ksys_read",
       .host = HostAddress(&KsysRead),
       .size = 0xf0,
       .allocator_call = 0x6a,
       .calls = kKsysReadCalls},  // not recorded
      {.name = "vfs_read",
       .host = HostAddress(&VfsRead),
       .size = 0x360,
       .allocator_call = 0x21c,
       .calls = kVfsReadCalls},  // not recorded
      {.name = "filemap_read",
       .host = HostAddress(&FilemapRead),
       .size = 0x3a0,
       .allocator_call = 0xd4,
       .calls = kFilemapReadCalls},  // not recorded
      {.name = "filemap_get_pages",
       .host = HostAddress(&FilemapGetPages),
       .size = 0x680,
       .allocator_call = 0x10b,
       .calls = kFilemapGetPagesCalls},  // not recorded
      {.name = "page_cache_ra_unbounded",
       .host = HostAddress(&PageCacheRaUnbounded),
       .size = 0x1e0,
       .allocator_call = 0x9c,
       .calls = kPageCacheRaUnboundedCalls},  // not recorded
      // Slab.
      {.name = "new_slab",
       .host = HostAddress(&NewSlab),
       .size = 0x430,
       .allocator_call = 0x364,
       .calls = kNewSlabCalls},
      {.name = "___slab_alloc",
       .host = HostAddress(&SlabAlloc),
       .size = 0xad0,
       .allocator_call = 0x6fe,
       .calls = kSlabAllocCalls},
      {.name = "kmem_cache_alloc_noprof",
       .host = HostAddress(&KmemCacheAlloc),
       .size = 0x2b0,
       .allocator_call = 0x257,
       .calls = kKmemCacheAllocCalls},
      {.name = "kmem_cache_alloc_lru_noprof",
       .host = HostAddress(&KmemCacheAllocLru),
       .size = 0x2c0,
       .allocator_call = 0x25a,
       .calls = kKmemCacheAllocLruCalls},
      {.name = "kmem_cache_alloc_node_noprof",
       .host = HostAddress(&KmemCacheAllocNode),
       .size = 0x2c0,
       .allocator_call = 0xb4,
       .calls = kKmemCacheAllocNodeCalls},
      {.name = "__kmalloc_node_track_caller_noprof",
       .host = HostAddress(&KmallocNodeTrackCaller),
       .size = 0x3c0,
       .allocator_call = 0x121,
       .calls = kKmallocNodeTrackCallerCalls},
      {.name = "__x64_sys_openat",
       .host = HostAddress(&SysOpenat),
       .size = 0xa0,
       .allocator_call = 0x69,
       .calls = kSysOpenatCalls},
      {.name = "do_sys_openat2",
       .host = HostAddress(&DoSysOpenat2),
       .size = 0xe0,
       .allocator_call = 0xa6,
       .calls = kDoSysOpenat2Calls},
      {.name = "do_filp_open",
       .host = HostAddress(&DoFilpOpen),
       .size = 0x160,
       .allocator_call = 0xbf,
       .calls = kDoFilpOpenCalls},
      {.name = "path_openat",
       .host = HostAddress(&PathOpenat),
       .size = 0x1260,
       .allocator_call = 0xb66,
       .calls = kPathOpenatCalls},
      {.name = "d_alloc_parallel",
       .host = HostAddress(&DAllocParallel),
       .size = 0x3a0,
       .allocator_call = 0x5e,
       .calls = kDAllocParallelCalls},
      {.name = "__d_alloc",
       .host = HostAddress(&DAlloc),
       .size = 0x1d0,
       .allocator_call = 0x24,
       .calls = kDAllocCalls},
      // Processes. copy_process calls mm_init and copy_page_range at offsets
      // that no recording has; nor has copy_page_range any.
      {.name = "__do_sys_clone",
       .host = HostAddress(&DoSysClone),
       .size = 0x90,
       .allocator_call = 0x66,
       .calls = kDoSysCloneCalls},
      {.name = "kernel_clone",
       .host = HostAddress(&KernelClone),
       .size = 0x390,
       .allocator_call = 0xbd,
       .calls = kKernelCloneCalls},
      {.name = "copy_process",
       .host = HostAddress(&CopyProcess),
       .size = 0x2770,
       .allocator_call = 0x20ab,
       .calls = kCopyProcessCalls},
      {.name = "vm_area_dup",
       .host = HostAddress(&VmAreaDup),
       .size = 0xa0,
       .allocator_call = 0x1a,
       .calls = kVmAreaDupCalls},
      {.name = "mm_init.constprop.0",
       .host = HostAddress(&MmInit),
       .size = 0x350,
       .allocator_call = 0x17e,
       .calls = kMmInitCalls},
      {.name = "pgd_alloc",
       .host = HostAddress(&PgdAlloc),
       .size = 0x170,
       .allocator_call = 0x1d,
       .calls = kPgdAllocCalls},
      {.name = "copy_page_range",
       .host = HostAddress(&CopyPageRange),
       .size = 0xd60,
       .allocator_call = 0x3c8,
       .calls = kCopyPageRangeCalls},
      // vmalloc.
      {.name = "__do_sys_swapon",
       .host = HostAddress(&SysSwapon),
       .size = 0x13e0,
       .allocator_call = 0x8cd,
       .calls = kSysSwaponCalls},
      {.name = "__vmalloc_node_noprof",
       .host = HostAddress(&VmallocNode),
       .size = 0x60,
       .allocator_call = 0x43,
       .calls = kVmallocNodeCalls},
      {.name = "__vmalloc_node_range_noprof",
       .host = HostAddress(&VmallocNodeRange),
       .size = 0x7e0,
       .allocator_call = 0x399,
       .calls = kVmallocNodeRangeCalls},
      // Sockets.
      {.name = "__x64_sys_sendto",
       .host = HostAddress(&SysSendto),
       .size = 0x30,
       .allocator_call = 0x1f,
       .calls = kSysSendtoCalls},
      {.name = "__sys_sendto",
       .host = HostAddress(&SysSendtoInner),
       .size = 0x1c0,
       .allocator_call = 0x1b0,
       .calls = kSysSendtoInnerCalls},
      {.name = "unix_dgram_sendmsg",
       .host = HostAddress(&UnixDgramSendmsg),
       .size = 0x980,
       .allocator_call = 0x14b,
       .calls = kUnixDgramSendmsgCalls},
      {.name = "sock_alloc_send_pskb",
       .host = HostAddress(&SockAllocSendPskb),
       .size = 0x260,
       .allocator_call = 0x221,
       .calls = kSockAllocSendPskbCalls},
      {.name = "alloc_skb_with_frags",
       .host = HostAddress(&AllocSkbWithFrags),
       .size = 0x1e0,
       .allocator_call = 0x45,
       .calls = kAllocSkbWithFragsCalls},
      {.name = "__alloc_skb",
       .host = HostAddress(&AllocSkb),
       .size = 0x1a0,
       .allocator_call = 0x87,
       .calls = kAllocSkbCalls},
      {.name = "kmalloc_reserve",
       .host = HostAddress(&KmallocReserve),
       .size = 0xf0,
       .allocator_call = 0x5d,
       .calls = kKmallocReserveCalls},
      // The receive ring: recorded up to smpboot_thread_fn.
      {.name = "ret_from_fork_asm",
       .host = HostAddress(&RetFromForkAsm),
       .size = 0x30,
       .allocator_call = 0x1a,
       .calls = kRetFromForkAsmCalls},
      {.name = "ret_from_fork",
       .host = HostAddress(&RetFromFork),
       .size = 0x50,
       .allocator_call = 0x2f,
       .calls = kRetFromForkCalls},
      {.name = "kthread",
       .host = HostAddress(&Kthread),
       .size = 0xe0,
       .allocator_call = 0xbb,
       .calls = kKthreadCalls},
      {.name = "smpboot_thread_fn",
       .host = HostAddress(&SmpbootThreadFn),
       .size = 0x150,
       .allocator_call = 0xaf,
       .calls = kSmpbootThreadFnCalls},
      {.name = "run_ksoftirqd",
       .host = HostAddress(&RunKsoftirqd),
       .size = 0x40,
       .allocator_call = 0x2d,
       .calls = kRunKsoftirqdCalls},  // not recorded
      {.name = "handle_softirqs",
       .host = HostAddress(&HandleSoftirqs),
       .size = 0x2b0,
       .allocator_call = 0xd6,
       .calls = kHandleSoftirqsCalls},  // not recorded
      {.name = "net_rx_action",
       .host = HostAddress(&NetRxAction),
       .size = 0x320,
       .allocator_call = 0x14a,
       .calls = kNetRxActionCalls},  // not recorded
      {.name = "__napi_poll",
       .host = HostAddress(&NapiPoll),
       .size = 0x1b0,
       .allocator_call = 0x2b,
       .calls = kNapiPollCalls},  // not recorded
      {.name = "nicdrv_poll",
       .host = HostAddress(&NicdrvPoll),
       .size = 0x3d0,
       .allocator_call = 0x1b7,
       .calls = kNicdrvPollCalls,
       .module = "nicdrv"},
      {.name = "nicdrv_alloc_rx_buffers",
       .host = HostAddress(&NicdrvAllocRxBuffers),
       .size = 0x1a0,
       .allocator_call = 0x5d,
       .calls = kNicdrvAllocRxBuffersCalls,
       .module = "nicdrv"},
  };
  return functions;
}

}  // namespace pagelab
