#ifndef PAGELAB_SIM_FILES_ZONEINFO_H_
#define PAGELAB_SIM_FILES_ZONEINFO_H_

#include <string>

#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

// /proc/zoneinfo: limits and counters of every zone, populated or not
// (text-formats.md 7).
void AppendZoneinfo(const AllocatorState& state, std::string& out);

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_ZONEINFO_H_
