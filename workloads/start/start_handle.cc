// The handle of what was in memory before the scenario.

#include <algorithm>
#include <vector>

#include "pagelab/sim/initial_memory.h"
#include "pagelab/workloads/run_state.h"

namespace pagelab {

absl::Status RunState::PrepareStart() {
  if (!scenario_.from.has_value()) return absl::OkStatus();
  const ScenarioStart& from = *scenario_.from;
  if (machine_.config().initial == nullptr) {
    return ErrorAt(from.position, "the machine was not started from " +
                                      from.path + ": MachineFor() does that");
  }
  std::vector<InitialBlock> blocks;
  for (const InitialBlock& block : machine_.config().initial->blocks()) {
    if (!block.early) blocks.push_back(block);
  }
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const InitialBlock& a, const InitialBlock& b) {
                     return a.since < b.since;
                   });
  const size_t handle = HandleOf(from.as);
  for (const InitialBlock& initial : blocks) {
    Block block;
    block.head = initial.head;
    block.order = initial.order;
    block.allocated = initial.since;
    block.serial = block.origin = next_serial_++;
    handles_[handle].Add(block);
  }
  return absl::OkStatus();
}

}  // namespace pagelab
