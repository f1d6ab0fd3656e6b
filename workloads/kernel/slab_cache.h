#ifndef PAGELAB_WORKLOADS_KERNEL_SLAB_CACHE_H_
#define PAGELAB_WORKLOADS_KERNEL_SLAB_CACHE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "pagelab/alloc/types.h"
#include "pagelab/workloads/kernel/slab_cache_specs.h"
#include "pagelab/workloads/kernel/slab_order.h"

namespace pagelab {

// Which slab of its cache an object is in. Objects of one slab are alike here:
// which of them it is does not matter to the page allocator.
using SlabIndex = uint32_t;

// The slabs of one cache: which have objects in use, and which list each is
// on. Knows nothing of where slabs come from.
//
//  B1  A slab is with a CPU, on a CPU's partial list, on its node's partial
//      list, or full and on none; a slab on a list may be empty.
//  B2  An empty slab goes when its node has min_partial slabs on its list
//      already, at the moment it would join them or becomes empty there.
//
// Differs from Linux: no objects of other nodes when the own has no memory to
// give; slabs are not told apart by the reserves that they came from.
//
// Kernel counterpart: struct kmem_cache, mm/slub.c.
class SlabCache {
 public:
  struct Shape {
    int nr_cpus = 1;
    int nr_nodes = 1;
  };
  SlabCache(const SlabCacheSpec& spec, const Shape& shape);

  const SlabCacheSpec& spec() const { return *spec_; }
  SlabGeometry geometry() const { return geometry_; }
  SlabGeometry smallest() const { return smallest_; }
  uint32_t min_partial() const { return min_partial_; }
  uint32_t cpu_partial() const { return cpu_partial_; }

  // An object from what is there. Nothing: the CPU needs a new slab.
  // Kernel counterpart: ___slab_alloc() up to new_slab().
  std::optional<SlabIndex> Take(CpuId cpu, NodeId node);
  // A block for new objects; it becomes the CPU's slab.
  struct Block {
    Pfn head;
    SlabGeometry geometry;
    NodeId node;
  };
  void AddSlab(CpuId cpu, const Block& block);
  // An object comes back. Heads of slabs that go are added to `gone`; their
  // indexes may come again. Kernel counterpart: __slab_free().
  void Put(CpuId cpu, SlabIndex slab, std::vector<Pfn>& gone);
  // All slabs of CPUs go to their nodes, and empty ones go. Kernel
  // counterpart: kmem_cache_shrink().
  void Shrink(std::vector<Pfn>& gone);

  Pfn HeadOf(SlabIndex slab) const { return slabs_[slab].head; }
  NodeId NodeOf(SlabIndex slab) const { return slabs_[slab].node; }

  // What /proc/slabinfo says. Free objects of a CPU's slabs count as active.
  uint64_t nr_slabs() const { return nr_slabs_; }
  uint64_t nr_objects() const { return nr_objects_; }
  uint64_t nr_pages() const { return nr_pages_; }
  uint64_t nr_active() const;
  // Objects that somebody has.
  uint64_t nr_in_use() const { return nr_in_use_; }
  uint64_t nr_node_partial() const;

 private:
  static constexpr SlabIndex kNone = UINT32_MAX;

  enum class Place : uint8_t { kGone, kCpu, kCpuPartial, kNodePartial, kFull };
  struct Slab {
    Pfn head;
    uint32_t objects = 0;
    uint32_t in_use = 0;
    Order order;
    NodeId node;
    Place place = Place::kGone;
    SlabIndex prev = kNone;
    SlabIndex next = kNone;
    bool full() const { return in_use == objects; }
  };
  // Doubly linked through the slabs.
  struct List {
    SlabIndex head = kNone;
    SlabIndex tail = kNone;
    uint32_t size = 0;
  };
  struct Cpu {
    SlabIndex slab = kNone;
    // Last in, first out.
    std::vector<SlabIndex> partial;
  };

  void Append(List& list, SlabIndex slab);
  void Unlink(List& list, SlabIndex slab);
  bool Refill(Cpu& cpu, NodeId node);
  void ToCpuPartial(Cpu& cpu, SlabIndex slab, std::vector<Pfn>& gone);
  // To its node's list, or away.
  void ToNode(SlabIndex slab, std::vector<Pfn>& gone);
  void Drop(SlabIndex slab, std::vector<Pfn>& gone);

  const SlabCacheSpec* spec_;
  SlabGeometry geometry_;
  SlabGeometry smallest_;
  uint32_t min_partial_;
  uint32_t cpu_partial_;
  std::vector<Slab> slabs_;
  std::vector<SlabIndex> unused_;
  std::vector<Cpu> cpus_;
  std::vector<List> partial_;
  uint64_t nr_slabs_ = 0;
  uint64_t nr_objects_ = 0;
  uint64_t nr_pages_ = 0;
  uint64_t nr_in_use_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_SLAB_CACHE_H_
