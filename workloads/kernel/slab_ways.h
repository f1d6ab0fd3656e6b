#ifndef PAGELAB_WORKLOADS_KERNEL_SLAB_WAYS_H_
#define PAGELAB_WORKLOADS_KERNEL_SLAB_WAYS_H_

#include "pagelab/workloads/kernel/kernel_path.h"
#include "pagelab/workloads/kernel/slab_cache_specs.h"

namespace pagelab {

// The way into the kernel by which a cache gets a slab: the mask, the order and
// what to fall back to are the caller's.
const KernelPath& SlabPathOf(SlabWay way);

// kmalloc() of more than a slab object: whole pages.
// Kernel counterpart: ___kmalloc_large_node().
const KernelPath& KmallocLargePath();

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_SLAB_WAYS_H_
