#ifndef PAGELAB_SIM_FILES_REGISTRY_H_
#define PAGELAB_SIM_FILES_REGISTRY_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/sim/machine.h"
#include "pagelab/sim/sim_file.h"

namespace pagelab {

// Opens a file of the simulated kernel by its path; "dmesg" is its log. The
// file stays usable while the machine lives, wherever its handle is moved to.
// NotFound, with the nearest path, when there is none, or when it belongs to
// page tracking and that is off.
absl::StatusOr<std::unique_ptr<SimFile>> OpenSimFile(Machine& machine,
                                                     std::string_view path);

// What OpenSimFile() knows and can be read, sorted; without files that a
// machine has only on request (MachineConfig::extensions).
std::vector<std::string> SimFilePaths();

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_REGISTRY_H_
