#include "pagelab/workloads/exact/event_spool.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/temporary_file.h"

namespace pagelab {
namespace {

// Address space for ten thousand million entries; costs nothing until used.
constexpr uint64_t kReservedBytes = uint64_t{1} << 39;
constexpr uint64_t kHostPage = 4096;

}  // namespace

EventSpool::EventSpool(int file)
    : file_(file), buffer_(std::make_unique<RecordedEvent[]>(kBuffered)) {}

absl::StatusOr<EventSpool> EventSpool::Create() {
  PAGELAB_ASSIGN_OR_RETURN(const int file, OpenTemporaryFile());
  EventSpool spool(file);
  void* base = mmap(nullptr, kReservedBytes, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_NORESERVE, file, 0);
  if (base == MAP_FAILED) {
    return SystemError(errno, "temporary file", "cannot map it");
  }
  spool.events_ = static_cast<RecordedEvent*>(base);
  return spool;
}

EventSpool::EventSpool(EventSpool&& other) noexcept
    : file_(std::exchange(other.file_, -1)),
      events_(std::exchange(other.events_, nullptr)),
      buffer_(std::move(other.buffer_)),
      size_(other.size_),
      written_(other.written_) {}

EventSpool::~EventSpool() {
  if (events_ != nullptr) munmap(events_, kReservedBytes);
  if (file_ >= 0) close(file_);
}

absl::Status EventSpool::Flush() {
  const auto* from = reinterpret_cast<const char*>(buffer_.get());
  uint64_t left = (size_ - written_) * sizeof(RecordedEvent);
  uint64_t offset = written_ * sizeof(RecordedEvent);
  while (left > 0) {
    const ssize_t size = pwrite(file_, from, left, static_cast<off_t>(offset));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return SystemError(errno, "temporary file", "cannot write");
    from += size;
    left -= static_cast<uint64_t>(size);
    offset += static_cast<uint64_t>(size);
  }
  written_ = size_;
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
