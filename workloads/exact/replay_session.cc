#include "pagelab/workloads/exact/replay_session.h"

namespace pagelab {

absl::StatusOr<ReplaySession> ReplaySession::Create(
    const AllocatorSnapshot& from, const Recording& recording) {
  PAGELAB_ASSIGN_OR_RETURN(CheckpointStore store, CheckpointStore::Create());
  ReplaySession session(from, recording, std::move(store));
  PAGELAB_RETURN_IF_ERROR(session.Start({}));
  return session;
}

absl::Status ReplaySession::Start(Choices choices) {
  replay_.reset();
  machine_.reset();
  PAGELAB_ASSIGN_OR_RETURN(machine_, SnapshotMachine::Load(*from_));
  replay_ = std::make_unique<ExactReplay>(*machine_, *recording_);
  replay_->choices() = std::move(choices);
  return absl::OkStatus();
}

absl::Status ReplaySession::GoBack(uint64_t position) {
  PAGELAB_ASSIGN_OR_RETURN(const bool restored,
                           store_.Restore(*replay_, position));
  if (restored) return absl::OkStatus();
  // Checkpoints hold pointers into the memory that goes now.
  store_.DropAfter(0);
  return Start(std::move(replay_->choices()));
}

}  // namespace pagelab
