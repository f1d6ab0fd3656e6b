#ifndef PAGELAB_SIM_FILES_DROP_CACHES_H_
#define PAGELAB_SIM_FILES_DROP_CACHES_H_

#include <memory>

#include "pagelab/sim/machine.h"
#include "pagelab/sim/sim_file.h"

namespace pagelab {

// Writing 1 gives up the clean page cache, 2 what slab caches can spare, 3
// both; 4 keeps the log quiet about what is written to the open file later.
// Without users of memory (Machine::AttachUsers) there is nothing to give up.
// Cannot be read. Kernel counterpart: drop_caches_sysctl_handler().
std::unique_ptr<SimFile> OpenDropCaches(Machine& machine);

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_DROP_CACHES_H_
