#ifndef PAGELAB_WORKLOADS_START_SNAPSHOT_MEMORY_H_
#define PAGELAB_WORKLOADS_START_SNAPSHOT_MEMORY_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/sim/initial_memory.h"
#include "pagelab/sim/machine_config.h"
#include "pagelab/workloads/snapshot/snapshot.h"

namespace pagelab {

// Memory as a snapshot shows it: every free list and per-cpu list in its
// order. What is on none is in use, as early pages.
class SnapshotMemory final : public InitialMemory {
 public:
  static absl::StatusOr<std::shared_ptr<SnapshotMemory>> Read(
      InputStream& input);

  // The nodes, zones, CPUs and geometry of the snapshot; nothing is reserved
  // but what it does not manage.
  absl::StatusOr<MachineConfig> DescribeMachine() const;
  absl::Status FitTo(const MachineConfig& config);
  std::string Caveat(bool machine_given) const;

  absl::Span<const InitialBlock> blocks() const override { return {}; }
  // All are known, but only when the lists are there.
  absl::Span<const InitialPageblock> pageblocks() const override { return {}; }
  std::optional<absl::Span<const PfnRange>> free_ranges() const override {
    return free_;
  }
  std::optional<PageCount> ManagedPages(NodeId node,
                                        ZoneType type) const override;
  absl::Status WrongPlace(PfnRange range, std::string_view what) const override;
  // Links the lists.
  absl::Status Finish(Machine& machine) const override;

 private:
  SnapshotMemory(std::string name, AllocatorSnapshot snapshot)
      : name_(std::move(name)), snapshot_(std::move(snapshot)) {}
  void FindFree();

  std::string name_;
  AllocatorSnapshot snapshot_;
  std::vector<PfnRange> free_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_START_SNAPSHOT_MEMORY_H_
