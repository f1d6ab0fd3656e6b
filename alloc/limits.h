#ifndef PAGELAB_ALLOC_LIMITS_H_
#define PAGELAB_ALLOC_LIMITS_H_

#include <cstdint>

#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

// The numbers that keep memory free and per-cpu lists short: when each is
// computed, and from what. page-allocator.md 4, 5.5, 12.2; stages 25.8.

// Σ over the boot CPU's zonelist up to `highest` of what a zone manages above
// its high watermark. Kernel counterpart: nr_free_zone_pages().
uint64_t NrFreeZonePages(const AllocatorState& state, int highest);

// Per-cpu lists leave their boot limits (one block at a time). Kernel
// counterpart: setup_per_cpu_pageset().
void SetupPerCpuPagesets(AllocatorState& state);

// postcore_initcall: min_free_kbytes, watermarks, thresholds of the drifting
// counters, reserves, per-cpu limits. Kernel counterpart:
// init_per_zone_wmark_min().
void InitPerZoneWatermarks(AllocatorState& state);

// khugepaged starts and wants more free pageblocks. Nothing where huge pages
// are off. Kernel counterpart: set_recommended_min_free_kbytes().
void RaiseMinFreeForHugePages(AllocatorState& state);

// The CPUs told the kernel about their caches.
void ApplyCacheInfo(AllocatorState& state);

// A write to vm.min_free_kbytes, vm.watermark_scale_factor,
// vm.percpu_pagelist_high_fraction or vm.lowmem_reserve_ratio, after the
// policy was changed: recomputes what that write recomputes.
void SetMinFreeKbytes(AllocatorState& state, int64_t kbytes);
void SetupPerZoneWatermarks(AllocatorState& state);
void SetupLowmemReserve(AllocatorState& state);
void UpdatePcpLimits(AllocatorState& state);

// What the kernel keeps for itself, from watermarks and reserves. Kernel
// counterpart: calculate_totalreserve_pages().
void SetupTotalReserve(AllocatorState& state);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_LIMITS_H_
