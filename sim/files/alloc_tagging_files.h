#ifndef PAGELAB_SIM_FILES_ALLOC_TAGGING_FILES_H_
#define PAGELAB_SIM_FILES_ALLOC_TAGGING_FILES_H_

#include <memory>

#include "pagelab/pageext/alloc_tagging.h"
#include "pagelab/sim/sim_file.h"

namespace pagelab {

// /proc/allocinfo, mode 0400: two header lines, then "size calls place" for
// each tag, counted or not. `tagging` outlives it.
std::unique_ptr<SimFile> OpenAllocinfo(const AllocTagging& tagging);

// /proc/sys/vm/mem_profiling: "0" or "1". After a boot with "never" it cannot
// be written. `tagging` outlives it.
std::unique_ptr<SimFile> OpenMemProfiling(AllocTagging& tagging);

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_ALLOC_TAGGING_FILES_H_
