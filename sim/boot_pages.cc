#include "pagelab/sim/boot_pages.h"

namespace pagelab {

std::optional<Pfn> BootPages::Take(PageCount pages, Order align, NodeId node) {
  for (size_t i = 0; i < ranges_.size(); ++i) {
    const PfnRange range = ranges_[i];
    const Pfn begin = AlignUp(range.begin, align);
    const Pfn end = begin + pages;
    if (end > range.end) continue;
    const Page& page = *state_.memory->PageAt(begin);
    if (node.valid() && state_.ZoneOf(page).node != node) continue;
    ranges_[i] = {end, range.end};
    if (begin > range.begin) {
      ranges_.insert(ranges_.begin() + static_cast<ptrdiff_t>(i),
                     {range.begin, begin});
    } else if (ranges_[i].empty()) {
      ranges_.erase(ranges_.begin() + static_cast<ptrdiff_t>(i));
    }
    return begin;
  }
  return std::nullopt;
}

std::optional<Pfn> BootPages::AllocBlock(ExecutionContext& context, Gfp gfp,
                                         Order order, NodeId node) {
  const PageCount pages(order.pages());
  const std::optional<Pfn> head = Take(pages, order, node);
  if (!head.has_value()) {
    return allocator_.AllocBlock(context, gfp, order, node);
  }
  for (Pfn pfn = *head + PageCount(1); pfn < *head + pages; ++pfn) {
    Page& tail = *state_.memory->PageAt(pfn);
    tail.state = PageState::kNone;
    tail.refcount = 0;
  }
  state_.memory->PageAt(*head)->order_value =
      static_cast<uint8_t>(order.value());
  return head;
}

void BootPages::FreeBlock(ExecutionContext& context, Pfn head, Order order) {
  allocator_.FreeBlock(context, head, order);
}

std::optional<Pfn> BootPages::AllocExact(ExecutionContext& context, Gfp gfp,
                                         PageCount pages, NodeId node) {
  const std::optional<Pfn> head = Take(pages, Order(0), node);
  if (head.has_value()) return head;
  return allocator_.AllocExact(context, gfp, pages, node);
}

}  // namespace pagelab
