// What differs between the two allocators.

#include <fmt/format.h>

#include <algorithm>

#include "pagelab/test/support/reference_allocator.h"
#include "pagelab/test/support/reference_constants.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {

// --- comparing ---

std::string ReferenceAllocator::Difference(const AllocatorState& state) const {
  const auto text = [](const auto& pfns) {
    std::string out;
    for (uint64_t pfn : pfns) out += fmt::format("{:x} ", pfn);
    return out;
  };
  for (size_t i = 0; i < types_.size(); ++i) {
    if (types_[i] != state.pageblock_type[i]) {
      return fmt::format("pageblock {:x}: type {}, expected {}",
                         i << pageblock_order_, state.pageblock_type[i],
                         types_[i]);
    }
  }
  if (pgfree_ != state.events.pgfree) {
    return fmt::format("pgfree {}, expected {}", state.events.pgfree, pgfree_);
  }
  for (const RefZone& z : zones_) {
    if (!z.populated) continue;
    const Zone& zone = state.zones[z.id];
    for (size_t order = 0; order < 11; ++order) {
      for (size_t mt = 0; mt < 6; ++mt) {
        const Pfns found =
            BlocksOf(*state.memory, zone.free_area[order].lists[mt]);
        const auto& expected = z.lists[order][mt];
        if (std::equal(found.begin(), found.end(), expected.begin(),
                       expected.end())) {
          continue;
        }
        return fmt::format("zone {} order {} type {}: {}expected: {}", z.id,
                           order, mt, text(found), text(expected));
      }
    }
    const auto numbers = [](const auto&... value) {
      return std::vector<long>{static_cast<long>(value)...};
    };
    const std::vector<long> zone_found =
        numbers(zone.vm_stat[0], zone.vm_stat[1], zone.nr_free_highatomic,
                zone.nr_reserved_highatomic, zone.watermark_boost, zone.flags);
    const std::vector<long> zone_expected = numbers(
        z.stat[0], z.stat[1], z.free_highatomic, z.reserved_highatomic, z.boost,
        (z.boosted ? 1 : 0) | (z.reclaim ? 2 : 0) | (z.below_high ? 4 : 0));
    if (zone_found != zone_expected) {
      return fmt::format(
          "zone {} free, cma, highatomic, reserved, boost, flags: {}, expected "
          "{}",
          z.id, fmt::join(zone_found, " "), fmt::join(zone_expected, " "));
    }
    for (size_t c = 0; c < z.pcp.size(); ++c) {
      const PerCpuPages& pcp = zone.pcp[c];
      const Pcp& p = z.pcp[c];
      for (size_t i = 0; i < 14; ++i) {
        const Pfns found = BlocksOf(*state.memory, pcp.lists[i]);
        if (std::equal(found.begin(), found.end(), p.lists[i].begin(),
                       p.lists[i].end())) {
          continue;
        }
        return fmt::format("zone {} cpu {} list {}: {}expected: {}", z.id, c, i,
                           text(found), text(p.lists[i]));
      }
      const std::vector<long> found = numbers(
          pcp.count, pcp.high, pcp.free_count, pcp.alloc_factor, pcp.flags,
          pcp.expire, pcp.vm_stat_diff[0], pcp.vm_stat_diff[1]);
      const std::vector<long> expected =
          numbers(p.count, p.high, p.free_count, p.alloc_factor,
                  (p.prev_high_order ? 1 : 0) | (p.free_high_batch ? 2 : 0),
                  p.expire, p.diff[0], p.diff[1]);
      if (found != expected) {
        return fmt::format(
            "zone {} cpu {} count, high, free_count, alloc_factor, flags, "
            "expire, differentials: {}, expected {}",
            z.id, c, fmt::join(found, " "), fmt::join(expected, " "));
      }
    }
  }
  return "";
}

}  // namespace pagelab
