// Where stacks that are looked up again and again are found quickly.

#ifndef PAGELAB_STACKDEPOT_STACK_MEMO_H_
#define PAGELAB_STACKDEPOT_STACK_MEMO_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "pagelab/stackdepot/handle.h"

namespace pagelab {

// Handles of the depot by a hash of the frames: an open table of 8 bytes a
// slot, at most seven eighths full, probed slot after slot. A general map takes
// five times the instructions for a hit, and more memory. Thread-compatible.
class StackMemo {
 public:
  // The handle stored last under this hash, or an invalid one. Another stack
  // may have the same hash: for the caller to compare.
  StackHandle Find(uint32_t hash) const { return slots_[SlotOf(hash)].handle; }
  // REQUIRES: `handle` is valid.
  void Put(uint32_t hash, StackHandle handle) {
    if (8 * (size_ + 1) > 7 * slots_.size()) Grow();
    Slot& slot = slots_[SlotOf(hash)];
    if (!slot.handle.valid()) ++size_;
    slot = {hash, handle};
  }
  void Clear() { *this = StackMemo(); }

 private:
  struct Slot {
    uint32_t hash = 0;
    StackHandle handle;
  };

  // Where the hash is, or would be put.
  size_t SlotOf(uint32_t hash) const {
    size_t i = hash & mask_;
    while (slots_[i].handle.valid() && slots_[i].hash != hash) {
      i = (i + 1) & mask_;
    }
    return i;
  }
  void Grow() {
    const std::vector<Slot> old = std::move(slots_);
    slots_.assign(2 * old.size(), Slot());
    mask_ = slots_.size() - 1;
    for (const Slot& slot : old) {
      if (slot.handle.valid()) slots_[SlotOf(slot.hash)] = slot;
    }
  }

  // A power of two.
  std::vector<Slot> slots_ = std::vector<Slot>(8);
  size_t mask_ = 7;
  size_t size_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_STACKDEPOT_STACK_MEMO_H_
