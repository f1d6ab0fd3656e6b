#ifndef PAGELAB_SIM_HUGETLB_COUNTS_H_
#define PAGELAB_SIM_HUGETLB_COUNTS_H_

#include <cstdint>

namespace pagelab {

// The pool of huge pages of 2 MiB as /proc/meminfo has it, in huge pages. Kept
// by those who keep the pool. Kernel counterpart: part of struct hstate.
struct HugetlbCounts {
  uint64_t total = 0;
  uint64_t free = 0;
  uint64_t reserved = 0;
  uint64_t surplus = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_SIM_HUGETLB_COUNTS_H_
