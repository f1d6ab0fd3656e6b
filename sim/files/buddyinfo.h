#ifndef PAGELAB_SIM_FILES_BUDDYINFO_H_
#define PAGELAB_SIM_FILES_BUDDYINFO_H_

#include <string>

#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

// /proc/buddyinfo: free blocks by order, a line for each populated zone
// (text-formats.md 5).
void AppendBuddyinfo(const AllocatorState& state, std::string& out);

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_BUDDYINFO_H_
