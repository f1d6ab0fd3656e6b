// Runs scenarios on a small machine, for tests.

#ifndef PAGELAB_TEST_WORKLOADS_RUN_SUPPORT_H_
#define PAGELAB_TEST_WORKLOADS_RUN_SUPPORT_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/runner.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// A machine of 16 MiB with page_owner on, and what was run on it last.
class RunWorld {
 public:
  RunWorld();
  explicit RunWorld(const MachineConfig& config);

  // Runs the scenario that `text` describes; its machine is not looked at.
  absl::Status Run(std::string_view text, const RunOptions& options = {});
  // As above; a failure ends the test.
  RunReport MustRun(std::string_view text, const RunOptions& options = {});

  Machine& machine() { return *machine_; }
  const RunReport& report() const { return report_; }
  // The page_owner file.
  std::string Dump();

 private:
  std::optional<Machine> machine_;
  RunReport report_;
};

// 16 MiB, one zone, one CPU.
MachineConfig SmallMachine();

// The bytes of a file of the simulated kernel.
std::string KernelFile(Machine& machine, std::string_view path);

// How many records of `dump` have `text` in them.
size_t RecordsWith(std::string_view dump, std::string_view text);

}  // namespace pagelab

#endif  // PAGELAB_TEST_WORKLOADS_RUN_SUPPORT_H_
