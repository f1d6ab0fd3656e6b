#include "pagelab/workloads/exact/checkpoint_store.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/temporary_file.h"

namespace pagelab {
namespace {

absl::Status WriteAll(int file, const std::vector<std::byte>& bytes,
                      uint64_t offset) {
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t size = pwrite(file, bytes.data() + done, bytes.size() - done,
                                static_cast<off_t>(offset + done));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return SystemError(errno, "temporary file", "cannot write");
    done += static_cast<size_t>(size);
  }
  return absl::OkStatus();
}

absl::Status ReadAll(int file, std::vector<std::byte>& bytes, uint64_t offset) {
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t size = pread(file, bytes.data() + done, bytes.size() - done,
                               static_cast<off_t>(offset + done));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return SystemError(errno, "temporary file", "cannot read");
    done += static_cast<size_t>(size);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CheckpointStore> CheckpointStore::Create() {
  PAGELAB_ASSIGN_OR_RETURN(const int file, OpenTemporaryFile());
  return CheckpointStore(file);
}

CheckpointStore::CheckpointStore(CheckpointStore&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      slot_bytes_(other.slot_bytes_),
      entries_(std::move(other.entries_)) {}

CheckpointStore::~CheckpointStore() {
  if (file_ >= 0) close(file_);
}

uint64_t CheckpointStore::TakeSlot() {
  if (entries_.size() == kMaxEntries) {
    // The first one stays: everything can start from there.
    std::vector<Entry> kept;
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (i % 2 == 0) kept.push_back(std::move(entries_[i]));
    }
    entries_ = std::move(kept);
  }
  uint64_t slot = 0;
  const auto taken = [&](const Entry& entry) { return entry.slot == slot; };
  while (std::any_of(entries_.begin(), entries_.end(), taken)) ++slot;
  return slot;
}

absl::Status CheckpointStore::Add(const ExactReplay& replay) {
  Entry entry;
  entry.rest = replay.Save();
  std::vector<std::byte> bytes = std::move(entry.rest.arena.bytes);
  entry.rest.arena.bytes.clear();
  entry.bytes = bytes.size();
  if (slot_bytes_ == 0) {
    // Room to grow: lists reach frames that no one had touched.
    slot_bytes_ = 2 * bytes.size() + (uint64_t{1} << 30);
  }
  entry.slot = TakeSlot();
  PAGELAB_RETURN_IF_ERROR(WriteAll(file_, bytes, entry.slot * slot_bytes_));
  entries_.push_back(std::move(entry));
  return absl::OkStatus();
}

uint64_t CheckpointStore::PositionBefore(uint64_t position) const {
  uint64_t best = 0;
  for (const Entry& entry : entries_) {
    if (entry.rest.position <= position) best = entry.rest.position;
  }
  return best;
}

absl::StatusOr<bool> CheckpointStore::Restore(ExactReplay& replay,
                                              uint64_t position) const {
  for (size_t i = entries_.size(); i-- > 0;) {
    const Entry& entry = entries_[i];
    if (entry.rest.position > position) continue;
    ExactReplay::Checkpoint checkpoint = entry.rest;
    checkpoint.arena.bytes.resize(entry.bytes);
    PAGELAB_RETURN_IF_ERROR(
        ReadAll(file_, checkpoint.arena.bytes, entry.slot * slot_bytes_));
    replay.Restore(checkpoint);
    return true;
  }
  return false;
}

void CheckpointStore::DropAfter(uint64_t position) {
  while (!entries_.empty() && entries_.back().rest.position > position) {
    entries_.pop_back();
  }
}

}  // namespace pagelab
