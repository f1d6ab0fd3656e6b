#ifndef PAGELAB_WORKLOADS_SCRIPTED_STACK_H_
#define PAGELAB_WORKLOADS_SCRIPTED_STACK_H_

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/stackdepot/symbol_table.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// The addresses of a stack's frames in `symbols`, where functions that are new
// get a place. What a frame leaves open is that of the simulated kernel's
// function of the same name; a function that is none gets 0x100 bytes, or the
// next power of two above its offset, and a return address in its middle.
absl::StatusOr<std::vector<SimAddress>> ResolveStack(const Scenario& scenario,
                                                     const ScriptedStack& stack,
                                                     SymbolTable& symbols);

// The stack of a task that the scenario gives none: a thread of its own,
// "name_thread+0x80/0x100 [scenario]". Empty where the kernel's text is full.
std::vector<SimAddress> OwnStack(std::string_view task_name,
                                 SymbolTable& symbols);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SCRIPTED_STACK_H_
