#include "pagelab/alloc/reclaim/node_balance.h"

#include "pagelab/alloc/page_users.h"
#include "pagelab/alloc/reclaim/scan_control.h"
#include "pagelab/alloc/watermark.h"

namespace pagelab {

absl::Span<Zone> ZonesOf(const AllocatorState& state, const Node& node) {
  return state.all_zones().subspan(
      static_cast<size_t>(node.id.value()) * kMaxNrZones, kMaxNrZones);
}

bool NodeBalanced(const AllocatorState& state, const Node& node, Order order,
                  int highest_zoneidx) {
  bool any = false;
  for (const Zone& zone : ZonesOf(state, node)) {
    if (zone.managed == PageCount(0) || Index(zone.type) > highest_zoneidx) {
      continue;
    }
    any = true;
    const WatermarkQuery query{.order = order,
                               .mark = zone.WatermarkPages(Watermark::kHigh),
                               .highest_zoneidx = highest_zoneidx};
    if (WatermarkOk(
            state.policy, zone, query,
            static_cast<int64_t>(zone.StatPages(ZoneStat::kFreePages)))) {
      return true;
    }
  }
  return !any;
}

bool NodeBoosted(const AllocatorState& state, const Node& node,
                 int highest_zoneidx) {
  for (const Zone& zone : ZonesOf(state, node)) {
    if (zone.managed > PageCount(0) && Index(zone.type) <= highest_zoneidx &&
        zone.watermark_boost != 0) {
      return true;
    }
  }
  return false;
}

void WaitForWriteback(AllocatorState& state, ExecutionContext& context,
                      Nanoseconds limit) {
  const uint64_t before = state.events.count(VmEvent::kPgrotated);
  for (uint64_t waited = 0; waited < limit.value(); waited += kTick.value()) {
    state.users->Spend(context, kTick);
    if (state.events.count(VmEvent::kPgrotated) - before >=
        kSwapClusterMax.value()) {
      return;
    }
  }
}

}  // namespace pagelab
