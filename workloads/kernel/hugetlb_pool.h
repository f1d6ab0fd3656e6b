#ifndef PAGELAB_WORKLOADS_KERNEL_HUGETLB_POOL_H_
#define PAGELAB_WORKLOADS_KERNEL_HUGETLB_POOL_H_

#include <cstdint>
#include <vector>

#include "pagelab/alloc/types.h"
#include "pagelab/workloads/kernel/process.h"

namespace pagelab {

class KernelWorld;

// The pool of huge pages of 2 MiB that vm.nr_hugepages sets aside. Nothing
// takes a page of it back but the same file.
//
// Differs from Linux: nobody maps the pages, so all are free; they do not
// move; struct pages of a huge page stay (no HVO, as the recorded kernel's
// default is).
//
// Kernel counterpart: struct hstate, mm/hugetlb.c.
class HugetlbPool {
 public:
  explicit HugetlbPool(KernelWorld& world);
  ~HugetlbPool();
  HugetlbPool(const HugetlbPool&) = delete;
  HugetlbPool& operator=(const HugetlbPool&) = delete;

  // Grows or shrinks to so many pages, node after node; how many there are
  // then. Kernel counterpart: set_max_huge_pages().
  uint64_t Resize(Process& process, uint64_t pages);
  uint64_t size() const;

 private:
  bool Grow(Process& process);
  bool Shrink(Process& process);
  void NoteCounts();

  KernelWorld& world_;
  // By node, oldest first.
  std::vector<std::vector<Pfn>> pages_;
  size_t next_to_grow_ = 0;
  size_t next_to_shrink_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_HUGETLB_POOL_H_
