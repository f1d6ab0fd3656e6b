// Allocations inside allocations and frees: page-allocator.md 25.3.

#include <algorithm>

#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/workloads/exact/exact_replay.h"

namespace pagelab {
namespace {

// What page_owner asks for inside another allocation or free
// (page-allocator.md 25.3).
constexpr uint32_t kNestedKept = 0xce0;
constexpr uint32_t kNestedAdded = 0x92000;
constexpr Order kDepotPoolOrder{2};
constexpr uint32_t kNestedInFree = 0x92800;
// Entries of others between a free and the allocation inside it.
constexpr uint64_t kBetween = 64;

uint32_t NestedMask(uint32_t outer) {
  return (outer & kNestedKept) | kNestedAdded;
}

bool LooksLikePool(const RecordedEvent& event) {
  return event.block_order() == kDepotPoolOrder &&
         !event.mask().Has(gfp::kComp) &&
         (event.gfp & kNestedAdded) == kNestedAdded;
}

bool LooksLikeSlabPage(const RecordedEvent& event) {
  return event.order == 0 && event.mask().Has(gfp::kComp) &&
         event.mask().Has(gfp::kNomemalloc);
}

}  // namespace

uint64_t ExactReplay::OuterOf(uint64_t index) const {
  const RecordedEvent& event = events_[index];
  const bool pool = LooksLikePool(event);
  if (!pool && !LooksLikeSlabPage(event)) return events_.size();
  const RecordedContext context = ContextOf(event);
  uint64_t outer = index;
  do {
    outer = NextOf(context, outer + 1, Limit(index));
    if (outer == events_.size()) return outer;
  } while (events_[outer].is_refill());
  const RecordedEvent& next = events_[outer];
  if (next.kind != RecordedKind::kPageAlloc) return events_.size();
  if (pool) {
    return event.gfp == NestedMask(next.gfp) ? outer : events_.size();
  }
  // A slab page could be an allocation of its own: the page that comes next
  // tells.
  if ((event.gfp & kNestedKept) != (next.gfp & kNestedKept)) {
    return events_.size();
  }
  const uint64_t first = NextOf(context, state_.position, index);
  Pfn head = Pfn(0);
  if (first != events_.size() && events_[first].is_refill()) {
    head = events_[first].frame();
  } else {
    const AllocControl ac = ControlOf(CpuId(event.cpu), event.request());
    const Zone* zone = PeekZone(ac, alloc_flag::kWmarkLow);
    if (zone == nullptr) return events_.size();
    const FreeList& list =
        zone->pcp[event.cpu]
            .lists[static_cast<size_t>(PcpListIndex(Order(0), ac.type))];
    if (!list.empty()) head = allocator_state_.memory->PfnOf(&list.front());
  }
  return head != event.frame() && head == next.frame() ? outer : events_.size();
}

bool ExactReplay::NestedInFreeFirst(uint64_t index) {
  const RecordedEvent& event = events_[index];
  // Nothing but other CPUs and interrupts comes between.
  uint64_t near = index + 1;
  const uint64_t end = std::min(events_.size(), near + kBetween);
  while (near < end && (events_[near].cpu != event.cpu ||
                        events_[near].level > event.level)) {
    ++near;
  }
  if (near >= end) return false;
  const RecordedEvent& next = events_[near];
  if ((next.kind != RecordedKind::kPageAlloc && !next.is_refill()) ||
      ContextOf(next) != ContextOf(event) || IsDone(near)) {
    return false;
  }
  uint64_t nested = near;
  while (nested < events_.size() && events_[nested].is_refill()) {
    nested = NextOf(ContextOf(event), nested + 1, Limit(index));
  }
  if (nested >= events_.size()) return false;
  const RecordedEvent& alloc = events_[nested];
  if (alloc.kind != RecordedKind::kPageAlloc) return false;
  const bool pool = LooksLikePool(alloc) && alloc.gfp == kNestedInFree;
  const bool slab =
      LooksLikeSlabPage(alloc) &&
      (alloc.gfp & kNestedKept) == (kNestedInFree & kNestedKept) &&
      alloc.pfn != event.pfn;
  if (!pool && !slab) return false;
  ProcessAhead(near);
  if (!IsDone(nested)) ProcessAhead(nested);
  return true;
}

}  // namespace pagelab
