#include "pagelab/alloc/page_walk.h"

#include <algorithm>

namespace pagelab {
namespace {

FrameExtent::Kind KindOf(PageState state) {
  switch (state) {
    case PageState::kBuddy:
      return FrameExtent::Kind::kBuddy;
    case PageState::kPcp:
      return FrameExtent::Kind::kPcp;
    case PageState::kAllocated:
      return FrameExtent::Kind::kAllocated;
    case PageState::kPrivate:
      return FrameExtent::Kind::kPrivate;
    case PageState::kGuard:
      return FrameExtent::Kind::kGuard;
    case PageState::kNone:
      break;
  }
  __builtin_unreachable();
}

FrameExtent ExtentOfHead(const PhysicalMemory& memory, const Page& head) {
  const Pfn begin = memory.PfnOf(&head);
  const uint64_t blocks =
      head.state == PageState::kBuddy ? uint64_t{1} + head.extra_blocks : 1;
  return {.kind = KindOf(head.state),
          .range = {begin, begin + PageCount(blocks * head.order().pages())},
          .order = head.order()};
}

// The run that holds `pfn` where no block head near it says so: a search
// through the nodes of the lists of the largest order.
const Page* FindRun(const AllocatorState& state, Pfn pfn) {
  for (const Zone& zone : state.all_zones()) {
    if (!zone.span.Contains(pfn)) continue;
    for (const FreeList& list : zone.free_area[kMaxPageOrder].lists) {
      for (const Page& node : list) {
        if (ExtentOfHead(*state.memory, node).range.Contains(pfn)) return &node;
      }
    }
  }
  return nullptr;
}

// One past the last frame of consecutive sections like the one of `pfn`.
Pfn EndOfAbsentSections(const PhysicalMemory& memory, Pfn pfn) {
  uint64_t section = memory.SectionOf(pfn);
  while (section < memory.nr_sections() && !memory.IsPresent(section)) {
    ++section;
  }
  return Pfn(section << memory.geometry().section_order);
}

}  // namespace

const Page* FindBlockHead(const PhysicalMemory& memory, Pfn pfn) {
  for (int order = 0; order < kNrPageOrders; ++order) {
    const Page& candidate = *memory.PageAt(AlignDown(pfn, Order(order)));
    if (candidate.state == PageState::kNone) continue;
    return candidate.order_value >= order ? &candidate : nullptr;
  }
  return nullptr;
}

FrameExtent ExtentAt(const AllocatorState& state, Pfn pfn) {
  const PhysicalMemory& memory = *state.memory;
  if (!memory.IsValid(pfn)) {
    return {.kind = FrameExtent::Kind::kInvalid,
            .range = {pfn, std::max(EndOfAbsentSections(memory, pfn),
                                    pfn + PageCount(1))},
            .order = Order(0)};
  }
  const Page* head = FindBlockHead(memory, pfn);
  if (head == nullptr) {
    const PfnRange reserved = memory.reserved().FindFrom(pfn);
    if (reserved.Contains(pfn)) {
      return {.kind = FrameExtent::Kind::kReserved,
              .range = reserved,
              .order = Order(0)};
    }
    head = FindRun(state, pfn);
  }
  if (head == nullptr) {
    // A frame between blocks: taken from memblock and never given to anybody.
    return {.kind = FrameExtent::Kind::kReserved,
            .range = {pfn, pfn + PageCount(1)},
            .order = Order(0)};
  }
  return ExtentOfHead(memory, *head);
}

}  // namespace pagelab
