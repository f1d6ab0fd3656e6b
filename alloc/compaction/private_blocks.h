#ifndef PAGELAB_ALLOC_COMPACTION_PRIVATE_BLOCKS_H_
#define PAGELAB_ALLOC_COMPACTION_PRIVATE_BLOCKS_H_

#include <array>

#include "absl/types/span.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/page_list.h"

namespace pagelab {

// Free blocks that somebody took off the free lists (IsolateFreeBlock()), by
// order. Whoever has some gives them all away before a checkpoint is taken.
// Kernel counterpart: compact_control::freepages. page-allocator.md 17.2.
class PrivateBlocks {
 public:
  explicit PrivateBlocks(PhysicalMemory& memory) : memory_(memory) {}

  PageCount pages() const { return pages_; }
  bool empty() const { return pages_ == PageCount(0); }

  // At the tail: REQUIRES that the block is kPrivate.
  void Add(Page& block);
  // A block of exactly the order, the lower part of the first block of the
  // smallest order that has one; null when there is none large enough. Still
  // kPrivate.
  Page* Take(Order order);
  // At the head: what Take() gave.
  void PutBack(Page& block);
  // The first block of the smallest order; null when there is none.
  Page* TakeFirst();

 private:
  PageList& list(Order order) {
    return lists_[static_cast<size_t>(order.value())];
  }

  PhysicalMemory& memory_;
  std::array<PageList, kNrPageOrders> lists_;
  PageCount pages_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_COMPACTION_PRIVATE_BLOCKS_H_
