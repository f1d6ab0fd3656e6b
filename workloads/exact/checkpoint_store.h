#ifndef PAGELAB_WORKLOADS_EXACT_CHECKPOINT_STORE_H_
#define PAGELAB_WORKLOADS_EXACT_CHECKPOINT_STORE_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/workloads/exact/exact_replay.h"

namespace pagelab {

// Checkpoints of a replay, oldest first. The allocator's memory goes to an
// unlinked temporary file; when there are too many, every other one goes.
class CheckpointStore {
 public:
  static absl::StatusOr<CheckpointStore> Create();
  CheckpointStore(CheckpointStore&& other) noexcept;
  CheckpointStore& operator=(CheckpointStore&&) = delete;
  ~CheckpointStore();

  absl::Status Add(const ExactReplay& replay);
  // Restores the newest one at or before `position`; false if there is none.
  absl::StatusOr<bool> Restore(ExactReplay& replay, uint64_t position) const;
  // Position of the newest one; 0 if there is none.
  uint64_t newest() const {
    return entries_.empty() ? 0 : entries_.back().state.position;
  }
  // Those after `position` were made on a wrong path.
  void DropAfter(uint64_t position);

 private:
  struct Entry {
    uint64_t slot = 0;
    ReplayState state;
    HostPageImage pages;
  };
  static constexpr size_t kMaxEntries = 8;

  explicit CheckpointStore(int file) : file_(file) {}
  uint64_t TakeSlot();

  int file_;
  std::vector<Entry> entries_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_EXACT_CHECKPOINT_STORE_H_
