// The same traffic through each of the three builds of the hot path: the
// source is compiled once for each (hook_build.h), with its own name.

#ifndef PAGELAB_TEST_ALLOC_HOOK_BUILD_TRAFFIC_H_
#define PAGELAB_TEST_ALLOC_HOOK_BUILD_TRAFFIC_H_

#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/execution_context.h"

namespace pagelab {

// Returns every pfn that was handed out, in order.
std::vector<uint64_t> TrafficWithoutHooks(AllocatorState& state,
                                          ExecutionContext& context);
std::vector<uint64_t> TrafficWithBranches(AllocatorState& state,
                                          ExecutionContext& context);
std::vector<uint64_t> TrafficWithStaticKeys(AllocatorState& state,
                                            ExecutionContext& context);

}  // namespace pagelab

#endif  // PAGELAB_TEST_ALLOC_HOOK_BUILD_TRAFFIC_H_
