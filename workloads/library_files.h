// Names and texts of machine and scenario files; for the language code only.

#ifndef PAGELAB_WORKLOADS_LIBRARY_FILES_H_
#define PAGELAB_WORKLOADS_LIBRARY_FILES_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace pagelab {

// "dir/my-machine.json" is called "my-machine", "-" "stdin".
std::string NameOfFile(std::string_view file);

// What contains a '/' or a '.' is a path, and "-".
bool IsPath(std::string_view name_or_path);

// A path that `file` mentions, seen from the working directory. Names of
// built-in files stay as they are.
std::string PathSeenFrom(std::string_view file, std::string_view name_or_path);

// The built-in text, or the contents of the file.
absl::StatusOr<std::string> MachineText(std::string_view name_or_path);
absl::StatusOr<std::string> ScenarioText(std::string_view name_or_path);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_LIBRARY_FILES_H_
