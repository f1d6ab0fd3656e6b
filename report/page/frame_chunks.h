// Who has which page frame, packed for the page; internal to this folder.

#ifndef PAGELAB_REPORT_PAGE_FRAME_CHUNKS_H_
#define PAGELAB_REPORT_PAGE_FRAME_CHUNKS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "pagelab/alloc/types.h"
#include "pagelab/report/page/page_sections.h"

namespace pagelab {

// Frames of a chunk, 2 to the power of it. A power of two of at least the
// largest order, so that nothing but the odd huge block of an old kernel
// crosses a chunk's border.
inline constexpr int kChunkOrder = 17;

// A block that is in use or free. Numbers are those of RecordNames.
struct FrameBlock {
  enum class Kind : uint8_t { kAllocated = 0, kFree = 1, kPcp = 2 };
  uint64_t pfn = 0;
  uint8_t order = 0;
  Kind kind = Kind::kAllocated;
  // Of allocated ones.
  uint32_t stack = 0;
  uint32_t record_class = 0;
  uint32_t task = 0;
  // Nobody knows when it was allocated.
  static constexpr uint64_t kNoTime = ~uint64_t{0};
  uint64_t ts_nsec = 0;
};

// Packs blocks by chunk, neighbours that differ in nothing but their time as
// one run. Blocks may come in any order; what is kept unpacked does not grow
// with their number.
class FrameChunks {
 public:
  // Where the packed chunks go; outlives this.
  explicit FrameChunks(PageSections& sections) : sections_(sections) {}

  void Add(const FrameBlock& block);
  // Packs what is left.
  void Flush();

 private:
  void Pack(absl::Span<const FrameBlock> blocks, uint64_t chunk);
  // "frames-3", and from the second on "frames-3.1".
  static std::string PartName(const char* what, uint64_t chunk, uint32_t part);

  PageSections& sections_;
  std::vector<FrameBlock> blocks_;
  struct Parts {
    uint32_t frames = 0;
    uint32_t times = 0;
  };
  absl::flat_hash_map<uint64_t, Parts> parts_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_PAGE_FRAME_CHUNKS_H_
