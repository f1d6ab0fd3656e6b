// The language of machine files (docs/machine-reference.md).

#ifndef PAGELAB_WORKLOADS_MACHINE_LANGUAGE_H_
#define PAGELAB_WORKLOADS_MACHINE_LANGUAGE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/sim/machine_config.h"

namespace pagelab {

// The machine that the JSON `text` describes; `file` is for messages and for
// a base that is a relative path. InvalidArgument with one line
// "file:line:column: what" per error, at most kMaxReportedErrors.
absl::StatusOr<MachineConfig> ParseMachine(std::string_view file,
                                           std::string_view text);

// "key=value", the key a dotted path into a machine file: "cpus=2",
// "policy.watermark_scale_factor=20", "boot_frees=[]". The value is JSON, or
// text where JSON would need quotes. Keys of the policy, the geometry and the
// page flags need no path, and may be spelt as a sysctl:
// "vm.lowmem_reserve_ratio=256 256 32 0". Errors have one line each; then
// nothing changes. Whether the parts fit together is looked at once, at the
// end.
absl::Status ApplySettings(MachineConfig& config,
                           absl::Span<const std::string> settings);
absl::Status ApplySetting(MachineConfig& config, std::string_view setting);

// All keys of a machine file that are a number, a choice, or a list of those,
// and their values, as a JSON object: what runs can differ in apart from the
// memory that they have.
std::string MachineSettings(const MachineConfig& config);

// JSON Schema (draft-07) and reference page of machine files.
std::string MachineSchema();
std::string MachineReference();

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_MACHINE_LANGUAGE_H_
