#ifndef PAGELAB_ALLOC_REQUEST_H_
#define PAGELAB_ALLOC_REQUEST_H_

#include "pagelab/alloc/alloc_flags.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/watermark.h"

namespace pagelab {

// A request for a block.
struct AllocRequest {
  Gfp gfp{};
  Order order{};
  // Invalid: the node of the CPU.
  NodeId node{};
};

// The highest zone that a request may use (page-allocator.md 6.3), four bits
// per combination of the zone bits of its gfp mask; invalid ones read 0.
constexpr int HighestZoneIndex(Gfp gfp) {
  // Entries 15 down to 0.
  constexpr uint64_t kTable = 0x0001'0302'0001'0202;
  return static_cast<int>(kTable >> ((gfp.value() & 0xf) * 4) & 0xf);
}
static_assert(HighestZoneIndex(gfp::kKernel) == Index(ZoneType::kNormal));
static_assert(HighestZoneIndex(gfp::kDma) == Index(ZoneType::kDma));
static_assert(HighestZoneIndex(gfp::kHighmem) == Index(ZoneType::kNormal));
static_assert(HighestZoneIndex(gfp::kDma32) == Index(ZoneType::kDma32));
static_assert(HighestZoneIndex(gfp::kMovable) == Index(ZoneType::kNormal));
static_assert(HighestZoneIndex(gfp::kMovable.With(gfp::kDma)) ==
              Index(ZoneType::kDma));
static_assert(HighestZoneIndex(gfp::kHighuserMovable) ==
              Index(ZoneType::kMovable));
static_assert(HighestZoneIndex(gfp::kMovable.With(gfp::kDma32)) ==
              Index(ZoneType::kDma32));

// Which list of a per-cpu or free area serves the request. Both mobility bits:
// the kernel warns. Differs from Linux: which would use a list that does not
// exist; served as unmovable here.
constexpr Migratetype RequestType(const AllocatorPolicy& policy, Gfp gfp) {
  const Migratetype type = MigratetypeOf(gfp);
  return policy.page_group_by_mobility_disabled || !IsMergeable(type)
             ? Migratetype::kUnmovable
             : type;
}

inline const Node& NodeFor(const AllocatorState& state,
                           const ExecutionContext& context, NodeId wanted) {
  int node = wanted.value();
  if (node < 0) [[likely]]
    node = state.cpu_node[context.cpu.value()].value();
  return state.nodes[node];
}

// `routes` are a node's.
inline const AllocRoute& RouteFor(const AllocRoute* routes, Gfp gfp) {
  return routes[gfp.value() & (kNrAllocRoutes - 1)];
}
inline const AllocRoute& RouteFor(const Node& node, Gfp gfp) {
  return RouteFor(node.routes.data(), gfp);
}

inline AllocControl ControlFor(const AllocatorState& state,
                               const ExecutionContext& context,
                               const AllocRequest& request, Gfp effective) {
  const Node& node = NodeFor(state, context, request.node);
  const AllocRoute& route = RouteFor(node, effective);
  AllocControl ac;
  ac.gfp = effective;
  ac.order = request.order;
  ac.type = route.type;
  ac.highest_zoneidx = route.highest_zoneidx;
  ac.zonelist =
      node.zonelist(ac.highest_zoneidx, effective.Has(gfp::kThisnode));
  return ac;
}

inline AllocFlags CmaFlag(const AllocatorState& state, Migratetype type) {
  return state.policy.cma && type == Migratetype::kMovable ? alloc_flag::kCma
                                                           : AllocFlags();
}

// page-allocator.md 13.2 steps 5 to 7.
inline AllocFlags FastPathFlags(const AllocRoute& route, Gfp gfp) {
  // The two bits have the same value.
  static_assert(gfp::kKswapdReclaim.value() == alloc_flag::kKswapd.value());
  return AllocFlags(route.alloc_flags |
                    gfp.Masked(gfp::kKswapdReclaim).value());
}

// The watermark test of a first attempt, in few instructions: its flags, those
// of a route, open no reserve. Kernel counterpart: zone_watermark_fast().
//
// The pages that a zone has beyond those that the request may not have and
// what is kept above any mark; to be compared with the mark without boost.
[[gnu::always_inline]] inline int64_t PagesToMark(const Zone& zone,
                                                  const AllocRoute& route,
                                                  Order order) {
  int64_t pages = zone.vm_stat[static_cast<int>(ZoneStat::kFreePages)] -
                  zone.nr_free_highatomic + 1 -
                  static_cast<int64_t>(order.pages()) - zone.watermark_boost -
                  zone.lowmem_reserve[route.highest_zoneidx];
  if (route.spares_cma) {
    pages -= static_cast<int64_t>(zone.StatPages(ZoneStat::kFreeCma));
  }
  return pages;
}
[[gnu::always_inline]] inline bool HasBlockFor(const Zone& zone,
                                               const AllocRoute& route,
                                               Order order) {
  return order == Order(0) ||
         HasListedBlock(zone, order,
                        AllocFlags(route.alloc_flags).HasAny(alloc_flag::kCma));
}
[[gnu::always_inline]] inline bool IsAbove(const Zone& zone,
                                           const AllocRoute& route, Order order,
                                           Watermark mark) {
  if (PagesToMark(zone, route, order) <= zone.watermark[static_cast<int>(mark)])
      [[unlikely]] {
    return false;
  }
  return HasBlockFor(zone, route, order);
}

// MayTakeFrom() of a first attempt.
[[gnu::always_inline]] inline bool MayTakeFirst(Zone& zone,
                                                const AllocRoute& route,
                                                Order order) {
  const int64_t pages = PagesToMark(zone, route, order);
  if ((zone.flags & kZoneBelowHigh) == 0) [[likely]] {
    if (pages > zone.watermark[static_cast<int>(Watermark::kHigh)] &&
        HasBlockFor(zone, route, order)) [[likely]] {
      return true;
    }
    zone.flags |= kZoneBelowHigh;
  }
  return pages > zone.watermark[static_cast<int>(Watermark::kLow)] &&
         HasBlockFor(zone, route, order);
}

// The watermark tests before a zone is tried (page-allocator.md 13.4). Notes
// on the zone that it fell below its high watermark.
inline bool MayTakeFrom(const AllocatorState& state, Zone& zone,
                        const AllocControl& ac, AllocFlags flags) {
  WatermarkQuery query{.order = ac.order,
                       .mark = 0,
                       .highest_zoneidx = ac.highest_zoneidx,
                       .flags = flags};
  if ((zone.flags & kZoneBelowHigh) == 0) [[likely]] {
    query.mark = zone.WatermarkPages(Watermark::kHigh);
    if (WatermarkFast(state.policy, zone, query)) [[likely]]
      return true;
    zone.flags |= kZoneBelowHigh;
  }
  query.mark = zone.WatermarkPages(flags.watermark());
  return WatermarkFast(state.policy, zone, query) ||
         flags.HasAny(alloc_flag::kNoWatermarks);
}

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_REQUEST_H_
