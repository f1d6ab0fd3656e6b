#ifndef PAGELAB_ALLOC_MEMORY_INIT_H_
#define PAGELAB_ALLOC_MEMORY_INIT_H_

#include <vector>

#include "absl/types/span.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/arena.h"
#include "pagelab/alloc/memblock.h"
#include "pagelab/alloc/page_allocator.h"

namespace pagelab {

// A node as the firmware describes it.
struct NodeTopology {
  int nr_cpus = 0;
  // To every node, itself included.
  std::vector<int> distances;
};

// What the layout of nodes and zones is made from.
struct MemoryLayout {
  const Memblock* memblock = nullptr;
  std::vector<NodeTopology> nodes;
  // Memory that only movable requests may use, spread over the nodes; the
  // kernel's movablecore= parameter.
  PageCount movablecore;
  // Memory may be plugged in later: zones that are empty now get room for their
  // per-cpu lists.
  bool hotplug = false;
};

// Host bytes the arena needs for a machine of this size.
uint64_t ArenaBytes(const MemoryGeometry& geometry, Pfn max_pfn, int nr_nodes,
                    int nr_cpus);

// Makes nodes, zones, pageblock types, boot per-cpu lists and zonelists; no
// page is free yet. Kernel counterpart: free_area_init() and
// build_all_zonelists(). page-allocator.md 3, 5.2.
AllocatorState& InitMemory(Arena& arena, PhysicalMemory& memory,
                           const AllocatorPolicy& policy,
                           const MemoryLayout& layout);

// Hands everything that memblock did not reserve to the buddy lists, in
// ascending order (page-allocator.md 5.4). Long stretches become runs.
// Kernel counterpart: memblock_free_all().
void MemblockFreeAll(AllocatorState& state, const Memblock& memblock,
                     PageAllocator& allocator, ExecutionContext& context);

// Gives one boot-reserved frame to the allocator: managed grows by one
// (page-allocator.md 5.5). Kernel counterpart: free_reserved_page().
void FreeReservedPage(AllocatorState& state, PageAllocator& allocator,
                      ExecutionContext& context, Pfn pfn);

// The order in which the nodes are tried from each node (page-allocator.md
// 3.3). result[n] starts with n when it has memory.
std::vector<std::vector<NodeId>> NodeFallbackOrder(
    absl::Span<const NodeTopology> nodes, const std::vector<bool>& has_memory);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_MEMORY_INIT_H_
