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

inline AllocControl ControlFor(const AllocatorState& state,
                               const ExecutionContext& context,
                               const AllocRequest& request, Gfp effective) {
  const NodeId node = request.node.valid()
                          ? request.node
                          : state.cpu_node[context.cpu.value()];
  AllocControl ac;
  ac.gfp = effective;
  ac.order = request.order;
  ac.highest_zoneidx = HighestZoneIndex(effective);
  ac.zonelist = state.nodes[node.value()].zonelist(
      ac.highest_zoneidx, effective.Has(gfp::kThisnode));
  if (!state.policy.page_group_by_mobility_disabled) [[likely]] {
    ac.type = MigratetypeOf(effective);
    // Both mobility bits: the kernel warns. Differs from Linux: which would
    // use a list that does not exist; served as unmovable here.
    if (!IsMergeable(ac.type)) [[unlikely]] ac.type = Migratetype::kUnmovable;
  }
  return ac;
}

inline AllocFlags CmaFlag(const AllocatorState& state, Migratetype type) {
  return state.policy.cma && type == Migratetype::kMovable ? alloc_flag::kCma
                                                           : AllocFlags();
}

// page-allocator.md 13.2 steps 5 to 7. REQUIRES: the zonelist is not empty.
inline AllocFlags FastPathFlags(const AllocatorState& state,
                                const AllocControl& ac) {
  AllocFlags flags = alloc_flag::kWmarkLow.With(CmaFlag(state, ac.type));
  // The two bits have the same value.
  static_assert(gfp::kKswapdReclaim.value() == alloc_flag::kKswapd.value());
  flags = flags.With(AllocFlags(ac.gfp.Masked(gfp::kKswapdReclaim).value()));
  const Zone& preferred = ac.preferred_zone();
  if (preferred.type == ZoneType::kNormal &&
      state.nodes[preferred.node.value()].avoid_fragmentation) {
    flags = flags.With(alloc_flag::kNofragment);
  }
  return flags;
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
    if (WatermarkFast(state.policy, zone, query)) [[likely]] return true;
    zone.flags |= kZoneBelowHigh;
  }
  query.mark = zone.WatermarkPages(flags.watermark());
  return WatermarkFast(state.policy, zone, query) ||
         flags.HasAny(alloc_flag::kNoWatermarks);
}

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_REQUEST_H_
