#ifndef PAGELAB_ALLOC_SHOW_MEM_H_
#define PAGELAB_ALLOC_SHOW_MEM_H_

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// Prints the state of memory to a log: "Mem-Info:" to "pages cma reserved".
// `cpu` is whose per-cpu lists are "local". Kernel counterpart: show_mem().
// text-formats.md 13.
void ShowMem(const AllocatorState& state, CpuId cpu, KernelLog& log);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_SHOW_MEM_H_
