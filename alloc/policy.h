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
  // What reclaim and compaction go by; percent where nothing else is said.
  // vm.extfrag_threshold, in 1/1000 (page-allocator.md 17.5).
  int64_t extfrag_threshold = 500;
  int64_t compaction_proactiveness = 20;
  // vm.swappiness, 0 to 200: how readily anonymous memory is swapped out.
  int64_t swappiness = 60;
  int64_t vfs_cache_pressure = 100;
  int64_t dirty_background_ratio = 10;
  int64_t dirty_ratio = 20;
  // The CPU reports its caches, so PCPF_FREE_HIGH_BATCH may be set
  // (page-allocator.md 12.2): the last-level cache a CPU may use, in pages.
  int64_t cache_slice_pages = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_POLICY_H_
