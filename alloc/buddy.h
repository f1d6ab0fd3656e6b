#ifndef PAGELAB_ALLOC_BUDDY_H_
#define PAGELAB_ALLOC_BUDDY_H_

#include "pagelab/alloc/types.h"

namespace pagelab {

// The head of the block that merges with the block of `order` at `head`.
// REQUIRES: head.IsAlignedTo(order).
constexpr Pfn BuddyOf(Pfn head, Order order) {
  return Pfn(head.value() ^ order.pages());
}

// The head of the block of order + 1 that contains the block at `head`.
constexpr Pfn ParentOf(Pfn head, Order order) {
  return Pfn(head.value() & ~order.pages());
}

// The largest block that may start where the range does and lies in it.
// REQUIRES: the range is not empty.
constexpr Order LargestBlockIn(PfnRange range) {
  int order = kMaxPageOrder;
  while (!range.begin.IsAlignedTo(Order(order)) ||
         range.begin + PageCount(Order(order).pages()) > range.end) {
    --order;
  }
  return Order(order);
}

static_assert(BuddyOf(Pfn(8), Order(2)) == Pfn(12));
static_assert(BuddyOf(Pfn(12), Order(2)) == Pfn(8));
static_assert(ParentOf(Pfn(12), Order(2)) == Pfn(8));
static_assert(ParentOf(Pfn(8), Order(2)) == Pfn(8));
static_assert(LargestBlockIn({Pfn(8), Pfn(15)}) == Order(2));

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_BUDDY_H_
