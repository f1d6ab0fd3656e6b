// A machine that starts with what was in another one's memory.

#ifndef PAGELAB_WORKLOADS_START_START_FROM_H_
#define PAGELAB_WORKLOADS_START_START_FROM_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/sim/machine_config.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// What a file of another machine's memory is, told by its content: what is no
// snapshot is taken for a dump.
absl::StatusOr<StartKind> RecogniseStart(const std::string& path);

// Reads the file of `scenario.from` and makes `config` start from it. Where
// nobody chose the machine (`machine_given`), `config` becomes one that the
// file describes. What the file cannot tell is added to
// `config.differs_from_linux`.
// REQUIRES: scenario.from.has_value().
absl::Status StartFrom(const Scenario& scenario, bool machine_given,
                       MachineConfig& config);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_START_START_FROM_H_
