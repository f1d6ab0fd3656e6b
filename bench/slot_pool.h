#ifndef PAGELAB_BENCH_SLOT_POOL_H_
#define PAGELAB_BENCH_SLOT_POOL_H_

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

namespace pagelab {

// Hands out the lowest number that is not in use.
class SlotPool {
 public:
  uint32_t Take() {
    if (returned_.empty()) return nr_slots_++;
    const uint32_t slot = returned_.top();
    returned_.pop();
    return slot;
  }
  // REQUIRES: `slot` is taken.
  void Return(uint32_t slot) { returned_.push(slot); }

  // One more than the largest number handed out so far.
  uint32_t nr_slots() const { return nr_slots_; }
  bool all_returned() const { return returned_.size() == nr_slots_; }

 private:
  uint32_t nr_slots_ = 0;
  std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>>
      returned_;
};

}  // namespace pagelab

#endif  // PAGELAB_BENCH_SLOT_POOL_H_
