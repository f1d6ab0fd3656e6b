#ifndef PAGELAB_WORKLOADS_KERNEL_SWAP_DEVICE_H_
#define PAGELAB_WORKLOADS_KERNEL_SWAP_DEVICE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "pagelab/alloc/types.h"

namespace pagelab {

// Where anonymous memory goes that nobody used for long: slots of a page each,
// handed out in ascending order, those that came back first.
// Kernel counterpart: struct swap_info_struct.
class SwapDevice {
 public:
  // More slots. Kernel counterpart: swapon(2).
  void Grow(PageCount pages) { capacity_ += pages; }

  // A slot with `users` references, or nothing: the device is full.
  std::optional<uint32_t> Take(uint32_t users);
  void AddUser(uint32_t slot) { ++users_[slot]; }
  // The slot is free when its last user has left.
  void DropUser(uint32_t slot);

  PageCount capacity() const { return capacity_; }
  PageCount used() const { return used_; }
  bool full() const { return used_ >= capacity_; }

 private:
  PageCount capacity_;
  PageCount used_;
  std::vector<uint32_t> users_;
  std::vector<uint32_t> returned_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_SWAP_DEVICE_H_
