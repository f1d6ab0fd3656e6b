#include "pagelab/workloads/node_check.h"

#include <string>

#include "pagelab/base/status.h"

namespace pagelab {

absl::Status CheckNode(const AllocatorState& state, NodeId node) {
  if (!node.valid() || node.value() < state.nr_nodes) return absl::OkStatus();
  return InvalidInput("node " + std::to_string(node.value()) +
                      ", but the machine has nodes 0 to " +
                      std::to_string(state.nr_nodes - 1));
}

}  // namespace pagelab
