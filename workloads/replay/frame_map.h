#ifndef PAGELAB_WORKLOADS_REPLAY_FRAME_MAP_H_
#define PAGELAB_WORKLOADS_REPLAY_FRAME_MAP_H_

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// What became of a frame of the recorded machine in the simulated one.
class FrameEntry {
 public:
  enum class State : uint8_t {
    // The recording has not mentioned the frame.
    kUnseen = 0,
    // Its last allocation in the recording was undone.
    kFree,
    // The recording has it allocated; here the request failed.
    kMissing,
    // Allocated here too.
    kHeld,
  };

  static FrameEntry Free() { return FrameEntry(State::kFree, 0, Order(0)); }
  static FrameEntry Missing() {
    return FrameEntry(State::kMissing, 0, Order(0));
  }
  static FrameEntry Held(Pfn pfn, Order order) {
    return FrameEntry(State::kHeld, pfn.value(), order);
  }

  State state() const { return static_cast<State>(bits_ & 3); }
  bool held() const { return state() == State::kHeld; }
  // The simulated frame, and the order of the block it is in. REQUIRES: held.
  Pfn pfn() const { return Pfn(bits_ >> 8); }
  Order order() const { return Order(static_cast<int>(bits_ >> 2 & 15)); }

 private:
  FrameEntry(State state, uint64_t pfn, Order order)
      : bits_(pfn << 8 | static_cast<uint64_t>(order.value()) << 2 |
              static_cast<uint64_t>(state)) {}

  uint64_t bits_;
};
static_assert(sizeof(FrameEntry) == 8);

// From recorded to simulated frames: an array indexed by recorded pfn, in
// chunks that come into being when they are first mentioned. Its size depends
// on the recorded machine's memory, not on the length of the recording.
class FrameMap {
 public:
  // The entries of a block's frames. REQUIRES: `head` is aligned to `order`.
  absl::Span<FrameEntry> Block(Pfn head, Order order) {
    const uint64_t chunk = head.value() >> kChunkOrder;
    if (chunk >= chunks_.size() || chunks_[chunk] == nullptr) [[unlikely]] {
      AddChunk(chunk);
    }
    return {chunks_[chunk].get() + (head.value() & (kChunkFrames - 1)),
            order.pages()};
  }

 private:
  // A block never crosses the end of a chunk.
  static constexpr int kChunkOrder = 18;
  static constexpr uint64_t kChunkFrames = uint64_t{1} << kChunkOrder;
  static_assert(kChunkOrder >= kMaxPageOrder);

  struct FreeMemory {
    void operator()(FrameEntry* entries) const { std::free(entries); }
  };

  void AddChunk(uint64_t chunk);

  std::vector<std::unique_ptr<FrameEntry[], FreeMemory>> chunks_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_REPLAY_FRAME_MAP_H_
