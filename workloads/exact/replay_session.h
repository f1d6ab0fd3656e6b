#ifndef PAGELAB_WORKLOADS_EXACT_REPLAY_SESSION_H_
#define PAGELAB_WORKLOADS_EXACT_REPLAY_SESSION_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/base/status.h"
#include "pagelab/workloads/exact/checkpoint_store.h"
#include "pagelab/workloads/exact/exact_replay.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {

// A replay that can go back: to its checkpoints, and to the snapshot that it
// started from. `from` and `recording` outlive it.
class ReplaySession {
 public:
  static absl::StatusOr<ReplaySession> Create(const AllocatorSnapshot& from,
                                              const Recording& recording);

  ExactReplay& replay() { return *replay_; }
  const AllocatorState& allocator() const { return machine_->state(); }
  AllocatorState& allocator() { return machine_->state(); }

  absl::Status AddCheckpoint() { return store_.Add(*replay_); }
  uint64_t newest_checkpoint() const { return store_.newest(); }
  void DropCheckpointsAfter(uint64_t position) { store_.DropAfter(position); }

  // To `position` or before it, with the choices as they are.
  absl::Status GoBack(uint64_t position);

 private:
  ReplaySession(const AllocatorSnapshot& from, const Recording& recording,
                CheckpointStore store)
      : from_(&from), recording_(&recording), store_(std::move(store)) {}
  absl::Status Start(Choices choices);

  const AllocatorSnapshot* from_;
  const Recording* recording_;
  CheckpointStore store_;
  std::unique_ptr<SnapshotMachine> machine_;
  std::unique_ptr<ExactReplay> replay_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_EXACT_REPLAY_SESSION_H_
