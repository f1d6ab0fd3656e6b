#ifndef PAGELAB_ALLOC_POLICY_H_
#define PAGELAB_ALLOC_POLICY_H_

#include <array>
#include <cstdint>

#include "pagelab/alloc/zone.h"

namespace pagelab {

// How a request that its own lists cannot serve takes from other types
// (page-allocator.md 10 and 21).
enum class FallbackPolicy : uint8_t { kLate612, kEarly612 };

// The knobs of the allocator: values of a machine (DESIGN.md decision 5).
struct AllocatorPolicy {
  FallbackPolicy fallback = FallbackPolicy::kLate612;
  // Transparent huge pages are built in: order 9 has per-cpu lists.
  bool thp_pcp_lists = true;
  // Some THP mode is not "never": khugepaged raises min_free_kbytes.
  bool thp_enabled = true;
  // The build has CMA: Migratetype::kCma exists.
  bool cma = true;
  // A kdump kernel never boosts (late 6.12 only).
  bool kdump = false;
  // Set when memory is too small for grouping (page-allocator.md 3.5).
  bool page_group_by_mobility_disabled = false;
  // -1 until somebody sets it: then computed (page-allocator.md 4.2).
  int64_t user_min_free_kbytes = -1;
  int64_t min_free_kbytes = 0;
  int64_t watermark_scale_factor = 10;
  int64_t watermark_boost_factor = 15000;
  int64_t percpu_pagelist_high_fraction = 0;
  int64_t pcp_batch_scale_max = 5;
  std::array<int64_t, kMaxNrZones> lowmem_reserve_ratio = {256, 256, 32, 0};
  // The CPU reports its caches, so PCPF_FREE_HIGH_BATCH may be set
  // (page-allocator.md 12.2): the last-level cache a CPU may use, in pages.
  int64_t cache_slice_pages = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_POLICY_H_
