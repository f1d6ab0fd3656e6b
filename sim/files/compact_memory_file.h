#ifndef PAGELAB_SIM_FILES_COMPACT_MEMORY_FILE_H_
#define PAGELAB_SIM_FILES_COMPACT_MEMORY_FILE_H_

#include <memory>

#include "pagelab/sim/machine.h"

namespace pagelab {

// /proc/sys/vm/compact_memory: a write of 1 compacts all memory; nobody reads
// it. Kernel counterpart: sysctl_compaction_handler().
std::unique_ptr<SimFile> OpenCompactMemory(Machine& machine);

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_COMPACT_MEMORY_FILE_H_
