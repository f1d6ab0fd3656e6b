#include "pagelab/workloads/kernel/swap_device.h"

#include "pagelab/base/check.h"

namespace pagelab {

std::optional<uint32_t> SwapDevice::Take(uint32_t users) {
  if (full()) return std::nullopt;
  used_ += PageCount(1);
  uint32_t slot = static_cast<uint32_t>(users_.size());
  if (returned_.empty()) {
    users_.push_back(users);
  } else {
    slot = returned_.back();
    returned_.pop_back();
    users_[slot] = users;
  }
  return slot;
}

void SwapDevice::DropUser(uint32_t slot) {
  PAGELAB_CHECK(users_[slot] > 0);
  if (--users_[slot] > 0) return;
  used_ -= PageCount(1);
  returned_.push_back(slot);
}

}  // namespace pagelab
