// The front door of allocation and its fast path: page-allocator.md 13.

#include "pagelab/alloc/fallback.h"
#include "pagelab/alloc/memory_pressure.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/pcp_ops.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/request.h"
#include "pagelab/alloc/trace_hooks.h"
#include "pagelab/alloc/watermark.h"

namespace pagelab {
inline namespace PAGELAB_HOOK_NAMESPACE {
namespace {

// Whether a zone is local to a CPU.
inline NumaStat LocalityOf(const AllocatorState& state, int cpu,
                           const Zone& zone) {
  return zone.node == state.cpu_node[cpu] ? NumaStat::kLocal : NumaStat::kOther;
}

// A zone of the preferred one's node.
[[gnu::always_inline]] inline void CountLocally(AllocatorState& state,
                                                Zone& zone, Order order,
                                                NumaStat locality) {
  state.events.pgalloc[static_cast<size_t>(Index(zone.type))] += order.pages();
  ++zone.numa_stat[static_cast<int>(NumaStat::kHit)];
  ++zone.numa_stat[static_cast<int>(locality)];
}

void CountAllocation(AllocatorState& state, const ExecutionContext& context,
                     Zone& zone, Zone& preferred, Order order) {
  const NumaStat locality = LocalityOf(state, context.cpu.value(), zone);
  if (zone.node == preferred.node) [[likely]] {
    CountLocally(state, zone, order, locality);
    return;
  }
  state.events.pgalloc[static_cast<size_t>(Index(zone.type))] += order.pages();
  ++zone.numa_stat[static_cast<int>(NumaStat::kMiss)];
  ++zone.numa_stat[static_cast<int>(locality)];
  ++preferred.numa_stat[static_cast<int>(NumaStat::kForeign)];
}

// What the pages' holder gets to see begins here. The hooks come first: one
// of them may look at what is left of the contents.
[[gnu::always_inline]] inline void TellAndZero(const AllocatorState& state,
                                               ExecutionContext& context,
                                               Pfn head, Order order, Gfp gfp) {
  if (AllocationsAreWatched()) {
    if (state.hooks != nullptr) state.hooks->OnAlloc(context, head, order, gfp);
  }
  if (gfp.Has(gfp::kZero)) {
    state.memory->ZeroFrames(head, PageCount(order.pages()));
  }
}

// What the holder of a block from a per-cpu list gets to see, where somebody
// watches or the contents are to be zero. Not inline and in the tail position,
// so that the fast path saves no registers.
[[gnu::noinline]] Page* FinishAlloc(PageAllocator& allocator,
                                    ExecutionContext& context,
                                    const AllocRequest& request, Page* page) {
  const AllocatorState& state = allocator.state();
  const Gfp gfp = request.gfp.Masked(state.gfp_allowed_mask);
  TellAndZero(state, context, state.memory->PfnOf(page), request.order, gfp);
  if (StaticBranchUnlikely<mm_page_alloc_key>()) {
    allocator.TraceAlloc(context, page,
                         ControlFor(state, context, request, gfp));
  }
  return page;
}

// A pageblock of the zone was claimed, and the boost that this left is to be
// worked off (page-allocator.md 4.6).
[[gnu::noinline, gnu::cold]] void WakeKswapdForBoost(AllocatorState& state,
                                                     ExecutionContext& context,
                                                     Zone& zone) {
  zone.flags &= ~kZoneBoostedWatermark;
  if (state.pressure == nullptr) return;
  state.pressure->WakeKswapd(context, zone, Gfp(), Order(0), Index(zone.type));
}

// FinishAlloc() of a block from such a zone.
[[gnu::noinline, gnu::cold]] Page* FinishBoosted(PageAllocator& allocator,
                                                 ExecutionContext& context,
                                                 const AllocRequest& request,
                                                 Page* page) {
  AllocatorState& state = allocator.state();
  WakeKswapdForBoost(state, context, state.ZoneOf(*page));
  return FinishAlloc(allocator, context, request, page);
}

// The head of a per-cpu list, which has its order, as an allocated block.
[[gnu::always_inline]] inline Page& TakeHead(PerCpuPages& pcp, int list,
                                             Order order) {
  pcp.free_count = static_cast<int16_t>(pcp.free_count >> 1);
  Page& page = PopPcpHead(pcp, list, order);
  page.state = PageState::kAllocated;
  page.refcount = 1;
  page.flags = PageFlags();
  return page;
}

// A block that this CPU has at hand of the preferred zone, which has plenty:
// the common case of a first attempt. Null, with nothing done, in every other
// case.
[[gnu::always_inline]] inline Page* TakePreferred(AllocatorState& state,
                                                  int cpu,
                                                  const AllocRoute& route,
                                                  Order order) {
  Zone* zone = route.preferred;
  if (zone == nullptr ||
      (zone->flags & (kZoneBelowHigh | kZoneBoostedWatermark)) != 0)
      [[unlikely]] {
    return nullptr;
  }
  PerCpuPages& pcp = zone->pcp[cpu];
  const int list = PcpListIndex(order, route.type);
  if (pcp.lists[static_cast<size_t>(list)].empty() || pcp.locked ||
      !IsAbove(*zone, route, order, Watermark::kHigh)) [[unlikely]] {
    return nullptr;
  }
  Page& page = TakeHead(pcp, list, order);
  CountLocally(state, *zone, order, route.locality);
  return &page;
}

// The first of the route's near zones that has pages to spare; null where none
// has.
[[gnu::always_inline]] inline Zone* FindNearZone(const AllocRoute& route,
                                                 Order order) {
  const Zoneref* const end = route.near + route.nr_near;
  for (const Zoneref* ref = route.near; ref != end; ++ref) {
    if (MayTakeFirst(*ref->zone, route, order)) return ref->zone;
  }
  return nullptr;
}

// A block at hand of that zone. Null, with nothing done that
// GetPageFromFreelist() would not do as well, where a list has to be refilled
// or the zone is further away. `locality` by reference: read late, it takes no
// register that would have to be saved. `boosted`: FinishBoosted() is due.
[[gnu::always_inline]] inline Page* TakeNear(AllocatorState& state, int cpu,
                                             const AllocRequest& request,
                                             const AllocRoute& route,
                                             const NumaStat& locality,
                                             Order order, bool& boosted) {
  Zone* zone = FindNearZone(route, order);
  if (zone == nullptr) return nullptr;
  PerCpuPages& pcp = zone->pcp[cpu];
  const int list = PcpListIndex(order, route.type);
  if (pcp.lists[static_cast<size_t>(list)].empty() || pcp.locked) {
    return nullptr;
  }
  Page& page = TakeHead(pcp, list, order);
  CountLocally(state, *zone, order, locality);
  boosted = (zone->flags & kZoneBoostedWatermark) != 0 &&
            request.gfp.Masked(state.gfp_allowed_mask).Has(gfp::kKswapdReclaim);
  return &page;
}

// AllocPages() where the preferred zone does not simply have a block, or the
// request is not a simple one. Functions of their own, so that the common case
// stays small.
[[gnu::always_inline]] inline Page* AllocNear(PageAllocator& allocator,
                                              ExecutionContext& context,
                                              const AllocRequest& request,
                                              const AllocRoute& route,
                                              Order order) {
  AllocatorState& state = allocator.state();
  bool boosted = false;
  Page* page = TakeNear(state, context.cpu.value(), request, route,
                        route.locality, order, boosted);
  if (page == nullptr) [[unlikely]] {
    return allocator.AllocPagesByZonelist(
        context, request, request.gfp.Masked(state.gfp_allowed_mask));
  }
  if (order > Order(0) && request.gfp.Has(gfp::kComp)) {
    page->flags = page_flag::kHead;
  }
  if (boosted) [[unlikely]]
    return FinishBoosted(allocator, context, request, page);
  if (AllocationsAreWatched() || StaticBranchUnlikely<mm_page_alloc_key>())
      [[unlikely]] {
    return FinishAlloc(allocator, context, request, page);
  }
  return page;
}
// With the order as a constant.
[[gnu::noinline]] Page* AllocPageNear(PageAllocator& allocator,
                                      ExecutionContext& context,
                                      const AllocRequest& request,
                                      const AllocRoute& route) {
  return AllocNear(allocator, context, request, route, Order(0));
}
[[gnu::noinline]] Page* AllocBlockNear(PageAllocator& allocator,
                                       ExecutionContext& context,
                                       const AllocRequest& request,
                                       const AllocRoute& route) {
  return AllocNear(allocator, context, request, route, request.order);
}

// Of one node only, from a node that is asked for, or to be zero.
[[gnu::noinline]] Page* AllocSpecial(PageAllocator& allocator,
                                     ExecutionContext& context,
                                     const AllocRequest& request) {
  AllocatorState& state = allocator.state();
  const Gfp gfp = request.gfp.Masked(state.gfp_allowed_mask);
  const AllocRoute& route =
      RouteFor(NodeFor(state, context, request.node), gfp);
  if (route.preferred == nullptr || gfp.Has(gfp::kThisnode) ||
      !IsPcpOrder(state.policy, request.order)) {
    return allocator.AllocPagesByZonelist(context, request, gfp);
  }
  const int cpu = context.cpu.value();
  bool boosted = false;
  Page* page = TakeNear(state, cpu, request, route,
                        LocalityOf(state, cpu, *route.preferred), request.order,
                        boosted);
  if (page == nullptr)
    return allocator.AllocPagesByZonelist(context, request, gfp);
  if (request.order > Order(0) && gfp.Has(gfp::kComp)) {
    page->flags = page_flag::kHead;
  }
  if (boosted) [[unlikely]]
    return FinishBoosted(allocator, context, request, page);
  return FinishAlloc(allocator, context, request, page);
}

// The common case of AllocPages() for orders above 0.
[[gnu::noinline]] Page* AllocHighOrder(PageAllocator& allocator,
                                       ExecutionContext& context,
                                       const AllocRequest& request,
                                       const AllocRoute& route, Gfp gfp) {
  AllocatorState& state = allocator.state();
  if (!IsPcpOrder(state.policy, request.order)) [[unlikely]]
    return allocator.AllocPagesByZonelist(context, request, gfp);
  Page* page = TakePreferred(state, context.cpu.value(), route, request.order);
  if (page == nullptr) [[unlikely]]
    return AllocBlockNear(allocator, context, request, route);
  if (gfp.Has(gfp::kComp)) page->flags = page_flag::kHead;
  if (AllocationsAreWatched() || StaticBranchUnlikely<mm_page_alloc_key>())
      [[unlikely]] {
    return FinishAlloc(allocator, context, request, page);
  }
  return page;
}

}  // namespace

// Order 0 from a preferred zone that has plenty and a page of it at hand is the
// common case; everything else is behind tail calls.
Page* PageAllocator::AllocPages(ExecutionContext& context,
                                const AllocRequest& request) {
  const Gfp gfp = request.gfp.Masked(state_.gfp_allowed_mask);
  if (request.node.valid() || gfp.HasAny(gfp::kThisnode.With(gfp::kZero)))
      [[unlikely]] {
    return AllocSpecial(*this, context, request);
  }
  const int cpu = context.cpu.value();
  const AllocRoute& route = RouteFor(state_.cpu_routes[cpu], gfp);
  if (request.order != Order(0)) [[unlikely]]
    return AllocHighOrder(*this, context, request, route, gfp);
  Page* page = TakePreferred(state_, cpu, route, Order(0));
  if (page == nullptr) [[unlikely]]
    return AllocPageNear(*this, context, request, route);
  if (AllocationsAreWatched() || StaticBranchUnlikely<mm_page_alloc_key>())
      [[unlikely]] {
    return FinishAlloc(*this, context, request, page);
  }
  return page;
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
  if ((zone.flags & kZoneBoostedWatermark) != 0 &&
      flags.HasAny(alloc_flag::kKswapd)) [[unlikely]] {
    WakeKswapdForBoost(state_, context, zone);
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
