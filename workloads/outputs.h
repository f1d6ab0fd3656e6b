#ifndef PAGELAB_WORKLOADS_OUTPUTS_H_
#define PAGELAB_WORKLOADS_OUTPUTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

// Where in an output directory a file of the simulated kernel goes.
struct OutputFile {
  std::string_view name;
  // For Machine::File().
  std::string_view kernel_path;
  // Exists always, but is worth a look only with sysctl.vm.mem_profiling=.
  bool needs_mem_profiling = false;
};

inline constexpr std::string_view kSummaryFile = "summary.json";

// page_owner, page_owner_stacks/show_stacks, buddyinfo, ... dmesg.
absl::Span<const OutputFile> OutputFiles();

// With all directories on the way to it; fine if it is there.
absl::Status MakeOutputDirectory(const std::string& directory);

// Writes all of OutputFiles() that the machine has, as they are now, into
// `directory`, which is made if it does not exist. Each file appears whole or
// not at all. The machine is not disturbed. Returns the paths written, in the
// order of OutputFiles().
absl::StatusOr<std::vector<std::string>> WriteOutputs(
    Machine& machine, const std::string& directory);

// One more file beside them; returns its path.
absl::StatusOr<std::string> WriteOutputText(const std::string& directory,
                                            std::string_view name,
                                            std::string_view text);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_OUTPUTS_H_
