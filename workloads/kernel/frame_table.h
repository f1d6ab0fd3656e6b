#ifndef PAGELAB_WORKLOADS_KERNEL_FRAME_TABLE_H_
#define PAGELAB_WORKLOADS_KERNEL_FRAME_TABLE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "pagelab/alloc/types.h"

namespace pagelab {

// Which subsystem of the simulated kernel uses a folio.
enum class FolioKind : uint8_t {
  kNone = 0,   // nobody here: the kernel's own, or a block of a handle
  kAnonymous,  // anonymous_memory.h
  kPageCache,  // a file on disk
  kShmem,      // a file in tmpfs
  kHugetlb,
  kScenarioBlock,  // a handle's block of user memory
};
inline constexpr int kNrFolioKinds = 6;

// What the kernel keeps in struct page of the head of a folio beyond what the
// page allocator needs: where it belongs. Zero means nothing is known.
// Kernel counterparts: mapping, index, _mapcount, part of _refcount.
struct FolioUse {
  FolioKind kind = FolioKind::kNone;
  // References beyond mappings and caches, one for each page that somebody
  // holds: while there are any, the folio stays where it is.
  uint32_t pins = 0;
  // How many page tables map it. Of a huge page: its mappings as a whole.
  uint32_t map_count = 0;
  // Of the kind: the file, the family of anonymous memory.
  uint32_t object = 0;
  // In pages, in the object.
  uint32_t index = 0;
};

// The FolioUse of every frame, by pfn; holds memory only for stretches of
// 4,096 frames that something was noted of.
class FrameTable {
 public:
  FolioUse& At(Pfn pfn) {
    const uint64_t stretch = pfn.value() / kStretch;
    if (stretch >= stretches_.size()) stretches_.resize(stretch + 1);
    if (stretches_[stretch] == nullptr) {
      stretches_[stretch] = std::make_unique<Stretch>();
    }
    return (*stretches_[stretch])[pfn.value() % kStretch];
  }
  // The same without making anything.
  FolioUse Get(Pfn pfn) const {
    const uint64_t stretch = pfn.value() / kStretch;
    if (stretch >= stretches_.size() || stretches_[stretch] == nullptr) {
      return FolioUse();
    }
    return (*stretches_[stretch])[pfn.value() % kStretch];
  }

 private:
  static constexpr uint64_t kStretch = 4096;
  using Stretch = std::array<FolioUse, kStretch>;
  std::vector<std::unique_ptr<Stretch>> stretches_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_FRAME_TABLE_H_
