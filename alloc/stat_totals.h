#ifndef PAGELAB_ALLOC_STAT_TOTALS_H_
#define PAGELAB_ALLOC_STAT_TOTALS_H_

#include <cstdint>

#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

// Machine-wide counters as the kernel's readers see them: per-cpu differentials
// left out, never below 0. Kernel counterparts: global_zone_page_state(),
// global_node_page_state_pages().
uint64_t TotalOf(const AllocatorState& state, ZoneStat stat);
uint64_t TotalOf(const AllocatorState& state, ZoneLruStat stat);
uint64_t TotalOf(const AllocatorState& state, NumaStat stat);
uint64_t TotalOf(const AllocatorState& state, NodeStat stat);

// One zone's or node's counter, never below 0.
uint64_t StatOf(const Zone& zone, ZoneLruStat stat);
uint64_t StatOf(const Node& node, NodeStat stat);

// Σ managed pages. Kernel counterpart: totalram_pages().
PageCount TotalManaged(const AllocatorState& state);
PageCount TotalPresent(const AllocatorState& state);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_STAT_TOTALS_H_
