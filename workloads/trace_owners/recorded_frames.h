#ifndef PAGELAB_WORKLOADS_TRACE_OWNERS_RECORDED_FRAMES_H_
#define PAGELAB_WORKLOADS_TRACE_OWNERS_RECORDED_FRAMES_H_

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// What a recording says of a page frame.
enum class FrameState : uint8_t {
  // Nothing yet.
  kUnseen = 0,
  // In use, and its allocation was recorded.
  kAllocated,
  // Not in use; the record of its last allocation is kept.
  kFree,
  // In use, and nobody knows since when and by whom: its allocation has no
  // event, and the recording showed that by other means.
  kUnknown,
};

// The state of one frame, and the order of the block that it is in.
class FrameCode {
 public:
  FrameCode(FrameState state, Order order)
      : bits_(static_cast<uint8_t>(static_cast<int>(state) << 4 |
                                   order.value())) {}

  FrameState state() const { return static_cast<FrameState>(bits_ >> 4); }
  Order order() const { return Order(bits_ & 15); }
  friend bool operator==(FrameCode, FrameCode) = default;

 private:
  uint8_t bits_;
};
static_assert(sizeof(FrameCode) == 1);

// The last allocation of a block and its last free. All zero: neither was
// seen. Times are those of the recording.
struct FrameRecord {
  uint64_t time;
  uint64_t free_time;
  uint32_t gfp;
  // Ids of TaskTable and StackTable, 0 without.
  uint32_t task;
  uint32_t stack;
  uint32_t free_task;
  // 1 + MigrateReason of the page's last move, 0 if there was none.
  uint8_t migrated;
  // The event's migratetype.
  uint8_t migratetype;
};
static_assert(sizeof(FrameRecord) == 40);

// A code for every frame and a record for every block, by pfn, in chunks that
// come into being when one of their frames is first mentioned. The record of a
// block is its head's; those of its other frames are leftovers. Size: at most
// 41 bytes for each frame of the recorded machine.
class RecordedFrames {
 public:
  // REQUIRES: `head` is aligned to `order`. Valid as long as the table.
  absl::Span<FrameCode> Codes(Pfn head, Order order) {
    Chunk& chunk = ChunkOf(head);
    return {chunk.codes.get() + IndexIn(head), order.pages()};
  }
  FrameRecord& RecordAt(Pfn pfn) {
    return ChunkOf(pfn).records.get()[IndexIn(pfn)];
  }

  // Unseen where nothing was ever mentioned.
  FrameCode CodeAt(Pfn pfn) const {
    const Chunk* chunk = FindChunk(pfn);
    if (chunk == nullptr) return FrameCode(FrameState::kUnseen, Order(0));
    return chunk->codes.get()[IndexIn(pfn)];
  }
  // REQUIRES: CodeAt(pfn) is not unseen.
  const FrameRecord& RecordAt(Pfn pfn) const {
    return FindChunk(pfn)->records.get()[IndexIn(pfn)];
  }

  // Calls visit(Pfn head, FrameCode, FrameRecord&) for each block that was
  // mentioned, ascending.
  template <typename Visit>
  void ForEachBlock(Visit visit) {
    for (uint64_t i = 0; i < chunks_.size(); ++i) {
      if (chunks_[i].codes == nullptr) continue;
      for (uint64_t at = 0; at < kChunkFrames;) {
        const FrameCode code = chunks_[i].codes.get()[at];
        if (code.state() != FrameState::kUnseen) {
          visit(Pfn((i << kChunkOrder) + at), code,
                chunks_[i].records.get()[at]);
        }
        at += code.order().pages();
      }
    }
  }
  template <typename Visit>
  void ForEachBlock(Visit visit) const {
    const_cast<RecordedFrames*>(this)->ForEachBlock(
        [&visit](Pfn head, FrameCode code, const FrameRecord& record) {
          visit(head, code, record);
        });
  }

 private:
  // A block never crosses the end of a chunk.
  static constexpr int kChunkOrder = 18;
  static constexpr uint64_t kChunkFrames = uint64_t{1} << kChunkOrder;
  static_assert(kChunkOrder >= kMaxPageOrder);

  struct FreeMemory {
    void operator()(void* memory) const { std::free(memory); }
  };
  struct Chunk {
    std::unique_ptr<FrameCode, FreeMemory> codes;
    std::unique_ptr<FrameRecord, FreeMemory> records;
  };

  static uint64_t IndexIn(Pfn pfn) { return pfn.value() & (kChunkFrames - 1); }
  Chunk& ChunkOf(Pfn pfn) {
    const uint64_t index = pfn.value() >> kChunkOrder;
    if (index >= chunks_.size() || chunks_[index].codes == nullptr)
        [[unlikely]] {
      AddChunk(index);
    }
    return chunks_[index];
  }
  const Chunk* FindChunk(Pfn pfn) const {
    const uint64_t index = pfn.value() >> kChunkOrder;
    if (index >= chunks_.size() || chunks_[index].codes == nullptr) {
      return nullptr;
    }
    return &chunks_[index];
  }
  void AddChunk(uint64_t index);

  std::vector<Chunk> chunks_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_OWNERS_RECORDED_FRAMES_H_
