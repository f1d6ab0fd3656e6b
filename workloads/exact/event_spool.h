#ifndef PAGELAB_WORKLOADS_EXACT_EVENT_SPOOL_H_
#define PAGELAB_WORKLOADS_EXACT_EVENT_SPOOL_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/workloads/exact/recorded_event.h"

namespace pagelab {

// A recording as an array of fixed-size entries in an unlinked temporary file
// (in $TMPDIR, else /tmp), mapped: any entry can be looked at, and what is not
// being looked at need not stay in memory.
class EventSpool {
 public:
  static absl::StatusOr<EventSpool> Create();
  EventSpool(EventSpool&& other) noexcept;
  EventSpool& operator=(EventSpool&&) = delete;
  ~EventSpool();

  // Fails when the disk is full.
  absl::Status Append(const RecordedEvent& event) {
    if (size_ == capacity_) [[unlikely]] {
      if (absl::Status status = Grow(); !status.ok()) return status;
    }
    events_[size_++] = event;
    return absl::OkStatus();
  }

  void Clear() { size_ = 0; }

  uint64_t size() const { return size_; }
  const RecordedEvent& operator[](uint64_t index) const {
    return events_[index];
  }
  RecordedEvent& at(uint64_t index) { return events_[index]; }

  // Entries from `begin` to before `end` will not be needed soon.
  void Forget(uint64_t begin, uint64_t end) const;

 private:
  explicit EventSpool(int file) : file_(file) {}
  absl::Status Grow();

  int file_;
  RecordedEvent* events_ = nullptr;
  uint64_t size_ = 0;
  uint64_t capacity_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_EXACT_EVENT_SPOOL_H_
