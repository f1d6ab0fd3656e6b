// Going on after a divergence: page-allocator.md 20.5 step 6.

#include <algorithm>
#include <utility>

#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/workloads/exact/exact_replay.h"

namespace pagelab {
namespace {

// Takes the block off whichever per-cpu list of its zone it is on.
void RemoveFromPcp(AllocatorState& state, Page& page) {
  Zone& zone = state.ZoneOf(page);
  for (int cpu = 0; cpu < state.nr_cpus; ++cpu) {
    for (FreeList& list : zone.pcp[cpu].lists) {
      for (const Page& node : list) {
        if (&node != &page) continue;
        list.Remove(page);
        zone.pcp[cpu].count -= static_cast<int32_t>(page.order().pages());
        page.state = PageState::kNone;
        return;
      }
    }
  }
}

// Splits the free block at `head` for a part of it.
void TakeFromFree(AllocatorState& state, Page& head, Pfn pfn, Order order) {
  PhysicalMemory& memory = *state.memory;
  Zone& zone = state.ZoneOf(head);
  Pfn at = memory.PfnOf(&head);
  const Migratetype type = state.PageblockType(at);
  int size = head.order().value();
  RemoveFromFreeList(zone, head, head.order(), type);
  AccountFreePages(zone, CpuId(0), -static_cast<int64_t>(order.pages()), type);
  while (size > order.value()) {
    --size;
    const Pfn upper = at + PageCount(Order(size).pages());
    const Pfn rest = pfn < upper ? upper : at;
    if (pfn >= upper) at = upper;
    AddToFreeList(zone, *memory.PageAt(rest), Order(size), type,
                  ListEnd::kHead);
  }
}

}  // namespace

// Whatever the lists have of the block leaves them.
void ExactReplay::TakeFrame(Pfn pfn, Order order) {
  AllocatorState& state = allocator_state_;
  PhysicalMemory& memory = *state.memory;
  const Page* found = FindBlockHead(memory, pfn);
  Page& wanted = *memory.PageAt(pfn);
  if (found != nullptr) {
    Page& head = *memory.PageAt(memory.PfnOf(found));
    if (head.state == PageState::kPcp) {
      RemoveFromPcp(state, head);
    } else if (head.state == PageState::kBuddy && head.order() >= order) {
      TakeFromFree(state, head, pfn, order);
    }
  }
  for (Page* page = &wanted; page < &wanted + order.pages(); ++page) {
    if (page->state == PageState::kPcp) {
      RemoveFromPcp(state, *page);
    } else if (page->state == PageState::kBuddy) {
      TakeFromFree(state, *page, memory.PfnOf(page), page->order());
    }
    page->state = PageState::kNone;
  }
  wanted.state = PageState::kAllocated;
  wanted.order_value = static_cast<uint8_t>(order.value());
  wanted.extra_blocks = 0;
}

void ExactReplay::PutBack(Page& page, Order order, const RecordedEvent& event) {
  Zone& zone = allocator_state_.ZoneOf(page);
  const Pfn pfn = allocator_state_.memory->PfnOf(&page);
  const Migratetype type = allocator_state_.PageblockType(pfn);
  if (!IsPcpOrder(allocator_state_.policy, order)) {
    allocator_.FreeOne(zone, CpuId(event.cpu), pfn, order, type,
                       FpiFlags::kNone);
    return;
  }
  PerCpuPages& pcp = zone.pcp[event.cpu];
  page.state = PageState::kPcp;
  const int list = PcpListIndex(order, PcpTypeOf(type));
  pcp.lists[static_cast<size_t>(list)].PushFront(page);
  pcp.count += static_cast<int32_t>(order.pages());
}

// Otherwise the recording lacks the allocation of the frame: it is in use.
bool ExactReplay::IsAllocatedLater(Pfn pfn) const {
  const uint64_t begin = operation_.index + 1;
  const uint64_t end = std::min(Limit(begin), begin + kPrintedWithin);
  for (uint64_t i = begin; i < end; ++i) {
    if (events_[i].frame() != pfn) continue;
    return events_[i].kind == RecordedKind::kPageAlloc;
  }
  return false;
}

void ExactReplay::NoteWrongBlock(Pfn pfn, Order order) {
  if (resync_) wrong_blocks_.emplace_back(pfn, order);
}

void ExactReplay::ReturnWrongBlocks() {
  const CpuId cpu(events_[operation_.index].cpu);
  for (size_t i = wrong_blocks_.size(); i-- > 0;) {
    const auto [pfn, order] = wrong_blocks_[i];
    Page& page = *allocator_state_.memory->PageAt(pfn);
    if (page.state == PageState::kPcp) {
      RemoveFromPcp(allocator_state_, page);
    } else if (&page == wrong_page_) {
      wrong_page_ = nullptr;
    } else {
      continue;
    }
    allocator_.FreeOne(allocator_state_.ZoneOf(page), cpu, pfn, order,
                       allocator_state_.PageblockType(pfn), FpiFlags::kNone);
  }
  wrong_blocks_.clear();
}

// A block of a refill, as recorded, goes to the list that is refilled.
void ExactReplay::AppendToPcp(uint64_t index) {
  const RecordedEvent& taken = events_[index];
  const Order order = taken.block_order();
  Page& page = *allocator_state_.memory->PageAt(taken.frame());
  const bool claimed_below_pageblock =
      taken.kind == RecordedKind::kPageAllocExtfrag &&
      taken.Has(RecordedEvent::kChangeOwnership) &&
      Order(taken.fallback_order) < allocator_state_.memory->pageblock_order();
  if (claimed_below_pageblock || page.state == PageState::kPcp ||
      !IsPcpOrder(allocator_state_.policy, order)) {
    return;
  }
  TakeFrame(taken.frame(), order);
  const RecordedEvent& event = events_[operation_.index];
  const Migratetype type =
      event.kind == RecordedKind::kPageAlloc
          ? RequestType(allocator_state_.policy, event.mask())
          : allocator_state_.PageblockType(taken.frame());
  PerCpuPages& pcp = allocator_state_.ZoneOf(page).pcp[taken.cpu];
  page.state = PageState::kPcp;
  const int list = PcpListIndex(order, PcpTypeOf(type));
  pcp.lists[static_cast<size_t>(list)].PushBack(page);
  pcp.count += static_cast<int32_t>(order.pages());
}

void ExactReplay::Resync() {
  const RecordedEvent& event = events_[operation_.index];
  ReturnWrongBlocks();
  Page* wrong = std::exchange(wrong_page_, nullptr);
  if (wrong != nullptr && event.kind == RecordedKind::kPageAlloc &&
      IsAllocatedLater(allocator_state_.memory->PfnOf(wrong))) {
    PutBack(*wrong, event.block_order(), event);
  }
  for (uint64_t i = NextRefillEvent(); i != events_.size();
       i = NextRefillEvent()) {
    state_.done.Add(i);
    operation_.cursor = i + 1;
    AppendToPcp(i);
  }
  for (uint64_t i = NextDrainEvent(); i != events_.size();
       i = NextDrainEvent()) {
    const RecordedEvent& drained = events_[i];
    state_.done.Add(i);
    operation_.cursor = i + 1;
    Page& page = *allocator_state_.memory->PageAt(drained.frame());
    if (page.state != PageState::kPcp) continue;
    Zone& zone = allocator_state_.ZoneOf(page);
    RemoveFromPcp(allocator_state_, page);
    allocator_.FreeOne(
        zone, CpuId(drained.cpu), drained.frame(), drained.block_order(),
        allocator_state_.PageblockType(drained.frame()), FpiFlags::kNone);
  }
  if (event.kind == RecordedKind::kPageAlloc && !event.failed_allocation()) {
    TakeFrame(event.frame(), event.block_order());
  }
}

}  // namespace pagelab
