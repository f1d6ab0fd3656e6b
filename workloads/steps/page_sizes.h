#ifndef PAGELAB_WORKLOADS_STEPS_PAGE_SIZES_H_
#define PAGELAB_WORKLOADS_STEPS_PAGE_SIZES_H_

#include <cstdint>

#include "pagelab/alloc/types.h"

namespace pagelab {

// So many pages hold the bytes, whatever their number.
constexpr PageCount PagesOf(uint64_t bytes) {
  return PageCount(bytes / kPageSize + (bytes % kPageSize != 0 ? 1 : 0));
}

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_STEPS_PAGE_SIZES_H_
