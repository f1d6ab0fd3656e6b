#ifndef PAGELAB_WORKLOADS_KERNEL_KERNEL_MEMORY_H_
#define PAGELAB_WORKLOADS_KERNEL_KERNEL_MEMORY_H_

#include "pagelab/workloads/kernel/cma_users.h"
#include "pagelab/workloads/kernel/driver_memory.h"
#include "pagelab/workloads/kernel/hugetlb_pool.h"
#include "pagelab/workloads/kernel/kernel_stacks.h"
#include "pagelab/workloads/kernel/memcg_limits.h"
#include "pagelab/workloads/kernel/slab_caches.h"
#include "pagelab/workloads/kernel/vmalloc_areas.h"

namespace pagelab {

// The parts of the simulated kernel that allocate for the kernel itself, and
// the limits of memory cgroups.
struct KernelMemory {
  explicit KernelMemory(KernelWorld& world)
      : memcg_limits(world),
        slab(world),
        vmalloc(world),
        stacks(world),
        drivers(world),
        cma(world),
        hugetlb(world) {}

  MemcgLimits memcg_limits;
  SlabCaches slab;
  // What scenarios took from slabs.
  NamedItems<SlabObject> objects;
  VmallocAreas vmalloc;
  KernelStacks stacks;
  DriverMemory drivers;
  CmaUsers cma;
  HugetlbPool hugetlb;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_KERNEL_MEMORY_H_
