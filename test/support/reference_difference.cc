// What differs between the two allocators.

#include <fmt/format.h>

#include <algorithm>

#include "pagelab/test/support/reference_allocator.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

template <typename List>
std::string Text(const List& pfns) {
  return fmt::format("[{:x}]", fmt::join(pfns, " "));
}

template <typename... Values>
std::vector<long> Numbers(const Values&... values) {
  return {static_cast<long>(values)...};
}

// Empty if the list holds just these blocks.
template <typename Expected>
std::string ListDifference(const AllocatorState& state, const FreeList& list,
                           const Expected& expected) {
  const Pfns found = BlocksOf(*state.memory, list);
  if (std::equal(found.begin(), found.end(), expected.begin(),
                 expected.end())) {
    return "";
  }
  return Text(found) + ", expected " + Text(expected);
}

std::string NumberDifference(const std::vector<long>& found,
                             const std::vector<long>& expected) {
  if (found == expected) return "";
  return fmt::format("{}, expected {}", fmt::join(found, " "),
                     fmt::join(expected, " "));
}

}  // namespace

std::string ReferenceAllocator::Difference(const AllocatorState& state) const {
  for (size_t i = 0; i < types_.size(); ++i) {
    if (types_[i] == state.pageblock_type[i]) continue;
    return fmt::format("pageblock {:x}: type {}, expected {}",
                       i << pageblock_order_, state.pageblock_type[i],
                       types_[i]);
  }
  if (pgfree_ != state.events.pgfree) {
    return fmt::format("pgfree {}, expected {}", state.events.pgfree, pgfree_);
  }
  for (const RefZone& z : zones_) {
    if (!z.populated) continue;
    std::string difference = ZoneDifference(z, state);
    for (size_t i = 0; i < z.pcp.size() && difference.empty(); ++i) {
      difference = PcpDifference(z.pcp[i], state.zones[z.id].pcp[i], state);
      if (!difference.empty()) {
        difference = fmt::format("cpu {} {}", i, difference);
      }
    }
    if (!difference.empty()) {
      return fmt::format("zone {} {}", z.id, difference);
    }
  }
  return "";
}

std::string ReferenceAllocator::ZoneDifference(const RefZone& z,
                                               const AllocatorState& state) {
  const Zone& zone = state.zones[z.id];
  for (size_t order = 0; order < 11; ++order) {
    for (size_t mt = 0; mt < 6; ++mt) {
      const std::string difference = ListDifference(
          state, zone.free_area[order].lists[mt], z.lists[order][mt]);
      if (difference.empty()) continue;
      return fmt::format("order {} type {}: {}", order, mt, difference);
    }
  }
  const std::string difference = NumberDifference(
      Numbers(zone.vm_stat[0], zone.vm_stat[1], zone.nr_free_highatomic,
              zone.nr_reserved_highatomic, zone.watermark_boost, zone.flags),
      Numbers(
          z.stat[0], z.stat[1], z.free_highatomic, z.reserved_highatomic,
          z.boost,
          (z.boosted ? 1 : 0) | (z.reclaim ? 2 : 0) | (z.below_high ? 4 : 0)));
  if (difference.empty()) return "";
  return "free, cma, highatomic, reserved, boost, flags: " + difference;
}

std::string ReferenceAllocator::PcpDifference(const Pcp& p,
                                              const PerCpuPages& pcp,
                                              const AllocatorState& state) {
  for (size_t i = 0; i < p.lists.size(); ++i) {
    const std::string difference =
        ListDifference(state, pcp.lists[i], p.lists[i]);
    if (!difference.empty()) return fmt::format("list {}: {}", i, difference);
  }
  const std::string difference = NumberDifference(
      Numbers(pcp.count, pcp.high, pcp.free_count, pcp.alloc_factor, pcp.flags,
              pcp.expire, pcp.vm_stat_diff[0], pcp.vm_stat_diff[1]),
      Numbers(p.count, p.high, p.free_count, p.alloc_factor,
              (p.prev_high_order ? 1 : 0) | (p.free_high_batch ? 2 : 0),
              p.expire, p.diff[0], p.diff[1]));
  if (difference.empty()) return "";
  return "count, high, free_count, alloc_factor, flags, expire, "
         "differentials: " +
         difference;
}

}  // namespace pagelab
