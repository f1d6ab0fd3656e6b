#ifndef PAGELAB_WORKLOADS_KERNEL_DRIVER_WAYS_H_
#define PAGELAB_WORKLOADS_KERNEL_DRIVER_WAYS_H_

#include "pagelab/workloads/kernel/kernel_path.h"

namespace pagelab {

// Ways into the kernel that no scenario `call`s by itself.

// vmalloc() by a driver: KernelRequest::count pages of PageUse::kVmalloc, and
// behind them those of the array that notes them where it is over a page.
const KernelPath& VmallocPath();
// clone(2) of a thread: the pages of its stack.
const KernelPath& ThreadStackPath();
// alloc_pages() by a driver.
const KernelPath& DriverPagesPath();
// alloc_pages_exact() by a driver: KernelRequest::count single pages.
const KernelPath& DriverExactPath();
// dma_alloc_coherent() by a driver.
const KernelPath& DmaPath();
// cma_alloc() by its debugfs file; KernelRequest::instead does it.
const KernelPath& CmaPath();
// A huge page for the pool, by writing vm.nr_hugepages.
const KernelPath& HugetlbPath();

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_DRIVER_WAYS_H_
