#ifndef PAGELAB_ALLOC_FRAGMENTATION_INDEX_H_
#define PAGELAB_ALLOC_FRAGMENTATION_INDEX_H_

#include <array>
#include <cstdint>

#include "pagelab/alloc/types.h"
#include "pagelab/alloc/zone.h"

namespace pagelab {

// Free blocks of a zone by order, and what they say about a request of some
// order. All indices are in 1/1000, with the kernel's integer divisions
// (page-allocator.md 17.5, text-formats.md 10).
class FreeBlockCounts {
 public:
  using Counts = std::array<uint64_t, kNrPageOrders>;

  constexpr FreeBlockCounts() = default;
  constexpr explicit FreeBlockCounts(const Counts& blocks) : blocks_(blocks) {}
  // Kernel counterpart: fill_contig_page_info().
  explicit FreeBlockCounts(const Zone& zone);

  uint64_t blocks(Order order) const {
    return blocks_[static_cast<size_t>(order.value())];
  }
  void Add(Order order, uint64_t blocks) {
    blocks_[static_cast<size_t>(order.value())] += blocks;
  }
  FreeBlockCounts& operator+=(const FreeBlockCounts& other);

  // Blocks of all orders, and their pages.
  uint64_t total_blocks() const;
  PageCount pages() const;
  // How many blocks of `order` those that are large enough would give.
  uint64_t SuitableBlocks(Order order) const;

  // The share of free memory that lies in smaller blocks: 0 none, 1000 all of
  // it, or nothing is free. Kernel counterpart: unusable_free_index().
  int UnusableIndex(Order order) const;
  // Why a request of `order` would fail: -1000 it would not, towards 0 for want
  // of memory, towards 1000 because what is free is scattered. 0 where nothing
  // is free. With one free block only, and that not too small by much, between
  // -1000 and 0. Kernel counterpart: __fragmentation_index().
  int FragmentationIndex(Order order) const;

  friend bool operator==(const FreeBlockCounts&,
                         const FreeBlockCounts&) = default;

 private:
  Counts blocks_{};
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_FRAGMENTATION_INDEX_H_
