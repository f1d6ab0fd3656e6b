#ifndef PAGELAB_WORKLOADS_KERNEL_PAGE_USE_H_
#define PAGELAB_WORKLOADS_KERNEL_PAGE_USE_H_

#include <cstdint>

namespace pagelab {

// What the kernel counts a block as, besides what its page flags say.
enum class PageUse : uint8_t {
  // Nothing: who takes pages with alloc_pages alone is on no line of
  // /proc/meminfo (text-formats.md 8.1).
  kUncounted,
  kSlabReclaimable,
  kSlabUnreclaimable,
  // Of user space, below the top level, which is not counted.
  kPageTable,
  kVmalloc,
  // Of CONFIG_VMAP_STACK: KernelStack and VmallocUsed have it.
  kKernelStack,
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_PAGE_USE_H_
