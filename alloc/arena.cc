#include "pagelab/alloc/arena.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "pagelab/base/check.h"
#include "pagelab/base/status.h"

namespace pagelab {
namespace {

constexpr uint64_t kHostPage = 4096;
constexpr uint64_t kCacheLine = 64;

// Bits 63 and 62 of a pagemap entry: the host page is in memory, or swapped.
constexpr uint64_t kPagemapHeld = uint64_t{3} << 62;

// Calls fn(offset) for every host page of [data, data + size) that the host
// holds. Pages that it does not hold were never written.
template <typename Fn>
void ForEachHeldPage(const std::byte* data, uint64_t size, Fn&& fn) {
  const int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  PAGELAB_CHECK(fd >= 0);
  std::vector<uint64_t> entries(8192);
  const uint64_t first = reinterpret_cast<uintptr_t>(data) / kHostPage;
  const uint64_t count = size / kHostPage;
  for (uint64_t done = 0; done < count;) {
    const uint64_t want = std::min<uint64_t>(entries.size(), count - done);
    const ssize_t got = pread(fd, entries.data(), want * sizeof(uint64_t),
                              static_cast<off_t>((first + done) * 8));
    PAGELAB_CHECK(got > 0);
    const uint64_t n = static_cast<uint64_t>(got) / sizeof(uint64_t);
    for (uint64_t i = 0; i < n; ++i) {
      if ((entries[i] & kPagemapHeld) != 0) fn((done + i) * kHostPage);
    }
    done += n;
  }
  close(fd);
}

}  // namespace

absl::StatusOr<HostMapping> HostMapping::Create(uint64_t bytes) {
  HostMapping mapping;
  mapping.size_ = (bytes + kHostPage - 1) / kHostPage * kHostPage;
  void* data = mmap(nullptr, mapping.size_, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) {
    mapping.size_ = 0;
    return absl::ResourceExhaustedError(
        absl::StrCat("the host refuses a reservation of ", bytes,
                     " bytes of address space"));
  }
  // A descriptor that is touched would cost 2 MiB on a host that uses huge
  // pages unasked, and a checkpoint copy all of it. Random work on 16 GiB and
  // on 1 TiB took the same time with them. Kernels without them refuse, which
  // is fine.
  madvise(data, mapping.size_, MADV_NOHUGEPAGE);
  mapping.data_ = static_cast<std::byte*>(data);
  return mapping;
}

HostMapping::~HostMapping() {
  if (data_ != nullptr) munmap(data_, size_);
}

HostMapping::HostMapping(HostMapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

HostMapping& HostMapping::operator=(HostMapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

uint64_t HostMapping::resident_bytes() const {
  uint64_t bytes = 0;
  ForEachHeldPage(data_, size_, [&](uint64_t) { bytes += kHostPage; });
  return bytes;
}

HostPageImage HostMapping::Save() const {
  HostPageImage image;
  ForEachHeldPage(data_, size_,
                  [&](uint64_t offset) { image.offsets.push_back(offset); });
  image.bytes.resize(image.offsets.size() * kHostPage);
  for (size_t i = 0; i < image.offsets.size(); ++i) {
    std::memcpy(&image.bytes[i * kHostPage], data_ + image.offsets[i],
                kHostPage);
  }
  return image;
}

void HostMapping::DropNewer(const HostPageImage& image) {
  size_t next = 0;
  std::vector<uint64_t> newer;
  ForEachHeldPage(data_, size_, [&](uint64_t offset) {
    while (next < image.offsets.size() && image.offsets[next] < offset) ++next;
    if (next == image.offsets.size() || image.offsets[next] != offset) {
      newer.push_back(offset);
    }
  });
  for (uint64_t offset : newer) {
    PAGELAB_CHECK(madvise(data_ + offset, kHostPage, MADV_DONTNEED) == 0);
  }
}

void HostMapping::Restore(const HostPageImage& image) {
  DropNewer(image);
  for (size_t i = 0; i < image.offsets.size(); ++i) {
    std::memcpy(data_ + image.offsets[i], &image.bytes[i * kHostPage],
                kHostPage);
  }
}

namespace {

// fn(first, count) for every run of neighbouring pages of the image.
template <typename Fn>
absl::Status ForEachRun(const HostPageImage& image, Fn&& fn) {
  for (size_t i = 0; i < image.offsets.size();) {
    size_t end = i + 1;
    while (end < image.offsets.size() &&
           image.offsets[end] == image.offsets[end - 1] + kHostPage) {
      ++end;
    }
    if (absl::Status status = fn(i, end - i); !status.ok()) return status;
    i = end;
  }
  return absl::OkStatus();
}

// pread or pwrite, until all is moved.
template <typename Transfer>
absl::Status MoveAll(Transfer&& transfer, std::byte* data, uint64_t size,
                     uint64_t offset) {
  while (size > 0) {
    const ssize_t moved = transfer(data, size, static_cast<off_t>(offset));
    if (moved < 0 && errno == EINTR) continue;
    if (moved <= 0) {
      return SystemError(errno, "temporary file", "cannot keep a checkpoint");
    }
    data += moved;
    size -= static_cast<uint64_t>(moved);
    offset += static_cast<uint64_t>(moved);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<HostPageImage> HostMapping::SaveTo(int file,
                                                  uint64_t offset) const {
  HostPageImage image;
  ForEachHeldPage(data_, size_,
                  [&](uint64_t page) { image.offsets.push_back(page); });
  const auto write = [file](std::byte* data, uint64_t size, off_t at) {
    return pwrite(file, data, size, at);
  };
  PAGELAB_RETURN_IF_ERROR(ForEachRun(image, [&](size_t first, size_t count) {
    return MoveAll(write, data_ + image.offsets[first], count * kHostPage,
                   offset + first * kHostPage);
  }));
  return image;
}

absl::Status HostMapping::RestoreFrom(const HostPageImage& image, int file,
                                      uint64_t offset) {
  DropNewer(image);
  const auto read = [file](std::byte* data, uint64_t size, off_t at) {
    return pread(file, data, size, at);
  };
  return ForEachRun(image, [&](size_t first, size_t count) {
    return MoveAll(read, data_ + image.offsets[first], count * kHostPage,
                   offset + first * kHostPage);
  });
}

void* Arena::Reserve(uint64_t bytes) {
  void* result = mapping_.data() + used_;
  used_ += (bytes + kCacheLine - 1) / kCacheLine * kCacheLine;
  PAGELAB_CHECK(used_ <= mapping_.size());
  return result;
}

}  // namespace pagelab
