// The front door of allocation and its fast path: page-allocator.md 13.

#include "pagelab/alloc/fallback.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/pcp_ops.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/request.h"
#include "pagelab/alloc/trace_hooks.h"
#include "pagelab/alloc/watermark.h"

namespace pagelab {
inline namespace PAGELAB_HOOK_NAMESPACE {
namespace {

[[gnu::always_inline]] inline void CountAllocation(
    AllocatorState& state, const ExecutionContext& context, Zone& zone,
    Zone& preferred, Order order) {
  state.events.pgalloc[static_cast<size_t>(Index(zone.type))] += order.pages();
  if (zone.node == preferred.node) [[likely]] {
    ++zone.numa_stat[static_cast<int>(NumaStat::kHit)];
  } else {
    ++zone.numa_stat[static_cast<int>(NumaStat::kMiss)];
    ++preferred.numa_stat[static_cast<int>(NumaStat::kForeign)];
  }
  const bool local = zone.node == state.cpu_node[context.cpu.value()];
  ++zone.numa_stat[static_cast<int>(local ? NumaStat::kLocal
                                          : NumaStat::kOther)];
}

// What the pages' holder gets to see begins here. The hooks come first: one
// of them may look at what is left of the contents.
[[gnu::always_inline]] inline void TellAndZero(const AllocatorState& state,
                                               ExecutionContext& context,
                                               Pfn head, Order order, Gfp gfp) {
  if (StaticBranchUnlikely<allocation_hooks_key>()) {
    if (state.hooks != nullptr) state.hooks->OnAlloc(context, head, order, gfp);
  }
  if (gfp.Has(gfp::kZero)) {
    state.memory->ZeroFrames(head, PageCount(order.pages()));
  }
}

// The end of AllocPages() for a page at hand, which has its order and no
// flags, where somebody watches or its contents are to be zero. Not inline and
// in the tail position, so that the fast path saves no registers.
[[gnu::noinline]] Page* FinishAlloc(PageAllocator& allocator,
                                    ExecutionContext& context,
                                    const AllocRequest& request, Page* page) {
  const AllocatorState& state = allocator.state();
  const Gfp gfp = request.gfp.Masked(state.gfp_allowed_mask);
  page->state = PageState::kAllocated;
  page->refcount = 1;
  TellAndZero(state, context, state.memory->PfnOf(page), Order(0), gfp);
  if (StaticBranchUnlikely<mm_page_alloc_key>()) {
    allocator.TraceAlloc(context, page,
                         ControlFor(state, context, request, gfp));
  }
  return page;
}

// Far above the high watermark: the common case of WatermarkFast(). May be
// false where that is true.
[[gnu::always_inline]] inline bool IsPlentiful(const AllocatorState& state,
                                               const Zone& zone,
                                               const AllocRoute& route) {
  int64_t free = zone.vm_stat[static_cast<int>(ZoneStat::kFreePages)] -
                 zone.nr_free_highatomic;
  if (state.policy.cma) {
    free -= static_cast<int64_t>(zone.StatPages(ZoneStat::kFreeCma));
  }
  return free > zone.WatermarkPages(Watermark::kHigh) +
                    zone.lowmem_reserve[route.highest_zoneidx];
}

// The common case of GetPageFromFreelist(): order 0, the preferred zone has
// plenty, and this CPU has a page of it at hand. Null, with nothing changed, in
// every other case.
[[gnu::always_inline]] inline Page* TakeAtHand(AllocatorState& state,
                                               const ExecutionContext& context,
                                               const AllocRoute& route) {
  Zone* zone = route.preferred;
  if (zone == nullptr ||
      (zone->flags & (kZoneBelowHigh | kZoneBoostedWatermark)) != 0) {
    return nullptr;
  }
  PerCpuPages& pcp = zone->pcp[context.cpu.value()];
  const int list = PcpListIndex(Order(0), route.type);
  if (pcp.lists[static_cast<size_t>(list)].empty() || pcp.locked ||
      !IsPlentiful(state, *zone, route)) {
    return nullptr;
  }
  pcp.free_count = static_cast<int16_t>(pcp.free_count >> 1);
  Page& page = PopPcpHead(pcp, list, Order(0));
  CountAllocation(state, context, *zone, *zone, Order(0));
  return &page;
}

}  // namespace

Page* PageAllocator::AllocPages(ExecutionContext& context,
                                const AllocRequest& request) {
  const Gfp gfp = request.gfp.Masked(state_.gfp_allowed_mask);
  if (request.order == Order(0) && !gfp.Has(gfp::kThisnode)) [[likely]] {
    const Node& node = NodeFor(state_, context, request.node);
    Page* page = TakeAtHand(state_, context, RouteFor(node, gfp));
    if (page != nullptr) [[likely]] {
      if (gfp.Has(gfp::kZero) || StaticBranchUnlikely<allocation_hooks_key>() ||
          StaticBranchUnlikely<mm_page_alloc_key>()) [[unlikely]] {
        return FinishAlloc(*this, context, request, page);
      }
      page->state = PageState::kAllocated;
      page->refcount = 1;
      return page;
    }
  }
  return AllocPagesByZonelist(context, request, gfp);
}

Page* PageAllocator::AllocPagesByZonelist(ExecutionContext& context,
                                          const AllocRequest& request,
                                          Gfp gfp) {
  if (request.order > Order(kMaxPageOrder)) return nullptr;
  const AllocControl ac = ControlFor(state_, context, request, gfp);
  Page* page = nullptr;
  if (!ac.zonelist.empty()) {
    const Node& node = NodeFor(state_, context, request.node);
    page = GetPageFromFreelist(context, ac,
                               FastPathFlags(RouteFor(node, gfp), gfp));
    if (page == nullptr) [[unlikely]]
      page = AllocPagesSlowpath(context, ac);
  }
  TraceAlloc(context, page, ac);
  return page;
}

void PageAllocator::TraceAlloc(const ExecutionContext& context,
                               const Page* page, const AllocControl& ac) {
  if (StaticBranchUnlikely<mm_page_alloc_key>()) {
    if (state_.trace == nullptr) return;
    MmPageAlloc event{.order = ac.order, .migratetype = ac.type, .gfp = ac.gfp};
    event.failed = page == nullptr;
    if (page != nullptr) event.pfn = state_.memory->PfnOf(page);
    state_.trace->OnEvent(context, event);
  }
}

Page* PageAllocator::GetPageFromFreelist(ExecutionContext& context,
                                         const AllocControl& ac,
                                         AllocFlags flags) {
  for (;;) {
    bool retry = false;
    for (const Zoneref& ref : ac.zonelist) {
      if (ref.zone_index > ac.highest_zoneidx) [[unlikely]]
        continue;
      Zone& zone = *ref.zone;
      if (flags.HasAny(alloc_flag::kNofragment) &&
          zone.node != ac.preferred_zone().node) [[unlikely]] {
        retry = true;
        break;
      }
      if (!MayTakeFrom(state_, zone, ac, flags)) [[unlikely]]
        continue;
      Page* page = Rmqueue(context, zone, ac, flags);
      if (page != nullptr) [[likely]] {
        CountAllocation(state_, context, zone, ac.preferred_zone(), ac.order);
        PrepareNewPage(context, *page, ac.order, ac.gfp);
        if (flags.HasAny(alloc_flag::kHighatomic)) [[unlikely]] {
          ReserveHighatomic(zone, *page, context.cpu, ac.order);
        }
        return page;
      }
    }
    // Rather a fragmented pageblock than a remote node, or nothing.
    if (!retry && !flags.HasAny(alloc_flag::kNofragment)) return nullptr;
    flags = flags.Without(alloc_flag::kNofragment);
  }
}

Page* PageAllocator::Rmqueue(ExecutionContext& context, Zone& zone,
                             const AllocControl& ac, AllocFlags flags) {
  Page* page = nullptr;
  if (IsPcpOrder(state_.policy, ac.order)) [[likely]] {
    page = TakeFromPcp(context, zone, ac.order, ac.type, flags);
  }
  if (page == nullptr) [[unlikely]] {
    page = TakeFromBuddy(context, zone, ac.order, ac.type, flags);
  }
  if (flags.HasAny(alloc_flag::kKswapd)) {
    // The wake-up of kswapd itself belongs to reclaim.
    zone.flags &= ~kZoneBoostedWatermark;
  }
  return page;
}

Page* PageAllocator::TakeFromPcp(ExecutionContext& context, Zone& zone,
                                 Order order, Migratetype type,
                                 AllocFlags flags) {
  PerCpuPages& pcp = zone.pcp[context.cpu.value()];
  if (pcp.locked) [[unlikely]]
    return nullptr;
  pcp.free_count = static_cast<int16_t>(pcp.free_count >> 1);
  return PopFromPcp(context, zone, order, type, flags);
}

Page* PageAllocator::PopFromPcp(ExecutionContext& context, Zone& zone,
                                Order order, Migratetype type,
                                AllocFlags flags) {
  PerCpuPages& pcp = zone.pcp[context.cpu.value()];
  const int index = PcpListIndex(order, type);
  FreeList& list = pcp.lists[index];
  if (list.empty()) [[unlikely]] {
    const PcpRefill refill{
        .list = index,
        .nr_blocks = NrPcpAlloc(state_.policy, zone, pcp, order),
        .type = type,
        .flags = flags};
    if (RefillPcp(context, zone, pcp, refill) == 0) return nullptr;
  }
  return &PopPcpHead(pcp, index, order);
}

void PageAllocator::PrepareNewPage(ExecutionContext& context, Page& page,
                                   Order order, Gfp gfp) {
  const bool compound = order > Order(0) && gfp.Has(gfp::kComp);
  page.state = PageState::kAllocated;
  page.order_value = static_cast<uint8_t>(order.value());
  page.refcount = 1;
  page.extra_blocks = 0;
  page.flags = compound ? page_flag::kHead : PageFlags();
  TellAndZero(state_, context, state_.memory->PfnOf(&page), order, gfp);
}

}  // namespace PAGELAB_HOOK_NAMESPACE
}  // namespace pagelab
