#ifndef PAGELAB_WORKLOADS_TRACE_OWNERS_STACK_NAMES_H_
#define PAGELAB_WORKLOADS_TRACE_OWNERS_STACK_NAMES_H_

#include <string_view>

namespace pagelab {

// Whether two stacks, each lines of " symbol\n", show the same call chain: the
// same function names, without offsets, from the allocator's entry upward.
// Which of the allocator's inner functions come before it depends on where the
// stack was taken. Of a dumped stack that page_owner has cut off, what it has
// is compared. REQUIRES: `traced` comes from StackTable.
bool SameCallChain(std::string_view dumped, std::string_view traced);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_OWNERS_STACK_NAMES_H_
