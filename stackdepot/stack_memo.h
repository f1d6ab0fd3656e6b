// Where stacks that are looked up again and again are found quickly.

#ifndef PAGELAB_STACKDEPOT_STACK_MEMO_H_
#define PAGELAB_STACKDEPOT_STACK_MEMO_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pagelab {

// Records of the depot by a hash of their frames: an open table, at most half
// full, probed slot after slot. A general map takes five times the
// instructions for a hit. Thread-compatible.
class StackMemo {
 public:
  // The record stored last under this hash, or null. Another stack may have
  // the same hash: for the caller to compare.
  std::byte* Find(uint64_t hash) const {
    for (size_t i = hash & mask_;; i = (i + 1) & mask_) {
      const Slot& slot = slots_[i];
      if (slot.record == nullptr || slot.hash == hash) return slot.record;
    }
  }
  void Put(uint64_t hash, std::byte* record) {
    if (2 * (size_ + 1) > slots_.size()) Grow();
    Slot& slot = SlotFor(hash);
    if (slot.record == nullptr) ++size_;
    slot = {hash, record};
  }
  void Clear() { *this = StackMemo(); }

 private:
  struct Slot {
    uint64_t hash = 0;
    std::byte* record = nullptr;
  };

  Slot& SlotFor(uint64_t hash) {
    size_t i = hash & mask_;
    while (slots_[i].record != nullptr && slots_[i].hash != hash) {
      i = (i + 1) & mask_;
    }
    return slots_[i];
  }
  void Grow() {
    std::vector<Slot> old = std::move(slots_);
    slots_.assign(2 * old.size(), Slot());
    mask_ = slots_.size() - 1;
    for (const Slot& slot : old) {
      if (slot.record != nullptr) SlotFor(slot.hash) = slot;
    }
  }

  // A power of two.
  std::vector<Slot> slots_ = std::vector<Slot>(2);
  size_t mask_ = 1;
  size_t size_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_STACKDEPOT_STACK_MEMO_H_
