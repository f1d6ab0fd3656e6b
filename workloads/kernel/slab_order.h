#ifndef PAGELAB_WORKLOADS_KERNEL_SLAB_ORDER_H_
#define PAGELAB_WORKLOADS_KERNEL_SLAB_ORDER_H_

#include <cstdint>

#include "pagelab/alloc/types.h"

namespace pagelab {

// Blocks of a cache of the slab allocator: their order, and how many objects
// go into one.
struct SlabGeometry {
  Order order;
  uint32_t objects = 0;
};

// What the kernel chooses for objects of `size` bytes, alignment included. A
// slab is to hold 4 * (fls(nr_cpus) + 1) objects, as far as order 3 allows, and
// to waste at most 1/16 of itself; 1/8, 1/4 or 1/2 where no order does that.
// Checked against every cache of the recorded /proc/slabinfo.
// Kernel counterpart: calculate_order(), mm/slub.c.
SlabGeometry SlabGeometryOf(uint32_t size, int nr_cpus);
// The smallest slab, for when memory is short.
SlabGeometry SmallestSlab(uint32_t size);

// How many slabs with free objects a node keeps even if they are all free.
// Kernel counterpart: kmem_cache::min_partial.
uint32_t SlabMinPartial(uint32_t size);
// How many such slabs a CPU keeps for itself. Kernel counterpart:
// kmem_cache::cpu_partial_slabs.
uint32_t SlabCpuPartial(uint32_t size, uint32_t objects_per_slab);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_SLAB_ORDER_H_
