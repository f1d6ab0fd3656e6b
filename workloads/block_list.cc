#include "pagelab/workloads/block_list.h"

#include <algorithm>

#include "pagelab/base/check.h"

namespace pagelab {

void BlockList::Add(const Block& block) {
  PAGELAB_CHECK(slots_.empty() || slots_.back().block.serial < block.serial);
  slots_.push_back(Slot{block, true});
  ++live_;
}

size_t BlockList::IndexOf(uint64_t serial) const {
  const auto at = std::partition_point(
      slots_.begin(), slots_.end(),
      [=](const Slot& slot) { return slot.block.serial < serial; });
  return static_cast<size_t>(at - slots_.begin());
}

uint64_t BlockList::BoundAt(Nanoseconds when) const {
  const auto at = std::partition_point(
      slots_.begin(), slots_.end(),
      [=](const Slot& slot) { return slot.block.allocated <= when; });
  return at == slots_.begin() ? 0 : std::prev(at)->block.serial + 1;
}

std::optional<Block> BlockList::OldestFrom(uint64_t serial, uint64_t bound) {
  while (first_ < slots_.size() && !slots_[first_].live) ++first_;
  for (size_t i = std::max(first_, IndexOf(serial)); i < slots_.size(); ++i) {
    if (slots_[i].block.serial >= bound) break;
    if (slots_[i].live) return slots_[i].block;
  }
  return std::nullopt;
}

std::optional<Block> BlockList::NewestBelow(uint64_t bound) const {
  for (size_t i = IndexOf(bound); i > first_; --i) {
    if (slots_[i - 1].live) return slots_[i - 1].block;
  }
  return std::nullopt;
}

std::optional<Block> BlockList::RandomBelow(uint64_t bound, Random& random) {
  constexpr int kTries = 64;
  for (int attempt = 0; attempt <= kTries; ++attempt) {
    // Without gaps, the last draw hits.
    if (attempt == kTries) RemoveGaps();
    const size_t end = IndexOf(bound);
    if (end <= first_) return std::nullopt;
    const Slot& slot = slots_[first_ + random.Uniform(end - first_)];
    if (slot.live) return slot.block;
  }
  return std::nullopt;
}

std::vector<uint64_t> BlockList::SerialsBelow(uint64_t bound) const {
  std::vector<uint64_t> serials;
  const size_t end = IndexOf(bound);
  for (size_t i = first_; i < end; ++i) {
    if (slots_[i].live) serials.push_back(slots_[i].block.serial);
  }
  return serials;
}

std::optional<Block> BlockList::Take(uint64_t serial) {
  const size_t index = IndexOf(serial);
  if (index == slots_.size() || slots_[index].block.serial != serial ||
      !slots_[index].live) {
    return std::nullopt;
  }
  return TakeSlot(index);
}

std::optional<Block> BlockList::TakeOrigin(uint64_t origin) {
  auto at = std::partition_point(
      slots_.begin(), slots_.end(),
      [=](const Slot& slot) { return slot.block.origin < origin; });
  for (; at != slots_.end() && at->block.origin == origin; ++at) {
    if (at->live) return TakeSlot(static_cast<size_t>(at - slots_.begin()));
  }
  return std::nullopt;
}

std::vector<Block> BlockList::TakeAll() {
  std::vector<Block> blocks;
  blocks.reserve(live_);
  for (size_t i = first_; i < slots_.size(); ++i) {
    if (slots_[i].live) blocks.push_back(slots_[i].block);
  }
  slots_.clear();
  first_ = live_ = 0;
  return blocks;
}

Block BlockList::TakeSlot(size_t index) {
  constexpr size_t kFewGaps = 64;
  const Block block = slots_[index].block;
  slots_[index].live = false;
  --live_;
  while (!slots_.empty() && !slots_.back().live) slots_.pop_back();
  first_ = std::min(first_, slots_.size());
  if (slots_.size() - live_ > live_ + kFewGaps) RemoveGaps();
  return block;
}

void BlockList::RemoveGaps() {
  slots_.erase(std::remove_if(slots_.begin(), slots_.end(),
                              [](const Slot& slot) { return !slot.live; }),
               slots_.end());
  first_ = 0;
}

}  // namespace pagelab
