#ifndef PAGELAB_ALLOC_WATERMARK_H_
#define PAGELAB_ALLOC_WATERMARK_H_

#include <algorithm>
#include <cstdint>

#include "pagelab/alloc/alloc_flags.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/zone.h"

namespace pagelab {

// What a watermark test is about (page-allocator.md 13.3).
struct WatermarkQuery {
  Order order{};
  int64_t mark = 0;
  int highest_zoneidx = 0;
  AllocFlags flags{};
};

// Free pages that a request with these flags cannot have, and the pages of
// its own block but one.
inline int64_t UnusableFree(const AllocatorPolicy& policy, const Zone& zone,
                            const WatermarkQuery& query) {
  int64_t unusable = static_cast<int64_t>(query.order.pages()) - 1;
  if (!query.flags.HasAny(alloc_flag::kReserves)) {
    unusable += zone.nr_free_highatomic;
  }
  if (policy.cma && !query.flags.HasAny(alloc_flag::kCma)) {
    unusable += static_cast<int64_t>(zone.StatPages(ZoneStat::kFreeCma));
  }
  return unusable;
}

// Has the zone a free block of at least the order, of a type that has per-cpu
// lists or, if asked for, of CMA?
inline bool HasListedBlock(const Zone& zone, Order order, bool with_cma) {
  unsigned orders = with_cma ? zone.listed_orders[Index(Migratetype::kCma)] : 0;
  for (int type = 0; type < kMigratePcpTypes; ++type) {
    orders |= zone.listed_orders[type];
  }
  return orders >> order.value() != 0;
}

// Would the zone, with `free` pages, stay above the mark, and does it have a
// block of the order? Kernel counterpart: __zone_watermark_ok().
bool WatermarkOk(const AllocatorPolicy& policy, const Zone& zone,
                 const WatermarkQuery& query, int64_t free);

// The whole of zone_watermark_fast() but its common case.
bool WatermarkFastSlowly(const AllocatorPolicy& policy, const Zone& zone,
                         const WatermarkQuery& query, int64_t free);

// Kernel counterpart: zone_watermark_fast().
inline bool WatermarkFast(const AllocatorPolicy& policy, const Zone& zone,
                          const WatermarkQuery& query) {
  const auto free = static_cast<int64_t>(zone.StatPages(ZoneStat::kFreePages));
  if (query.order == Order(0)) [[likely]] {
    const int64_t usable =
        free - std::min(free, UnusableFree(policy, zone, query));
    if (usable > query.mark + zone.lowmem_reserve[query.highest_zoneidx])
        [[likely]] {
      return true;
    }
  }
  return WatermarkFastSlowly(policy, zone, query, free);
}

// Adds a pageblock to the zone's boost; false when boosting does not apply
// (page-allocator.md 4.6).
bool BoostWatermark(const AllocatorState& state, Zone& zone);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_WATERMARK_H_
