#include "pagelab/workloads/exact/event_spool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/temporary_file.h"

namespace pagelab {
namespace {

// Grown by so much at a time: 64 Ki entries.
constexpr uint64_t kStep = uint64_t{1} << 16;
// Address space for ten thousand million entries; costs nothing until used.
constexpr uint64_t kReservedBytes = uint64_t{1} << 39;
constexpr uint64_t kHostPage = 4096;

}  // namespace

absl::StatusOr<EventSpool> EventSpool::Create() {
  PAGELAB_ASSIGN_OR_RETURN(const int file, OpenTemporaryFile());
  return EventSpool(file);
}

EventSpool::EventSpool(EventSpool&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      events_(std::exchange(other.events_, nullptr)),
      size_(other.size_),
      capacity_(other.capacity_) {}

EventSpool::~EventSpool() {
  if (events_ != nullptr) munmap(events_, kReservedBytes);
  if (file_ >= 0) close(file_);
}

absl::Status EventSpool::Grow() {
  if (events_ == nullptr) {
    void* base = mmap(nullptr, kReservedBytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_NORESERVE, file_, 0);
    if (base == MAP_FAILED) {
      return SystemError(errno, "temporary file", "cannot map it");
    }
    events_ = static_cast<RecordedEvent*>(base);
  }
  const uint64_t capacity = capacity_ + kStep;
  // Blocks are taken now: a full disk is an error here and no signal later.
  const int error = posix_fallocate(
      file_, static_cast<off_t>(capacity_ * sizeof(RecordedEvent)),
      static_cast<off_t>(kStep * sizeof(RecordedEvent)));
  if (error != 0) return SystemError(error, "temporary file", "cannot grow it");
  capacity_ = capacity;
  return absl::OkStatus();
}

void EventSpool::Forget(uint64_t begin, uint64_t end) const {
  const uint64_t first = begin * sizeof(RecordedEvent) / kHostPage * kHostPage;
  const uint64_t last = end * sizeof(RecordedEvent) / kHostPage * kHostPage;
  if (last <= first) return;
  madvise(reinterpret_cast<char*>(events_) + first, last - first,
          MADV_DONTNEED);
}

}  // namespace pagelab
