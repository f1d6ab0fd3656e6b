#ifndef PAGELAB_WORKLOADS_NODE_CHECK_H_
#define PAGELAB_WORKLOADS_NODE_CHECK_H_

#include "absl/status/status.h"
#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

// What is wrong with a node that a scenario names: the machine does not have
// it. No preference is fine.
absl::Status CheckNode(const AllocatorState& state, NodeId node);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_NODE_CHECK_H_
