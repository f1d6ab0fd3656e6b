// What a request does whose own lists are empty: page-allocator.md 10 and 21.

#include "pagelab/alloc/fallback.h"

#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/trace_hooks.h"
#include "pagelab/alloc/watermark.h"

namespace pagelab {
inline namespace PAGELAB_HOOK_NAMESPACE {
namespace {

// A candidate: the head of a list of another type.
struct Candidate {
  Page* page = nullptr;
  Order order;
  Migratetype type = Migratetype::kUnmovable;
};

Candidate HeadOf(Zone& zone, Order order, Migratetype type) {
  return {&zone.free_area[order.value()].list(type).front(), order, type};
}

void TraceExtfrag(const AllocatorState& state, const ExecutionContext& context,
                  const TakeRequest& request, const Page& page,
                  const Candidate& from) {
  const Pfn pfn = state.memory->PfnOf(&page);
  Trace<mm_page_alloc_extfrag_key>(
      state, context,
      MmPageAllocExtfrag{
          .pfn = pfn,
          .alloc_order = request.order,
          .fallback_order = from.order,
          .alloc_migratetype = request.type,
          .fallback_migratetype = from.type,
          .change_ownership = state.PageblockType(pfn) == request.type});
}

// Takes the block and leaves its rest to lists of `rest_type`. Counters: the
// whole block leaves `from.type`, the rest returns under `rest_type`.
Page* TakeAndExpand(AllocatorState& state, const ExecutionContext& context,
                    Zone& zone, const TakeRequest& request,
                    const Candidate& from, Migratetype rest_type) {
  Page& page = *from.page;
  const Pfn pfn = state.memory->PfnOf(&page);
  RemoveFromFreeList(zone, page, from.order, from.type);
  const auto block = static_cast<int64_t>(from.order.pages());
  const int64_t taken =
      static_cast<int64_t>(request.order.pages()) +
      Expand(state, zone, pfn, request.order, from.order, rest_type);
  if (rest_type != from.type) {
    AccountFreePages(zone, context.cpu, -block, from.type);
    SetBlockType(state, pfn, from.order, rest_type);
    AccountFreePages(zone, context.cpu, block - taken, rest_type);
  } else {
    AccountFreePages(zone, context.cpu, -taken, from.type);
  }
  page.order_value = static_cast<uint8_t>(request.order.value());
  page.zone = zone.id;
  return &page;
}

void Boost(AllocatorState& state, Zone& zone, AllocFlags flags) {
  if (BoostWatermark(state, zone) && flags.HasAny(alloc_flag::kKswapd)) {
    zone.flags |= kZoneBoostedWatermark;
  }
}

// Is half of the pageblock free or used for what `wanted` is used for?
bool IsAlike(const AllocatorState& state, const Zone& zone, Migratetype wanted,
             Migratetype type, PfnRange pageblock) {
  const PageblockCounts counts = CountPageblock(state, zone, pageblock);
  const auto size = static_cast<int64_t>(pageblock.size().value());
  int64_t alike = 0;
  if (wanted == Migratetype::kMovable) {
    alike = counts.movable;
  } else if (type == Migratetype::kMovable) {
    alike = size - (counts.free + counts.movable);
  }
  return counts.free + alike >= size / 2 ||
         state.policy.page_group_by_mobility_disabled;
}

// Re-types the candidate's pageblock when enough of it is free or alike.
bool ClaimPageblock(AllocatorState& state, const ExecutionContext& context,
                    Zone& zone, const TakeRequest& request,
                    const Candidate& from) {
  const PfnRange pageblock = PageblockOf(state, state.memory->PfnOf(from.page));
  if (!IsMovablePageblock(zone, pageblock)) return false;
  std::optional<bool> claimed;
  if (state.oracle != nullptr) {
    claimed = state.oracle->ClaimOutcome(
        {.pageblock = pageblock, .order = from.order, .wanted = request.type});
  }
  if (!claimed.has_value()) {
    claimed = IsAlike(state, zone, request.type, from.type, pageblock);
  }
  if (!*claimed) return false;
  MoveFreeBlocks(state, zone, context.cpu, pageblock, from.type, request.type);
  return true;
}

// Section 10.4, try_claim.
Page* TryClaim(AllocatorState& state, const ExecutionContext& context,
               Zone& zone, const TakeRequest& request, const Candidate& from) {
  const Migratetype type = state.PageblockType(state.memory->PfnOf(from.page));
  if (type == Migratetype::kHighAtomic) return nullptr;
  if (from.order >= state.memory->pageblock_order()) {
    return TakeAndExpand(state, context, zone, request, from, request.type);
  }
  Boost(state, zone, request.flags);
  if (!ClaimPageblock(state, context, zone, request, from)) return nullptr;
  return TakeSmallest(state, context, zone, request.order, request.type);
}

int LeastClaimOrder(const AllocatorState& state, const TakeRequest& request) {
  const Order pageblock_order = state.memory->pageblock_order();
  if (request.order < pageblock_order &&
      request.flags.HasAny(alloc_flag::kNofragment)) {
    return pageblock_order.value();
  }
  return request.order.value();
}

// Largest first, to convert blocks that are nearly free. Section 10.4.
Page* Claim(AllocatorState& state, const ExecutionContext& context, Zone& zone,
            const TakeRequest& request) {
  const int least = LeastClaimOrder(state, request);
  for (int order = kMaxPageOrder; order >= least; --order) {
    const Fallback fallback =
        FindSuitableFallback(state, zone, Order(order), request.type, false);
    if (!fallback.found) continue;
    if (!fallback.can_claim) break;
    const Candidate from = HeadOf(zone, Order(order), fallback.type);
    Page* page = TryClaim(state, context, zone, request, from);
    if (page == nullptr) continue;
    TraceExtfrag(state, context, request, *page, from);
    return page;
  }
  return nullptr;
}

// Smallest first, to disturb as little as possible. Section 10.5.
Page* Steal(AllocatorState& state, const ExecutionContext& context, Zone& zone,
            const TakeRequest& request) {
  for (int order = request.order.value(); order < kNrPageOrders; ++order) {
    const Fallback fallback =
        FindSuitableFallback(state, zone, Order(order), request.type, false);
    if (!fallback.found) continue;
    const Candidate from = HeadOf(zone, Order(order), fallback.type);
    Page* page = TakeAndExpand(state, context, zone, request, from, from.type);
    TraceExtfrag(state, context, request, *page, from);
    return page;
  }
  return nullptr;
}

// One search, one decision, no memory of it. Section 21.
Page* EarlyFallback(AllocatorState& state, const ExecutionContext& context,
                    Zone& zone, const TakeRequest& request) {
  Fallback fallback;
  int order = kMaxPageOrder;
  for (const int least = LeastClaimOrder(state, request); order >= least;
       --order) {
    fallback =
        FindSuitableFallback(state, zone, Order(order), request.type, false);
    if (fallback.found) break;
  }
  if (!fallback.found) return nullptr;
  if (!fallback.can_claim && request.type == Migratetype::kMovable &&
      Order(order) > request.order) {
    order = request.order.value() - 1;
    do {
      fallback = FindSuitableFallback(state, zone, Order(++order), request.type,
                                      false);
    } while (!fallback.found);
  }
  const Candidate from = HeadOf(zone, Order(order), fallback.type);
  Page* page = nullptr;
  if (from.order >= state.memory->pageblock_order()) {
    page = TakeAndExpand(state, context, zone, request, from, request.type);
  } else {
    Boost(state, zone, request.flags);
    if (fallback.can_claim &&
        ClaimPageblock(state, context, zone, request, from)) {
      page = TakeSmallest(state, context, zone, request.order, request.type);
    } else {
      page = TakeAndExpand(state, context, zone, request, from, from.type);
    }
  }
  TraceExtfrag(state, context, request, *page, from);
  return page;
}

}  // namespace

Page* TakeFromOthers(AllocatorState& state, const ExecutionContext& context,
                     Zone& zone, const TakeRequest& request, TakeMode& mode) {
  Page* page = nullptr;
  const bool early = state.policy.fallback == FallbackPolicy::kEarly612;
  if (mode <= TakeMode::kCma && state.policy.cma &&
      request.flags.HasAny(alloc_flag::kCma)) {
    page = TakeSmallest(state, context, zone, request.order, Migratetype::kCma);
    if (page != nullptr) {
      if (!early) mode = TakeMode::kCma;
      return page;
    }
  }
  if (early) return EarlyFallback(state, context, zone, request);
  if (mode <= TakeMode::kClaim) {
    page = Claim(state, context, zone, request);
    if (page != nullptr) {
      mode = TakeMode::kNormal;
      return page;
    }
  }
  if (!request.flags.HasAny(alloc_flag::kNofragment)) {
    page = Steal(state, context, zone, request);
    if (page != nullptr) mode = TakeMode::kSteal;
  }
  return page;
}

}  // namespace PAGELAB_HOOK_NAMESPACE
}  // namespace pagelab
