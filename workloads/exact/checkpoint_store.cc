#include "pagelab/workloads/exact/checkpoint_store.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/temporary_file.h"

namespace pagelab {
namespace {

// More than any allocator's memory; the file is sparse.
constexpr uint64_t kSlotBytes = uint64_t{1} << 40;

}  // namespace

absl::StatusOr<CheckpointStore> CheckpointStore::Create() {
  PAGELAB_ASSIGN_OR_RETURN(const int file, OpenTemporaryFile());
  return CheckpointStore(file);
}

CheckpointStore::CheckpointStore(CheckpointStore&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      entries_(std::move(other.entries_)) {}

CheckpointStore::~CheckpointStore() {
  if (file_ >= 0) close(file_);
}

uint64_t CheckpointStore::TakeSlot() {
  if (entries_.size() == kMaxEntries) {
    std::vector<Entry> kept;
    for (size_t i = 1; i < entries_.size(); i += 2) {
      kept.push_back(std::move(entries_[i]));
    }
    entries_ = std::move(kept);
  }
  uint64_t slot = 0;
  const auto taken = [&](const Entry& entry) { return entry.slot == slot; };
  while (std::any_of(entries_.begin(), entries_.end(), taken)) ++slot;
  return slot;
}

absl::Status CheckpointStore::Add(const ExactReplay& replay) {
  const uint64_t slot = TakeSlot();
  PAGELAB_ASSIGN_OR_RETURN(HostPageImage pages,
                           replay.memory().SaveTo(file_, slot * kSlotBytes));
  entries_.push_back({slot, replay.state(), std::move(pages)});
  return absl::OkStatus();
}

absl::StatusOr<bool> CheckpointStore::Restore(ExactReplay& replay,
                                              uint64_t position) const {
  for (size_t i = entries_.size(); i-- > 0;) {
    const Entry& entry = entries_[i];
    if (entry.state.position > position) continue;
    PAGELAB_RETURN_IF_ERROR(replay.memory().RestoreFrom(
        entry.pages, file_, entry.slot * kSlotBytes));
    replay.RestoreState(entry.state);
    return true;
  }
  return false;
}

void CheckpointStore::DropAfter(uint64_t position) {
  while (!entries_.empty() && entries_.back().state.position > position) {
    entries_.pop_back();
  }
}

}  // namespace pagelab
