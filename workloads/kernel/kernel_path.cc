#include "pagelab/workloads/kernel/kernel_path.h"

#include "pagelab/workloads/kernel/function_tables.h"
#include "pagelab/workloads/kernel/functions.h"

namespace pagelab {
namespace {

using kernel::FaultKind;

// As recorded for each of the paths.
constexpr Gfp kSlab =
    gfp::kKernel.With(gfp::kNowarn).With(gfp::kNoretry).With(gfp::kComp);
constexpr Gfp kLargeSlab = gfp::kIo.With(gfp::kFs)
                               .With(gfp::kNowarn)
                               .With(gfp::kNoretry)
                               .With(gfp::kComp)
                               .With(gfp::kNomemalloc);
constexpr Gfp kVmalloc =
    gfp::kKernel.With(gfp::kHighmem).With(gfp::kNowarn).With(gfp::kZero);
constexpr Gfp kUserPage = gfp::kHighuserMovable.With(gfp::kComp);
constexpr Gfp kHugePage =
    gfp::kTranshuge.With(gfp::kNoretry).With(gfp::kThisnode);
// Not recorded: the mask of reading ahead.
constexpr Gfp kReadAhead = kUserPage.With(gfp::kNowarn).With(gfp::kNoretry);
// Not recorded: the mask of most drivers for receive buffers.
constexpr Gfp kReceiveBuffer = gfp::kAtomic.With(gfp::kNowarn);

template <FaultKind kind>
bool Fault(KernelRequest& request) {
  return kernel::AsmExcPageFault(request, kind);
}

template <kernel::Syscall call>
bool Enter(KernelRequest& request) {
  return kernel::EntrySyscall64(request, call);
}

constexpr KernelPath kPaths[] = {
    {"__d_alloc", "open(2) of a new name: a slab of dentries",
     kSlab.With(gfp::kReclaimable), Order(0), &Enter<&kernel::SysOpenat>},
    {"__pte_alloc", "page fault: the page table itself", gfp::kKernelAccount,
     Order(0), &Fault<FaultKind::kPageTable>},
    {"__vmalloc_node_noprof", "a page of a vmalloc area", kVmalloc, Order(0),
     &Enter<&kernel::SysSwapon>},
    {"do_huge_pmd_anonymous_page", "page fault: a transparent huge page",
     kHugePage, Order(9), &Fault<FaultKind::kHuge>},
    {"do_wp_page", "page fault: copy on write", kUserPage, Order(0),
     &Fault<FaultKind::kCopyOnWrite>},
    {"ext4_buffered_write_iter", "write(2) to a file: the page cache",
     kUserPage.With(gfp::kWrite), Order(0), &Enter<&kernel::KsysWriteExt4>},
    {"filemap_read", "read(2) of a file: the page cache", kReadAhead, Order(0),

     &Enter<&kernel::KsysReadExt4>},
    {"handle_mm_fault", "page fault: first touch of anonymous memory",
     kUserPage.With(gfp::kZero), Order(0), &Fault<FaultKind::kAnonymous>},
    {"kbuild_alloc",
     "a kernel build: call chains of 16 frames, from 4,095 places",
     gfp::kKernel, Order(0), &kernel::KbuildAlloc},
    {"kernel_clone",
     "fork(2): a slab of tasks, a kernel stack, a top-level and a leaf page "
     "table",
     kVmalloc, Order(0), &Enter<&kernel::SysCloneFork>},
    {"kmem_cache_alloc_noprof", "fork(2): a slab of memory areas", kSlab,
     Order(0), &Enter<&kernel::SysCloneVma>},
    {"nicdrv_alloc_rx_buffers", "a network driver fills its receive ring",
     kReceiveBuffer, Order(0), &kernel::RetFromForkAsm},
    {"pipe_write", "write(2) to a pipe", gfp::kHighuser.With(gfp::kAccount),
     Order(0), &Enter<&kernel::KsysWritePipe>},
    {"shmem_file_write_iter", "write(2) to a file in tmpfs", kUserPage,
     Order(0), &Enter<&kernel::KsysWriteTmpfs>},
    {"sitegen_alloc",
     "generated code: each allocation has a call stack of its own",
     gfp::kKernel, Order(0), &kernel::SitegenAlloc},
    {"unix_dgram_sendmsg", "sendto(2) on a UNIX socket: a slab of buffers",
     kLargeSlab, Order(3), &Enter<&kernel::SysSendto>},
};

}  // namespace

absl::Span<const KernelPath> CorePaths() { return kPaths; }

}  // namespace pagelab
