#ifndef PAGELAB_SIM_FILES_MEMINFO_H_
#define PAGELAB_SIM_FILES_MEMINFO_H_

#include <string>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/sim/files/file_inputs.h"

namespace pagelab {

// /proc/meminfo: the machine's memory by use (text-formats.md 8).
void AppendMeminfo(const AllocatorState& state, const FileInputs& inputs,
                   std::string& out);

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_MEMINFO_H_
