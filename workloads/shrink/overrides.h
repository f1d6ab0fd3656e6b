#ifndef PAGELAB_WORKLOADS_SHRINK_OVERRIDES_H_
#define PAGELAB_WORKLOADS_SHRINK_OVERRIDES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace pagelab {

// What a command line says in place of a scenario; empty: nothing.
struct ScenarioOverrides {
  std::string machine;
  std::string from;
  std::optional<uint64_t> seed;
  // "key=value".
  std::vector<std::string> settings;
  std::string command_line;
};

// The text of a scenario that says all that itself, so that it runs alone.
// Files that `text` names beside `file` get absolute paths.
absl::StatusOr<std::string> WithOverrides(std::string_view file,
                                          std::string_view text,
                                          const ScenarioOverrides& overrides);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SHRINK_OVERRIDES_H_
