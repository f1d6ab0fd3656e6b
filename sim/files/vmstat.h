#ifndef PAGELAB_SIM_FILES_VMSTAT_H_
#define PAGELAB_SIM_FILES_VMSTAT_H_

#include <string>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/sim/files/file_inputs.h"

namespace pagelab {

// /proc/vmstat: counters and events of the whole machine (text-formats.md 9).
// Events that nothing simulated causes are 0.
void AppendVmstat(const AllocatorState& state, const FileInputs& inputs,
                  std::string& out);

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_VMSTAT_H_
