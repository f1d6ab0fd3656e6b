#ifndef PAGELAB_ALLOC_ARENA_H_
#define PAGELAB_ALLOC_ARENA_H_

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace pagelab {

// Copies of the host pages of a mapping that held something. Host pages that
// are not in it were all zero.
struct HostPageImage {
  std::vector<uint64_t> offsets;
  std::vector<std::byte> bytes;
};

// One lazy, zero-filled reservation of host memory at an address that does not
// change, so that pointers inside it survive Save and Restore.
// Thread-compatible.
class HostMapping {
 public:
  HostMapping() = default;
  static absl::StatusOr<HostMapping> Create(uint64_t bytes);
  ~HostMapping();
  HostMapping(HostMapping&& other) noexcept;
  HostMapping& operator=(HostMapping&& other) noexcept;

  std::byte* data() const { return data_; }
  uint64_t size() const { return size_; }
  // How much of it the host holds.
  uint64_t resident_bytes() const;

  HostPageImage Save() const;
  // Afterwards every byte is as it was at Save().
  void Restore(const HostPageImage& image);

  // The same with the bytes in a file, from `offset` on; the image keeps the
  // offsets only. Errors are the file's.
  absl::StatusOr<HostPageImage> SaveTo(int file, uint64_t offset) const;
  absl::Status RestoreFrom(const HostPageImage& image, int file,
                           uint64_t offset);

 private:
  // Gives back what is held now and not in the image.
  void DropNewer(const HostPageImage& image);

  std::byte* data_ = nullptr;
  uint64_t size_ = 0;
};

// Hands out pieces of one HostMapping, never takes any back. All allocator
// state of a machine lies in one arena (DESIGN.md decision 1), so a checkpoint
// of the arena is a checkpoint of the allocator.
class Arena {
 public:
  explicit Arena(HostMapping mapping) : mapping_(std::move(mapping)) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Zero-filled, aligned to 64 bytes. Touches nothing.
  // REQUIRES: the sizes asked for so far fit into the mapping.
  void* Reserve(uint64_t bytes);

  // `T` must be valid when all its bytes are zero, or be constructed by the
  // caller; destructors never run.
  template <typename T>
  T* ReserveArray(uint64_t count) {
    return static_cast<T*>(Reserve(count * sizeof(T)));
  }
  template <typename T, typename... Args>
  T* New(Args&&... args) {
    return new (Reserve(sizeof(T))) T(std::forward<Args>(args)...);
  }

  uint64_t resident_bytes() const { return mapping_.resident_bytes(); }
  HostPageImage Save() const { return mapping_.Save(); }
  void Restore(const HostPageImage& image) { mapping_.Restore(image); }
  // Of the host memory behind it.
  HostMapping& mapping() { return mapping_; }
  const HostMapping& mapping() const { return mapping_; }

 private:
  HostMapping mapping_;
  uint64_t used_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_ARENA_H_
