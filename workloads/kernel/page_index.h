#ifndef PAGELAB_WORKLOADS_KERNEL_PAGE_INDEX_H_
#define PAGELAB_WORKLOADS_KERNEL_PAGE_INDEX_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "pagelab/alloc/types.h"

namespace pagelab {

// What a file has at an index: nothing, a page, what is left of a page that
// was evicted (workingset.h), or a swap slot.
class FileEntry {
 public:
  FileEntry() = default;
  static FileEntry ToPage(Pfn pfn) { return {pfn.value(), Kind::kPage}; }
  static FileEntry ToShadow(uint64_t shadow) { return {shadow, Kind::kShadow}; }
  static FileEntry ToSlot(uint32_t slot) { return {slot, Kind::kSlot}; }

  bool none() const { return kind() == Kind::kNone; }
  bool is_page() const { return kind() == Kind::kPage; }
  bool is_shadow() const { return kind() == Kind::kShadow; }
  bool is_slot() const { return kind() == Kind::kSlot; }
  Pfn pfn() const { return Pfn(word_ >> kShift); }
  uint64_t shadow() const { return word_ >> kShift; }
  uint32_t slot() const { return static_cast<uint32_t>(word_ >> kShift); }

 private:
  enum class Kind : uint8_t { kNone, kPage, kShadow, kSlot };
  static constexpr int kShift = 2;

  FileEntry(uint64_t value, Kind kind)
      : word_((value << kShift) | static_cast<uint64_t>(kind)) {}
  Kind kind() const { return static_cast<Kind>(word_ & 3); }

  uint64_t word_ = 0;
};

// The entries of a file by index. Holds memory only for stretches of 512
// indexes of which one has an entry.
// Kernel counterpart: i_pages of struct address_space.
class PageIndex {
 public:
  FileEntry Get(uint64_t index) const {
    const Stretch* stretch = Find(index);
    return stretch == nullptr ? FileEntry()
                              : stretch->entries[index % kStretch];
  }

  void Set(uint64_t index, FileEntry entry) {
    const uint64_t number = index / kStretch;
    if (Find(index) == nullptr) {
      if (entry.none()) return;
      if (number >= stretches_.size()) stretches_.resize(number + 1);
      stretches_[number] = std::make_unique<Stretch>();
    }
    Stretch& stretch = *stretches_[number];
    FileEntry& old = stretch.entries[index % kStretch];
    nr_pages_ += (entry.is_page() ? 1 : 0) - (old.is_page() ? 1 : 0);
    stretch.used += (entry.none() ? 0 : 1) - (old.none() ? 0 : 1);
    old = entry;
    if (stretch.used == 0) stretches_[number].reset();
  }

  // Pages, without shadows and slots.
  uint64_t nr_pages() const { return static_cast<uint64_t>(nr_pages_); }

  // fn(index, entry) for each entry in [begin, end), ascending, until it says
  // false. It may set entries.
  template <class Fn>
  void ForEach(uint64_t begin, uint64_t end, Fn fn) const {
    end = std::min(end, stretches_.size() * kStretch);
    uint64_t index = begin;
    while (index < end) {
      const Stretch* stretch = Find(index);
      if (stretch == nullptr) {
        index = (index / kStretch + 1) * kStretch;
        continue;
      }
      const FileEntry entry = stretch->entries[index % kStretch];
      if (!entry.none() && !fn(index, entry)) return;
      ++index;
    }
  }

 private:
  static constexpr uint64_t kStretch = 512;
  struct Stretch {
    std::array<FileEntry, kStretch> entries{};
    int used = 0;
  };

  const Stretch* Find(uint64_t index) const {
    const uint64_t number = index / kStretch;
    return number < stretches_.size() ? stretches_[number].get() : nullptr;
  }

  std::vector<std::unique_ptr<Stretch>> stretches_;
  int64_t nr_pages_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_PAGE_INDEX_H_
