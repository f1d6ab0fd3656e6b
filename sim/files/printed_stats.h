#ifndef PAGELAB_SIM_FILES_PRINTED_STATS_H_
#define PAGELAB_SIM_FILES_PRINTED_STATS_H_

#include <cstdint>

#include "pagelab/alloc/node_stat.h"

namespace pagelab {

// A node counter as /proc/zoneinfo and /proc/vmstat print it.
constexpr uint64_t kPagesPerHugePage = 512;
inline uint64_t PrintedValue(NodeStat stat, uint64_t pages) {
  return PrintedInHugePages(stat) ? pages / kPagesPerHugePage : pages;
}

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_PRINTED_STATS_H_
