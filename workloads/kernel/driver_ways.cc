#include "pagelab/workloads/kernel/driver_ways.h"

#include <algorithm>
#include <array>

#include "pagelab/workloads/kernel/kernel_memory_functions.h"

namespace pagelab {
namespace kernel {
namespace {

// What vmalloc asks the bulk allocator for at once.
constexpr uint64_t kVmallocBulk = 100;
constexpr uint64_t kPointerBytes = 8;

PageWant DriverWant(const KernelRequest& request) {
  return {request.gfp, request.order, PageFlags()};
}

bool DriverPages(KernelRequest& request) {
  return AllocPagesMpol(request, DriverWant(request));
}
bool DriverExact(KernelRequest& request) {
  return AllocPagesExact(request, DriverWant(request));
}
bool DriverVmalloc(KernelRequest& request) {
  return VmallocNode(request,
                     {request.gfp, Order(0), PageFlags(), PageUse::kVmalloc});
}
bool ThreadStack(KernelRequest& request) {
  return VmallocNodeRange(
      request, {request.gfp, Order(0), PageFlags(), PageUse::kKernelStack});
}

template <Syscall call, bool (*leaf)(KernelRequest&)>
bool Enter(KernelRequest& request) {
  request.leaf = leaf;
  return EntrySyscall64(request, call);
}

// Pages that the bulk allocator gives, to the request. False: none.
bool TakeBulk(KernelRequest& request, const PageWant& want) {
  std::array<Page*, kVmallocBulk> pages{};
  const size_t count = std::min<size_t>(request.count.value(), pages.size());
  const size_t got = request.machine.allocator().AllocPagesBulk(
      request.context, {want.gfp, Order(0), request.node},
      absl::MakeSpan(pages).first(count));
  request.machine.clock().Advance(request.machine.config().call_duration);
  request.context.now = request.machine.clock().now();
  for (size_t i = 0; i < got; ++i) {
    request.blocks.push_back(
        {pages[i], Order(0), want.flags, want.gfp, want.use});
  }
  return got > 0;
}

// The rest of an exact block goes back (make_alloc_exact()).
void TrimToExact(KernelRequest& request, PageCount count) {
  const KernelRequest::Allocated whole = request.blocks.back();
  request.blocks.pop_back();
  PageAllocator& allocator = request.machine.allocator();
  allocator.SplitPage(whole.page, whole.order);
  for (uint64_t i = count.value(); i < whole.order.pages(); ++i) {
    Page& tail = whole.page[i];
    if (allocator.FreePrepare(request.context, tail, Order(0))) {
      allocator.FreeCommit(request.context, tail, Order(0), FpiFlags::kToTail);
    }
  }
  for (uint64_t i = 0; i < count.value(); ++i) {
    KernelRequest::Allocated page = whole;
    page.page = whole.page + i;
    page.order = Order(0);
    request.blocks.push_back(page);
  }
}

}  // namespace

// What there is of vm_area_alloc_pages(): bulk requests until one is cut
// short, as each is with page_owner (page-allocator.md 15.1), then page by
// page.
bool VmallocPages(KernelRequest& request, const PageWant& want) {
  const size_t before = request.blocks.size();
  const PageCount pages = request.count;
  bool got = true;
  // The array that notes the pages, if it is more than a page itself.
  const uint64_t array = pages.value() * kPointerBytes;
  if (array > kPageSize) {
    PageWant of_array = want;
    of_array.gfp = want.gfp.With(gfp::kZero);
    request.count = PageCount((array + kPageSize - 1) / kPageSize);
    got = VmallocNode(request, of_array);
    request.count = pages;
  }
  const size_t first = request.blocks.size();
  while (got && request.blocks.size() - first < pages.value()) {
    const uint64_t left = pages.value() - (request.blocks.size() - first);
    const uint64_t wanted = std::min(left, kVmallocBulk);
    request.count = PageCount(wanted);
    const size_t had = request.blocks.size();
    AllocPagesBulkArrayMempolicy(request, want);
    if (request.blocks.size() - had < wanted) break;
  }
  request.count = pages;
  while (got && request.blocks.size() - first < pages.value()) {
    got = AllocPagesMpol(request, want);
  }
  if (!got) UndoTo(request, before);
  return got;
}

PAGELAB_KERNEL_FUNCTION bool AllocPagesBulkArrayMempolicy(
    KernelRequest& request, const PageWant& want) {
  return AllocPagesBulk(request, want);
}

PAGELAB_KERNEL_FUNCTION bool AllocPagesBulk(KernelRequest& request,
                                            const PageWant& want) {
  return TakeBulk(request, want);
}

PAGELAB_KERNEL_FUNCTION bool AllocPagesExact(KernelRequest& request,
                                             const PageWant& want) {
  const PageCount count = request.count;
  PageWant block = want;
  block.gfp = want.gfp.Without(gfp::kComp);
  int order = 0;
  while (Order(order).pages() < count.value()) ++order;
  block.order = Order(order);
  if (!AllocPagesMpol(request, block)) return false;
  TrimToExact(request, count);
  return true;
}

PAGELAB_KERNEL_FUNCTION bool DmaAllocAttrs(KernelRequest& request) {
  return DmaDirectAlloc(request);
}

PAGELAB_KERNEL_FUNCTION bool DmaDirectAlloc(KernelRequest& request) {
  return DmaDirectAllocPages(request);
}

PAGELAB_KERNEL_FUNCTION bool DmaDirectAllocPages(KernelRequest& request) {
  return TakePages(request, DriverWant(request));
}

PAGELAB_KERNEL_FUNCTION bool FullProxyWrite(KernelRequest& request) {
  return DebugfsAttrWrite(request);
}

PAGELAB_KERNEL_FUNCTION bool DebugfsAttrWrite(KernelRequest& request) {
  return SimpleAttrWrite(request);
}

PAGELAB_KERNEL_FUNCTION bool SimpleAttrWrite(KernelRequest& request) {
  return CmaAllocWrite(request);
}

PAGELAB_KERNEL_FUNCTION bool CmaAllocWrite(KernelRequest& request) {
  return CmaAlloc(request);
}

PAGELAB_KERNEL_FUNCTION bool CmaAlloc(KernelRequest& request) {
  return TakePages(request, DriverWant(request));
}

PAGELAB_KERNEL_FUNCTION bool ProcSysCallHandler(KernelRequest& request) {
  return HugetlbSysctlHandler(request);
}

PAGELAB_KERNEL_FUNCTION bool HugetlbSysctlHandler(KernelRequest& request) {
  return NrHugepagesStore(request);
}

PAGELAB_KERNEL_FUNCTION bool NrHugepagesStore(KernelRequest& request) {
  return AllocPoolHugeFolio(request);
}

PAGELAB_KERNEL_FUNCTION bool AllocPoolHugeFolio(KernelRequest& request) {
  return AllocFreshHugetlbFolio(request);
}

PAGELAB_KERNEL_FUNCTION bool AllocFreshHugetlbFolio(KernelRequest& request) {
  return AllocBuddyHugetlbFolio(request);
}

PAGELAB_KERNEL_FUNCTION bool AllocBuddyHugetlbFolio(KernelRequest& request) {
  return TakePages(request, DriverWant(request));
}

namespace {

// Not kernel functions: what ksys_write() finds in the file.
bool WriteCma(KernelRequest& request) {
  return KsysWrite(request, &FullProxyWrite);
}
bool WriteSysctl(KernelRequest& request) {
  return KsysWrite(request, &ProcSysCallHandler);
}

constexpr Gfp kVmallocMask =
    gfp::kKernel.With(gfp::kHighmem).With(gfp::kNowarn);
// As recorded: htlb_alloc_mask() and what alloc_buddy_hugetlb_folio() adds.
constexpr Gfp kHugetlbMask = gfp::kHighuserMovable.With(gfp::kNowarn)
                                 .With(gfp::kRetryMayfail)
                                 .With(gfp::kComp)
                                 .With(gfp::kThisnode);

constexpr KernelPath kVmallocWay{"__vmalloc_node_noprof",
                                 "vmalloc() by a driver", kVmallocMask,
                                 Order(0), &Enter<&SysIoctl, &DriverVmalloc>};
constexpr KernelPath kThreadStackWay{"__vmalloc_node_range_noprof",
                                     "clone(2): the stack of a thread",
                                     kVmallocMask.With(gfp::kZero), Order(0),
                                     &Enter<&SysCloneProcess, &ThreadStack>};
constexpr KernelPath kDriverPagesWay{"labdrv_ioctl",
                                     "alloc_pages() by a driver", gfp::kKernel,
                                     Order(0), &Enter<&SysIoctl, &DriverPages>};
constexpr KernelPath kDriverExactWay{
    "alloc_pages_exact_noprof", "alloc_pages_exact() by a driver", gfp::kKernel,
    Order(0), &Enter<&SysIoctl, &DriverExact>};
constexpr KernelPath kDmaWay{"dma_alloc_attrs",
                             "dma_alloc_coherent() by a driver",
                             gfp::kKernel.With(gfp::kDma32), Order(0),
                             &Enter<&SysIoctl, &DmaAllocAttrs>};
constexpr KernelPath kCmaWay{"__cma_alloc", "cma_alloc() by its debugfs file",
                             gfp::kKernel, Order(0),
                             &Enter<&WriteCma, nullptr>};
constexpr KernelPath kHugetlbWay{"alloc_pool_huge_folio",
                                 "a huge page for the pool", kHugetlbMask,
                                 Order(9), &Enter<&WriteSysctl, nullptr>};

}  // namespace
}  // namespace kernel

const KernelPath& VmallocPath() { return kernel::kVmallocWay; }
const KernelPath& ThreadStackPath() { return kernel::kThreadStackWay; }
const KernelPath& DriverPagesPath() { return kernel::kDriverPagesWay; }
const KernelPath& DriverExactPath() { return kernel::kDriverExactWay; }
const KernelPath& DmaPath() { return kernel::kDmaWay; }
const KernelPath& CmaPath() { return kernel::kCmaWay; }
const KernelPath& HugetlbPath() { return kernel::kHugetlbWay; }

}  // namespace pagelab
