#include <array>

#include "pagelab/alloc/fallback.h"

namespace pagelab {
namespace {

// page-allocator.md 10.1, by wanted type.
constexpr std::array<std::array<Migratetype, 2>, kMigratePcpTypes> kFallbacks =
    {{{Migratetype::kReclaimable, Migratetype::kMovable},
      {Migratetype::kReclaimable, Migratetype::kUnmovable},
      {Migratetype::kUnmovable, Migratetype::kMovable}}};

// May taking a block of this order re-type its whole pageblock? Not for
// small movable requests: they do not pollute it.
bool CanClaim(const AllocatorState& state, Order order, Migratetype type) {
  return order.value() >= state.memory->geometry().pageblock_order / 2 ||
         type != Migratetype::kMovable ||
         state.policy.page_group_by_mobility_disabled;
}

}  // namespace

Fallback FindSuitableFallback(const AllocatorState& state, const Zone& zone,
                              Order order, Migratetype type,
                              bool only_claimable) {
  const FreeArea& area = zone.free_area[order.value()];
  if (area.nr_free == 0) return {};
  const bool can_claim = CanClaim(state, order, type);
  if (only_claimable && !can_claim) return {};
  for (Migratetype candidate : kFallbacks[Index(type)]) {
    if (!area.list(candidate).empty()) return {true, candidate, can_claim};
  }
  return {};
}

}  // namespace pagelab
