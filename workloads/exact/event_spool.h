#ifndef PAGELAB_WORKLOADS_EXACT_EVENT_SPOOL_H_
#define PAGELAB_WORKLOADS_EXACT_EVENT_SPOOL_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/workloads/exact/recorded_event.h"

namespace pagelab {

// A recording as an array of fixed-size entries in an unlinked temporary file
// (in $TMPDIR, else /tmp), mapped: any entry can be looked at, and what is not
// being looked at need not stay in memory. The newest entries wait in a buffer.
class EventSpool {
 public:
  static absl::StatusOr<EventSpool> Create();
  EventSpool(EventSpool&& other) noexcept;
  EventSpool& operator=(EventSpool&&) = delete;
  ~EventSpool();

  // Fails when the disk is full.
  absl::Status Append(const RecordedEvent& event) {
    if (size_ - written_ == kBuffered) [[unlikely]] {
      if (absl::Status status = Flush(); !status.ok()) return status;
    }
    buffer_[size_++ - written_] = event;
    return absl::OkStatus();
  }
  // After the last Append(), before the first operator[].
  absl::Status Flush();
  void Clear() { size_ = written_ = 0; }

  uint64_t size() const { return size_; }
  // REQUIRES: Flush() came after the last Append().
  const RecordedEvent& operator[](uint64_t index) const {
    return events_[index];
  }
  RecordedEvent& at(uint64_t index) {
    return index >= written_ ? buffer_[index - written_] : events_[index];
  }

  // Entries from `begin` to before `end` will not be needed soon.
  void Forget(uint64_t begin, uint64_t end) const;

 private:
  static constexpr uint64_t kBuffered = uint64_t{1} << 14;

  explicit EventSpool(int file);

  int file_;
  RecordedEvent* events_ = nullptr;
  std::unique_ptr<RecordedEvent[]> buffer_;
  uint64_t size_ = 0;
  // Entries that are in the file.
  uint64_t written_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_EXACT_EVENT_SPOOL_H_
