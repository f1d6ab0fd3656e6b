#include "pagelab/alloc/watermark.h"

namespace pagelab {

bool WatermarkOk(const AllocatorPolicy& policy, const Zone& zone,
                 const WatermarkQuery& query, int64_t free) {
  free -= UnusableFree(policy, zone, query);
  int64_t min = query.mark;
  if (query.flags.HasAny(alloc_flag::kReserves)) {
    if (query.flags.HasAny(alloc_flag::kMinReserve)) {
      min -= min / 2;
      if (query.flags.HasAny(alloc_flag::kNonBlock)) min -= min / 4;
    }
    if (query.flags.HasAny(alloc_flag::kOom)) min -= min / 2;
  }
  if (free <= min + zone.lowmem_reserve[query.highest_zoneidx]) return false;
  if (query.order == Order(0)) return true;
  if (HasListedBlock(zone, query.order, query.flags.HasAny(alloc_flag::kCma))) {
    return true;
  }
  const bool takes_highatomic =
      query.flags.HasAny(alloc_flag::kHighatomic.With(alloc_flag::kOom));
  return takes_highatomic &&
         zone.listed_orders[Index(Migratetype::kHighAtomic)] >>
                 query.order.value() !=
             0;
}

bool WatermarkFastSlowly(const AllocatorPolicy& policy, const Zone& zone,
                         const WatermarkQuery& query, int64_t free) {
  if (WatermarkOk(policy, zone, query, free)) return true;
  // An atomic order-0 request may ignore the boost rather than fail.
  if (query.order == Order(0) && query.flags.HasAny(alloc_flag::kMinReserve) &&
      zone.watermark_boost != 0 && query.flags.watermark() == Watermark::kMin) {
    WatermarkQuery unboosted = query;
    unboosted.mark = zone.watermark[static_cast<int>(Watermark::kMin)];
    return WatermarkOk(policy, zone, unboosted, free);
  }
  return false;
}

bool BoostWatermark(const AllocatorState& state, Zone& zone) {
  const AllocatorPolicy& policy = state.policy;
  const auto pageblock =
      static_cast<int64_t>(state.memory->pageblock_order().pages());
  const bool late = policy.fallback == FallbackPolicy::kLate612;
  if (policy.watermark_boost_factor == 0 || (policy.kdump && late)) {
    return false;
  }
  if (4 * pageblock > static_cast<int64_t>(zone.managed.value())) return false;
  int64_t max = zone.watermark[static_cast<int>(Watermark::kHigh)] *
                policy.watermark_boost_factor / 10000;
  if (max == 0) return false;
  max = std::max(pageblock, max);
  zone.watermark_boost = std::min(zone.watermark_boost + pageblock, max);
  return true;
}

}  // namespace pagelab
