// The simulated kernel's functions on the ways by which it allocates for
// itself: slabs, vmalloc, drivers, CMA, hugetlb. As functions.h.

#ifndef PAGELAB_WORKLOADS_KERNEL_KERNEL_MEMORY_FUNCTIONS_H_
#define PAGELAB_WORKLOADS_KERNEL_KERNEL_MEMORY_FUNCTIONS_H_

#include "pagelab/workloads/kernel/functions.h"

namespace pagelab::kernel {

// labdrv, a driver that exists only here and allocates whatever a scenario
// wants: the leaf of the request says how.
bool SysIoctl(KernelRequest&);     // __x64_sys_ioctl
bool LabdrvIoctl(KernelRequest&);  // labdrv_ioctl [labdrv]

// kmalloc.
bool Kmalloc(KernelRequest&, const PageWant&);  // __kmalloc_noprof
bool KmallocLargeNode(KernelRequest&, const PageWant&);
// __kmalloc_large_node_noprof
bool KmallocLargeNodeInner(KernelRequest&, const PageWant&);
// ___kmalloc_large_node

// open(2): struct file, and inodes of new files.
bool AllocEmptyFile(KernelRequest&);  // alloc_empty_file
using AllocInodeOf = bool (*)(KernelRequest&);
bool NewInode(KernelRequest&, AllocInodeOf);    // new_inode
bool AllocInode(KernelRequest&, AllocInodeOf);  // alloc_inode
bool ShmemMknod(KernelRequest&);                // shmem_mknod
bool ShmemGetInode(KernelRequest&);             // __shmem_get_inode
bool ShmemAllocInode(KernelRequest&);           // shmem_alloc_inode
bool Ext4Create(KernelRequest&);                // ext4_create
bool Ext4NewInode(KernelRequest&);              // __ext4_new_inode
bool Ext4AllocInode(KernelRequest&);            // ext4_alloc_inode

// getdents(2) in /proc.
bool SysGetdents64(KernelRequest&);          // __x64_sys_getdents64
bool IterateDir(KernelRequest&);             // iterate_dir
bool ProcPidentReaddir(KernelRequest&);      // proc_pident_readdir
bool ProcFillCache(KernelRequest&);          // proc_fill_cache
bool ProcPidentInstantiate(KernelRequest&);  // proc_pident_instantiate
bool ProcPidMakeInode(KernelRequest&);       // proc_pid_make_inode
bool ProcAllocInode(KernelRequest&);         // proc_alloc_inode

// stat(2) in /sys.
bool SysNewfstatat(KernelRequest&);    // __do_sys_newfstatat
bool VfsFstatat(KernelRequest&);       // vfs_fstatat
bool VfsStatx(KernelRequest&);         // vfs_statx
bool FilenameLookup(KernelRequest&);   // filename_lookup
bool PathLookupat(KernelRequest&);     // path_lookupat
bool WalkComponent(KernelRequest&);    // walk_component
bool LookupSlow(KernelRequest&);       // __lookup_slow
bool KernfsIopLookup(KernelRequest&);  // kernfs_iop_lookup
bool KernfsGetInode(KernelRequest&);   // kernfs_get_inode
bool IgetLocked(KernelRequest&);       // iget_locked

// The trees and buffers of the page cache.
bool ShmemAddToPageCache(KernelRequest&);  // shmem_add_to_page_cache
bool XasStore(KernelRequest&);             // xas_store
bool XasCreate(KernelRequest&);            // xas_create
bool XasAlloc(KernelRequest&);             // xas_alloc
bool Ext4BlockWriteBegin(KernelRequest&);  // ext4_block_write_begin
bool CreateEmptyBuffers(KernelRequest&);   // create_empty_buffers
bool FolioAllocBuffers(KernelRequest&);    // folio_alloc_buffers
bool AllocBufferHead(KernelRequest&);      // alloc_buffer_head

bool AnonVmaFork(KernelRequest&);  // anon_vma_fork

// vmalloc: KernelRequest::count pages.
bool AllocPagesBulkArrayMempolicy(KernelRequest&, const PageWant&);
// alloc_pages_bulk_array_mempolicy_noprof
bool AllocPagesBulk(KernelRequest&, const PageWant&);
// alloc_pages_bulk_noprof
// Not a kernel function: pages [begin, end) of the array that the area's pages
// are noted in are pages of a vmalloc area themselves.
bool VmallocPages(KernelRequest&, const PageWant&);

// Drivers.
bool AllocPagesExact(KernelRequest&, const PageWant&);
// alloc_pages_exact_noprof
bool DmaAllocAttrs(KernelRequest&);        // dma_alloc_attrs
bool DmaDirectAlloc(KernelRequest&);       // dma_direct_alloc
bool DmaDirectAllocPages(KernelRequest&);  // __dma_direct_alloc_pages

// CMA, by its debugfs file: the leaf of the request allocates.
bool FullProxyWrite(KernelRequest&);    // full_proxy_write
bool DebugfsAttrWrite(KernelRequest&);  // debugfs_attr_write
bool SimpleAttrWrite(KernelRequest&);
// simple_attr_write_xsigned.constprop.0.isra.0
bool CmaAllocWrite(KernelRequest&);  // cma_alloc_write
bool CmaAlloc(KernelRequest&);       // __cma_alloc

// Huge pages, by their sysctl.
bool ProcSysCallHandler(KernelRequest&);    // proc_sys_call_handler
bool HugetlbSysctlHandler(KernelRequest&);  // hugetlb_sysctl_handler
bool NrHugepagesStore(KernelRequest&);      // __nr_hugepages_store_common
bool AllocPoolHugeFolio(KernelRequest&);    // alloc_pool_huge_folio
bool AllocFreshHugetlbFolio(KernelRequest&);
// only_alloc_fresh_hugetlb_folio
bool AllocBuddyHugetlbFolio(KernelRequest&);
// alloc_buddy_hugetlb_folio.isra.0

}  // namespace pagelab::kernel

#endif  // PAGELAB_WORKLOADS_KERNEL_KERNEL_MEMORY_FUNCTIONS_H_
