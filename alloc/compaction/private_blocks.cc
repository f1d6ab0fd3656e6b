#include "pagelab/alloc/compaction/private_blocks.h"

namespace pagelab {

void PrivateBlocks::Add(Page& block) {
  list(block.order()).push_back(block);
  pages_ += PageCount(block.order().pages());
}

void PrivateBlocks::PutBack(Page& block) {
  list(block.order()).push_front(block);
  pages_ += PageCount(block.order().pages());
}

Page* PrivateBlocks::Take(Order order) {
  int found = order.value();
  while (found < kNrPageOrders && list(Order(found)).empty()) ++found;
  if (found == kNrPageOrders) return nullptr;
  Page& block = list(Order(found)).front();
  list(Order(found)).pop_front();
  pages_ -= PageCount(order.pages());
  const Pfn pfn = memory_.PfnOf(&block);
  for (int half = found - 1; half >= order.value(); --half) {
    Page& upper = *memory_.PageAt(pfn + PageCount(Order(half).pages()));
    upper.state = PageState::kPrivate;
    upper.order_value = static_cast<uint8_t>(half);
    upper.zone = block.zone;
    upper.extra_blocks = 0;
    list(Order(half)).push_front(upper);
  }
  block.order_value = static_cast<uint8_t>(order.value());
  return &block;
}

Page* PrivateBlocks::TakeFirst() {
  for (PageList& blocks : lists_) {
    if (blocks.empty()) continue;
    Page& block = blocks.front();
    blocks.pop_front();
    pages_ -= PageCount(block.order().pages());
    return &block;
  }
  return nullptr;
}

}  // namespace pagelab
