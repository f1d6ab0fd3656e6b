#include "pagelab/alloc/fragmentation_index.h"

#include <numeric>

namespace pagelab {

FreeBlockCounts::FreeBlockCounts(const Zone& zone) {
  for (size_t order = 0; order < blocks_.size(); ++order) {
    blocks_[order] = zone.free_area[order].nr_free;
  }
}

FreeBlockCounts& FreeBlockCounts::operator+=(const FreeBlockCounts& other) {
  for (size_t order = 0; order < blocks_.size(); ++order) {
    blocks_[order] += other.blocks_[order];
  }
  return *this;
}

uint64_t FreeBlockCounts::total_blocks() const {
  return std::accumulate(blocks_.begin(), blocks_.end(), uint64_t{0});
}

PageCount FreeBlockCounts::pages() const {
  uint64_t pages = 0;
  for (size_t order = 0; order < blocks_.size(); ++order) {
    pages += blocks_[order] << order;
  }
  return PageCount(pages);
}

uint64_t FreeBlockCounts::SuitableBlocks(Order order) const {
  uint64_t suitable = 0;
  const auto wanted = static_cast<size_t>(order.value());
  for (size_t larger = wanted; larger < blocks_.size(); ++larger) {
    suitable += blocks_[larger] << (larger - wanted);
  }
  return suitable;
}

int FreeBlockCounts::UnusableIndex(Order order) const {
  const uint64_t free = pages().value();
  if (free == 0) return 1000;
  const uint64_t usable = SuitableBlocks(order) * order.pages();
  return static_cast<int>((free - usable) * 1000 / free);
}

int FreeBlockCounts::FragmentationIndex(Order order) const {
  const uint64_t blocks = total_blocks();
  if (blocks == 0) return 0;
  if (SuitableBlocks(order) > 0) return -1000;
  const uint64_t requests = pages().value() * 1000 / order.pages();
  return 1000 - static_cast<int>((1000 + requests) / blocks);
}

}  // namespace pagelab
