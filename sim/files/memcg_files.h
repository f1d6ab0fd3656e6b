#ifndef PAGELAB_SIM_FILES_MEMCG_FILES_H_
#define PAGELAB_SIM_FILES_MEMCG_FILES_H_

#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "pagelab/sim/memcg_table.h"
#include "pagelab/sim/sim_file.h"

namespace pagelab {

// Where memory cgroups show themselves, as cgroup v2 is mounted.
inline constexpr std::string_view kCgroupFolder = "/sys/fs/cgroup/";

// A file of the folder: "NAME/memory.current", .events, .high, .max, .peak and
// .stat of an online cgroup, and "cgroup.stat" of the root. NotFound, with what
// there is, when there is no such file. `memcgs` outlives it.
//
// Differs from Linux: limits are read here, and set by a scenario's step;
// memory.stat has four lines, and tmpfs under anon.
absl::StatusOr<std::unique_ptr<SimFile>> OpenMemcgFile(const MemcgTable& memcgs,
                                                       std::string_view path);

}  // namespace pagelab

#endif  // PAGELAB_SIM_FILES_MEMCG_FILES_H_
