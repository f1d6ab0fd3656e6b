#ifndef PAGELAB_WORKLOADS_KERNEL_VMALLOC_AREAS_H_
#define PAGELAB_WORKLOADS_KERNEL_VMALLOC_AREAS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "pagelab/alloc/types.h"
#include "pagelab/base/random.h"
#include "pagelab/workloads/kernel/named_items.h"
#include "pagelab/workloads/kernel/process.h"

namespace pagelab {

class KernelWorld;

// Kernel memory that is contiguous for who uses it, and single pages from
// anywhere for the page allocator.
//
// Differs from Linux: addresses are not handed out, so the guard page behind an
// area, which has no frame, is nowhere to be seen; no huge mappings; page
// tables and descriptors of areas are not counted.
//
// Kernel counterpart: mm/vmalloc.c.
class VmallocAreas {
 public:
  explicit VmallocAreas(KernelWorld& world) : world_(world) {}

  // An area called `name`; false: memory is out, and nothing of it stays.
  bool Alloc(Process& process, std::string_view name, PageCount pages);
  // Kernel counterpart: vfree(). False when there is none of that name.
  bool Free(Process& process, std::string_view name, ItemPick pick,
            Random& random);

  struct Area {
    std::vector<Pfn> pages;
  };
  // There will be some of that name, if memory allows.
  void Declare(std::string_view name) { areas_.Declare(name); }
  const NamedItems<Area>& areas() const { return areas_; }

 private:
  KernelWorld& world_;
  NamedItems<Area> areas_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_VMALLOC_AREAS_H_
