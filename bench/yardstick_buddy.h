#ifndef PAGELAB_BENCH_YARDSTICK_BUDDY_H_
#define PAGELAB_BENCH_YARDSTICK_BUDDY_H_

#include <array>
#include <cstdint>
#include <vector>

namespace pagelab {

// As little of a buddy allocator as works: lists of free blocks by order, the
// last freed first, split and merged as Linux does, and nothing else. No
// zones, migratetypes, watermarks, per-cpu lists or checks: what the page
// allocator's figures are read beside, on any machine.
//
// Thread-compatible.
class YardstickBuddy {
 public:
  static constexpr int kMaxOrder = 10;
  static constexpr uint32_t kNone = UINT32_MAX;

  // REQUIRES: `frames` is a multiple of 1024, a block of kMaxOrder.
  explicit YardstickBuddy(uint32_t frames);

  // The first frame of a block of 2^order frames, or kNone.
  uint32_t Get(int order);
  // REQUIRES: Get(order) returned `head`, and it was not put back since.
  void Put(uint32_t head, int order);

  uint32_t nr_free(int order) const { return nr_free_[order]; }

 private:
  // Frames first, then the heads of the lists.
  struct Frame {
    uint32_t next = 0;
    uint32_t prev = 0;
    // Of the free block that begins here; -1: none does.
    int32_t free_order = -1;
    // As wide as a descriptor with flags and a count would be.
    uint32_t unused = 0;
  };
  static_assert(sizeof(Frame) == 16);

  void Link(uint32_t head, int order);
  void Unlink(uint32_t head, int order);

  uint32_t lists_;
  std::vector<Frame> frames_;
  std::array<uint32_t, kMaxOrder + 1> nr_free_{};
};

}  // namespace pagelab

#endif  // PAGELAB_BENCH_YARDSTICK_BUDDY_H_
