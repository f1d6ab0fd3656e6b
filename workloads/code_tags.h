#ifndef PAGELAB_WORKLOADS_CODE_TAGS_H_
#define PAGELAB_WORKLOADS_CODE_TAGS_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "pagelab/alloc/execution_context.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// Tags for memory profiling (alloc_tagging.h): the places that may allocate are
// known, and in /proc/allocinfo, before they do.

// Each call of a simulated kernel function into a helper of the allocator, in
// the order of the functions' table. REQUIRES: the functions are in the
// machine's symbol table.
void AddKernelCodeTags(Machine& machine);

// The innermost frame of a scenario's stack that is no helper: in the
// scenario's own file where it was written, unless it is a simulated kernel
// function. `frames` are the addresses of the stack's.
void AddStackCodeTag(Machine& machine, const Scenario& scenario,
                     const ScriptedStack& stack,
                     const std::vector<SimAddress>& frames);

// The thread of a task that has no stack of its own, where the task begins.
void AddTaskCodeTag(Machine& machine, const Scenario& scenario,
                    const ScenarioTask& task,
                    const std::vector<SimAddress>& frames);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_CODE_TAGS_H_
