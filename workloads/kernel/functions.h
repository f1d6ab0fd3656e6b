// The simulated kernel's functions, named after the kernel's: the comment
// behind each is the symbol that it has in a dump. A function returns false
// when memory is out.
//
// Kernel counterparts: mm/, fs/, kernel/fork.c, net/; each reduced to the
// calls that lead to the page allocator.

#ifndef PAGELAB_WORKLOADS_KERNEL_FUNCTIONS_H_
#define PAGELAB_WORKLOADS_KERNEL_FUNCTIONS_H_

#include "pagelab/workloads/kernel/kernel_path.h"

namespace pagelab::kernel {

// What a function wants of those below it.
struct PageWant {
  Gfp gfp;
  Order order;
  PageFlags flags;
  PageUse use = PageUse::kUncounted;
};

// Not a kernel function, and in no stack: takes the block from the machine.
bool TakePages(KernelRequest& request, const PageWant& want);
// Gives back what the request holds beyond `kept` blocks.
void UndoTo(KernelRequest& request, size_t kept);

// Page allocation with a policy: every path ends here.
bool AllocPagesMpol(KernelRequest&,
                    const PageWant&);                 // alloc_pages_mpol_noprof
bool GetFreePages(KernelRequest&, const PageWant&);   // get_free_pages_noprof
bool VmaAllocFolio(KernelRequest&, const PageWant&);  // vma_alloc_folio_noprof
bool FolioAlloc(KernelRequest&, const PageWant&);     // folio_alloc_noprof
bool FolioAllocMpol(KernelRequest&,
                    const PageWant&);  // folio_alloc_mpol_noprof

// Page faults of user space.
enum class FaultKind : uint8_t {
  kAnonymous,
  kCopyOnWrite,
  kHuge,
  kPageTable,
  kSwap
};
bool AsmExcPageFault(KernelRequest&, FaultKind);     // asm_exc_page_fault
bool ExcPageFault(KernelRequest&, FaultKind);        // exc_page_fault
bool DoUserAddrFault(KernelRequest&, FaultKind);     // do_user_addr_fault
bool HandleMmFault(KernelRequest&, FaultKind);       // handle_mm_fault
bool HandleMmFaultInner(KernelRequest&, FaultKind);  // __handle_mm_fault
bool DoWpPage(KernelRequest&);                       // do_wp_page
bool DoHugePmdAnonymousPage(KernelRequest&);  // do_huge_pmd_anonymous_page
bool PteAlloc(KernelRequest&);                // __pte_alloc
bool DoSwapPage(KernelRequest&);              // do_swap_page
bool SwapinReadahead(KernelRequest&);         // swapin_readahead
bool SwapClusterReadahead(KernelRequest&);    // swap_cluster_readahead
bool ReadSwapCacheAsync(KernelRequest&);      // __read_swap_cache_async
bool PteAllocOne(KernelRequest&, const PageWant&);  // pte_alloc_one

// System calls.
using Syscall = bool (*)(KernelRequest&);
bool EntrySyscall64(KernelRequest&, Syscall);  // entry_SYSCALL_64_after_hwframe
bool DoSyscall64(KernelRequest&, Syscall);     // do_syscall_64

// Files: the page cache, tmpfs and pipes.
using FileOperation = bool (*)(KernelRequest&);
bool KsysWriteTmpfs(KernelRequest&);
bool KsysWriteExt4(KernelRequest&);
bool KsysWritePipe(KernelRequest&);
bool KsysWrite(KernelRequest&, FileOperation);  // ksys_write
bool VfsWrite(KernelRequest&, FileOperation);   // vfs_write
bool ShmemFileWriteIter(KernelRequest&);        // shmem_file_write_iter
bool Ext4BufferedWriteIter(KernelRequest&);     // ext4_buffered_write_iter
bool PipeWrite(KernelRequest&);                 // pipe_write
bool GenericPerformWrite(KernelRequest&, FileOperation);
// generic_perform_write
bool ShmemWriteBegin(KernelRequest&);        // shmem_write_begin
bool ShmemGetFolioGfp(KernelRequest&);       // shmem_get_folio_gfp
bool ShmemAllocAndAddFolio(KernelRequest&);  // shmem_alloc_and_add_folio
bool ShmemAllocFolio(KernelRequest&);        // shmem_alloc_folio
bool Ext4DaWriteBegin(KernelRequest&);       // ext4_da_write_begin
bool FilemapGetFolio(KernelRequest&);        // __filemap_get_folio
bool ShmemSwapinFolio(KernelRequest&);       // shmem_swapin_folio
bool SysFallocate(KernelRequest&);           // __x64_sys_fallocate
bool VfsFallocate(KernelRequest&);           // vfs_fallocate
bool ShmemFallocate(KernelRequest&);         // shmem_fallocate
bool KsysReadExt4(KernelRequest&);
bool KsysReadTmpfs(KernelRequest&);
bool KsysRead(KernelRequest&, FileOperation);  // ksys_read
bool VfsRead(KernelRequest&, FileOperation);   // vfs_read
bool ShmemFileReadIter(KernelRequest&);        // shmem_file_read_iter
bool FilemapRead(KernelRequest&);              // filemap_read
bool FilemapGetPages(KernelRequest&);          // filemap_get_pages
bool PageCacheRaUnbounded(KernelRequest&);     // page_cache_ra_unbounded

// Slab refills.
bool NewSlab(KernelRequest&, const PageWant&);    // new_slab
bool SlabAlloc(KernelRequest&, const PageWant&);  // ___slab_alloc
bool KmemCacheAlloc(KernelRequest&,
                    const PageWant&);  // kmem_cache_alloc_noprof
bool KmemCacheAllocLru(KernelRequest&, const PageWant&);
// kmem_cache_alloc_lru_noprof
bool KmemCacheAllocNode(KernelRequest&, const PageWant&);
// kmem_cache_alloc_node_noprof
bool KmallocNodeTrackCaller(KernelRequest&, const PageWant&);
// __kmalloc_node_track_caller_noprof
bool SysOpenat(KernelRequest&);       // __x64_sys_openat
bool DoSysOpenat2(KernelRequest&);    // do_sys_openat2
bool DoFilpOpen(KernelRequest&);      // do_filp_open
bool PathOpenat(KernelRequest&);      // path_openat
bool DAllocParallel(KernelRequest&);  // d_alloc_parallel
bool DAlloc(KernelRequest&);          // __d_alloc

// Processes.
bool SysCloneFork(KernelRequest&);
bool SysCloneVma(KernelRequest&);
bool SysCloneProcess(KernelRequest&);
bool SysCloneTable(KernelRequest&);
bool DoSysClone(KernelRequest&, Syscall);   // __do_sys_clone
bool KernelClone(KernelRequest&, Syscall);  // kernel_clone
enum class CloneKind : uint8_t { kWhole, kProcess, kVmaOnly, kPageTable };
bool CopyProcess(KernelRequest&, CloneKind);  // copy_process
bool VmAreaDup(KernelRequest&);               // vm_area_dup
bool MmInit(KernelRequest&);                  // mm_init.constprop.0
bool PgdAlloc(KernelRequest&);                // pgd_alloc
bool CopyPageRange(KernelRequest&);           // copy_page_range

// vmalloc.
bool SysSwapon(KernelRequest&);                     // __do_sys_swapon
bool VmallocNode(KernelRequest&, const PageWant&);  // __vmalloc_node_noprof
bool VmallocNodeRange(KernelRequest&, const PageWant&);
// __vmalloc_node_range_noprof

// Sockets.
bool SysSendto(KernelRequest&);          // __x64_sys_sendto
bool SysSendtoInner(KernelRequest&);     // __sys_sendto
bool UnixDgramSendmsg(KernelRequest&);   // unix_dgram_sendmsg
bool SockAllocSendPskb(KernelRequest&);  // sock_alloc_send_pskb
bool AllocSkbWithFrags(KernelRequest&);  // alloc_skb_with_frags
bool AllocSkb(KernelRequest&);           // __alloc_skb
bool KmallocReserve(KernelRequest&);     // kmalloc_reserve
bool TcpSendmsg(KernelRequest&);         // tcp_sendmsg
bool TcpSendmsgLocked(KernelRequest&);   // tcp_sendmsg_locked
bool SkPageFragRefill(KernelRequest&);   // sk_page_frag_refill
bool SkbPageFragRefill(KernelRequest&);  // skb_page_frag_refill

// The receive ring of nicdrv, a network driver that exists only here.
bool RetFromForkAsm(KernelRequest&);        // ret_from_fork_asm
bool RetFromFork(KernelRequest&);           // ret_from_fork
bool Kthread(KernelRequest&);               // kthread
bool SmpbootThreadFn(KernelRequest&);       // smpboot_thread_fn
bool RunKsoftirqd(KernelRequest&);          // run_ksoftirqd
bool HandleSoftirqs(KernelRequest&);        // handle_softirqs
bool NetRxAction(KernelRequest&);           // net_rx_action
bool NapiPoll(KernelRequest&);              // __napi_poll
bool NicdrvPoll(KernelRequest&);            // nicdrv_poll [nicdrv]
bool NicdrvAllocRxBuffers(KernelRequest&);  // nicdrv_alloc_rx_buffers [nicdrv]
bool NicdrvReceive(KernelRequest&);         // nicdrv_receive [nicdrv]
bool NapiAllocSkb(KernelRequest&);          // napi_alloc_skb
bool PageFragAllocAlign(KernelRequest&);    // __page_frag_alloc_align

// Not a function but a module of 4,095 of them, all alike, as generated code
// is: each allocation comes from another place in [sitegen], drawn by chance.
bool SitegenAlloc(KernelRequest&);
// The same from the bottom of a call chain that is deeper than a stored stack.
bool KbuildAlloc(KernelRequest&);

}  // namespace pagelab::kernel

#endif  // PAGELAB_WORKLOADS_KERNEL_FUNCTIONS_H_
