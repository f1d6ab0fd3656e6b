#ifndef PAGELAB_SIM_FILES_EXTFRAG_H_
#define PAGELAB_SIM_FILES_EXTFRAG_H_

#include <string>

#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

// The files of /sys/kernel/debug/extfrag: an index by order, a line for each
// populated zone (text-formats.md 10, fragmentation_index.h).

// extfrag_index. As the kernel's, a value between -1 and 0 shows its sign
// behind the point: " 0.-500".
void AppendExtfragIndex(const AllocatorState& state, std::string& out);

// unusable_index.
void AppendUnusableIndex(const AllocatorState& state, std::string& out);

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_EXTFRAG_H_
