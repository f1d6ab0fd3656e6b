#ifndef PAGELAB_SIM_FILES_FILE_INPUTS_H_
#define PAGELAB_SIM_FILES_FILE_INPUTS_H_

#include <cstdint>

#include "pagelab/alloc/types.h"
#include "pagelab/sim/hugetlb_counts.h"

namespace pagelab {

// How much of the direct map each page size maps, in bytes.
struct DirectMapSizes {
  uint64_t by_4k = 0;
  uint64_t by_2m = 0;
  uint64_t by_1g = 0;
};

// What /proc/meminfo and /proc/vmstat print and the page allocator does not
// know. What a machine does not simulate stays 0, as in a kernel without it.
struct FileInputs {
  PageCount buffers;
  PageCount committed;
  PageCount vmalloc_used;
  PageCount percpu;
  HugetlbCounts hugetlb;
  DirectMapSizes direct_map;
  // Of page_ext's tables, and of struct page.
  PageCount nr_memmap_pages;
  PageCount nr_memmap_boot_pages;
};

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_FILE_INPUTS_H_
