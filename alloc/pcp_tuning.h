#ifndef PAGELAB_ALLOC_PCP_TUNING_H_
#define PAGELAB_ALLOC_PCP_TUNING_H_

#include <algorithm>
#include <cstdint>

#include "pagelab/alloc/policy.h"
#include "pagelab/alloc/zone.h"

namespace pagelab {

// How much a CPU keeps and moves at a time. Pure arithmetic on the tuning
// fields of one PerCpuPages (page-allocator.md 12.1, 12.4, 12.6).

inline constexpr Order kPcpThpOrder{9};
inline constexpr Order kCostlyOrder{3};

inline bool IsPcpOrder(const AllocatorPolicy& policy, Order order) {
  return order <= kCostlyOrder ||
         (order == kPcpThpOrder && policy.thp_pcp_lists);
}

// REQUIRES: IsPcpOrder(order), Index(type) < kMigratePcpTypes.
inline int PcpListIndex(Order order, Migratetype type) {
  if (order > kCostlyOrder) [[unlikely]] {
    return kNrLoworderPcpLists + (type == Migratetype::kMovable ? 1 : 0);
  }
  return kMigratePcpTypes * order.value() + Index(type);
}

// Which lists a block of a pageblock of `type` goes to: reserved and CMA ones
// are taken for movable (page-allocator.md 12.5).
constexpr Migratetype PcpTypeOf(Migratetype type) {
  return IsMergeable(type) ? type : Migratetype::kMovable;
}

inline Order OrderOfPcpList(int list) {
  return list >= kNrLoworderPcpLists ? kPcpThpOrder
                                     : Order(list / kMigratePcpTypes);
}

inline int32_t ClampPcpHigh(PerCpuPages& pcp) {
  pcp.high = std::clamp(pcp.high, pcp.high_min, pcp.high_max);
  return pcp.high;
}

// Blocks to refill an empty list with. Kernel counterpart: nr_pcp_alloc().
int NrPcpAlloc(const AllocatorPolicy& policy, const Zone& zone,
               PerCpuPages& pcp, Order order);

// Is `high` as it shall be, and the lists below it, with no reason to lower it,
// or as low already as a zone below its high watermark makes it? Then a free
// ends here: NrPcpHigh() would change nothing.
inline bool IsUsualHigh(const Zone& zone, const PerCpuPages& pcp,
                        bool free_high) {
  if (free_high || pcp.high < pcp.high_min || pcp.high > pcp.high_max ||
      pcp.count >= pcp.high) {
    return false;
  }
  const uint32_t flags = zone.flags & (kZoneReclaimActive | kZoneBelowHigh);
  return flags == 0 || (flags == kZoneBelowHigh && pcp.high == pcp.high_min);
}

// The count at which a free starts a drain. Kernel counterpart:
// nr_pcp_high().
int NrPcpHigh(const Zone& zone, PerCpuPages& pcp, bool free_high);

// Pages to drain then. Kernel counterpart: nr_pcp_free().
int NrPcpFree(const PerCpuPages& pcp, int high, bool free_high);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_PCP_TUNING_H_
