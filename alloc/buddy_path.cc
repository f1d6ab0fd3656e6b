// Blocks into and out of the buddy lists: page-allocator.md 8 and 9.

#include <bit>

#include "pagelab/alloc/fallback.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/trace_hooks.h"

namespace pagelab {
inline namespace PAGELAB_HOOK_NAMESPACE {
namespace {

// The block that the freed one would merge into next may soon be whole: then
// keep it away from the head. REQUIRES: `buddy` is the last candidate looked
// at for a block of `order` at `pfn`.
bool BuddyMergeLikely(const AllocatorState& state, const Zone& zone, Pfn pfn,
                      Pfn buddy, Order order) {
  if (order >= Order(kMaxPageOrder - 1)) return false;
  const Pfn parent(buddy.value() & pfn.value());
  const Order parent_order(order.value() + 1);
  const Pfn parent_buddy = BuddyOf(parent, parent_order);
  return IsMergeBuddy(*state.memory->PageAt(parent_buddy), parent_order, zone);
}

}  // namespace

void PageAllocator::FreeOne(Zone& zone, CpuId cpu, Pfn pfn, Order order,
                            Migratetype type, FpiFlags fpi) {
  AccountFreePages(zone, cpu, static_cast<int64_t>(order.pages()), type);
  FreeUncounted(zone, cpu, pfn, order, type, fpi);
}

void PageAllocator::FreeUncounted(Zone& zone, CpuId cpu, Pfn pfn, Order order,
                                  Migratetype type, FpiFlags fpi) {
  PhysicalMemory& memory = *state_.memory;
  const Order pageblock_order = memory.pageblock_order();
  memory.PageAt(pfn)->state = PageState::kNone;

  Pfn buddy_pfn = pfn;
  while (order < Order(kMaxPageOrder)) {
    buddy_pfn = BuddyOf(pfn, order);
    Page& buddy = *memory.PageAt(buddy_pfn);
    if (!IsMergeBuddy(buddy, order, zone)) break;
    Migratetype buddy_type = type;
    if (order >= pageblock_order) [[unlikely]] {
      buddy_type = state_.PageblockType(buddy_pfn);
      if (buddy_type != type &&
          !(IsMergeable(buddy_type) && IsMergeable(type))) {
        break;
      }
    }
    if (buddy.state == PageState::kGuard) [[unlikely]] {
      ClearPageGuard(state_, cpu, buddy, buddy_type);
    } else {
      RemoveFromFreeList(zone, buddy, order, buddy_type);
    }
    if (buddy_type != type) SetBlockType(state_, buddy_pfn, order, type);
    pfn = ParentOf(pfn, order);
    order = Order(order.value() + 1);
  }

  const bool tail = fpi == FpiFlags::kToTail ||
                    BuddyMergeLikely(state_, zone, pfn, buddy_pfn, order);
  AddToFreeList(zone, *memory.PageAt(pfn), order, type,
                tail ? ListEnd::kTail : ListEnd::kHead);
}

void PageAllocator::FreeDirect(ExecutionContext& context, Zone& zone, Pfn pfn,
                               Order order, FpiFlags fpi) {
  const Order piece = std::min(order, state_.memory->pageblock_order());
  for (const Pfn end = pfn + PageCount(order.pages()); pfn < end;
       pfn += PageCount(piece.pages())) {
    FreeOne(zone, context.cpu, pfn, piece, state_.PageblockType(pfn), fpi);
  }
  state_.events.pgfree += order.pages();
}

Page* TakeSmallest(AllocatorState& state, const ExecutionContext& context,
                   Zone& zone, Order order, Migratetype type) {
  const unsigned listed = zone.listed_orders[Index(type)] >> order.value();
  if (listed == 0) return nullptr;
  const Order smallest(order.value() + std::countr_zero(listed));
  Page& page = zone.free_area[smallest.value()].list(type).front();
  RemoveFromFreeList(zone, page, smallest, type);
  const Pfn pfn = state.memory->PfnOf(&page);
  const int64_t guarded = Expand(state, zone, pfn, order, smallest, type);
  page.order_value = static_cast<uint8_t>(order.value());
  page.zone = zone.id;
  AccountFreePages(zone, context.cpu,
                   -static_cast<int64_t>(order.pages()) - guarded, type);
  Trace<mm_page_alloc_zone_locked_key>(
      state, context,
      MmPageAllocZoneLocked{.pfn = pfn,
                            .order = order,
                            .migratetype = type,
                            .percpu_refill = IsPcpOrder(state.policy, order) &&
                                             IsMergeable(type)});
  return &page;
}

Page* TakeBlock(AllocatorState& state, const ExecutionContext& context,
                Zone& zone, const TakeRequest& request, TakeMode& mode) {
  const bool use_cma =
      state.policy.cma && request.flags.HasAny(alloc_flag::kCma);
  if (use_cma && zone.StatPages(ZoneStat::kFreeCma) >
                     zone.StatPages(ZoneStat::kFreePages) / 2) {
    Page* page =
        TakeSmallest(state, context, zone, request.order, Migratetype::kCma);
    if (page != nullptr) return page;
  }
  if (mode == TakeMode::kNormal) {
    Page* page =
        TakeSmallest(state, context, zone, request.order, request.type);
    if (page != nullptr) [[likely]]
      return page;
  }
  return TakeFromOthers(state, context, zone, request, mode);
}

Page* PageAllocator::TakeFromBuddy(ExecutionContext& context, Zone& zone,
                                   Order order, Migratetype type,
                                   AllocFlags flags) {
  if (flags.HasAny(alloc_flag::kHighatomic)) {
    Page* page =
        TakeSmallest(state_, context, zone, order, Migratetype::kHighAtomic);
    if (page != nullptr) return page;
  }
  TakeMode mode = TakeMode::kNormal;
  Page* page = TakeBlock(state_, context, zone,
                         {.order = order, .type = type, .flags = flags}, mode);
  if (page != nullptr) return page;
  if (flags.HasAny(alloc_flag::kOom.With(alloc_flag::kNonBlock))) {
    return TakeSmallest(state_, context, zone, order, Migratetype::kHighAtomic);
  }
  return nullptr;
}

}  // namespace PAGELAB_HOOK_NAMESPACE
}  // namespace pagelab
