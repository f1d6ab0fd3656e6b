// The start, and the choice of a zone: page-allocator.md 13 to 15.

#include "pagelab/test/support/reference_allocator.h"

#include <fmt/format.h>

#include <algorithm>

#include "pagelab/base/check.h"
#include "pagelab/test/support/reference_constants.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {

using reference::kCmaFlag;
using reference::kHighatomic;
using reference::kKswapd;
using reference::kLow;
using reference::kMinReserve;
using reference::kNofragment;
using reference::kNonBlock;
using reference::kNoWatermarks;
using reference::kOom;
using reference::kReserves;
using reference::S;

namespace {

// GFP bits, 6.1.
constexpr uint32_t kGfpHigh = 0x20, kGfpDirect = 0x400, kGfpKswapd = 0x800,
                   kGfpRetryMayfail = 0x4000, kGfpNofail = 0x8000,
                   kGfpNoretry = 0x10000, kGfpMemalloc = 0x20000,
                   kGfpComp = 0x40000, kGfpNomemalloc = 0x80000,
                   kGfpThisnode = 0x200000;

// 6.3.
int HighestZone(uint32_t gfp) {
  switch (gfp & 0xf) {
    case 0x0:
    case 0x2:
    case 0x8:
      return 2;
    case 0xa:
      return 3;
    case 0x4:
    case 0xc:
      return 1;
    default:
      return 0;
  }
}

}  // namespace

// --- the start ---

ReferenceAllocator::ReferenceAllocator(const AllocatorState& state)
    : early_(state.policy.fallback == FallbackPolicy::kEarly612),
      cma_(state.policy.cma),
      thp_(state.policy.thp_pcp_lists),
      grouping_disabled_(state.policy.page_group_by_mobility_disabled),
      pageblock_order_(state.memory->geometry().pageblock_order),
      batch_scale_max_(static_cast<int>(state.policy.pcp_batch_scale_max)),
      boost_factor_(state.policy.watermark_boost_factor),
      pgfree_(state.events.pgfree) {
  for (uint64_t i = 0; i < state.nr_pageblocks; ++i) {
    types_.push_back(state.pageblock_type[i]);
  }
  for (int i = 0; i < state.nr_cpus; ++i) {
    cpu_node_.push_back(state.cpu_node[i].value());
  }
  for (const Zone& zone : state.all_zones()) CopyZone(state, zone);
  for (const Node& node : state.all_nodes()) {
    NodeLists lists;
    for (int i = 0; i < node.nr_fallback; ++i) {
      lists.fallback.push_back(node.fallback[i].zone->id);
    }
    for (int i = 0; i < node.nr_own; ++i) {
      lists.own.push_back(node.own[i].zone->id);
    }
    lists.nofragment =
        state.nr_nodes == 1 || zones_[S(node.id.value() * 4 + 1)].populated;
    node_lists_.push_back(lists);
  }
}

void ReferenceAllocator::CopyZone(const AllocatorState& state,
                                  const Zone& zone) {
  RefZone z;
  z.populated = zone.populated();
  z.id = zone.id;
  z.node = zone.node.value();
  z.index = static_cast<int>(zone.type);
  z.start = zone.span.begin.value();
  z.end = zone.span.end.value();
  z.managed = static_cast<long>(zone.managed.value());
  for (size_t i = 0; i < 4; ++i) {
    z.mark[i] = zone.watermark[i];
    z.reserve[i] = zone.lowmem_reserve[i];
  }
  z.boost = zone.watermark_boost;
  z.boosted = zone.flags & 1;
  z.reclaim = zone.flags & 2;
  z.below_high = zone.flags & 4;
  z.stat = {zone.vm_stat[0], zone.vm_stat[1]};
  z.free_highatomic = zone.nr_free_highatomic;
  z.reserved_highatomic = zone.nr_reserved_highatomic;
  for (int order = 0; order < 11; ++order) {
    for (int mt = 0; mt < 6; ++mt) {
      for (uint64_t pfn :
           BlocksOf(*state.memory, zone.free_area[S(order)].lists[S(mt)])) {
        z.lists[S(order)][S(mt)].push_back(pfn);
        free_[pfn] = {order, z.id};
      }
    }
  }
  for (int cpu_id = 0; z.populated && cpu_id < state.nr_cpus; ++cpu_id) {
    const PerCpuPages& from = zone.pcp[cpu_id];
    Pcp p;
    p.count = from.count;
    p.high = from.high;
    p.high_min = from.high_min;
    p.high_max = from.high_max;
    p.batch = from.batch;
    p.free_count = from.free_count;
    p.alloc_factor = from.alloc_factor;
    p.expire = from.expire;
    p.prev_high_order = from.flags & 1;
    p.free_high_batch = from.flags & 2;
    p.threshold = from.stat_threshold;
    p.diff = {from.vm_stat_diff[0], from.vm_stat_diff[1]};
    for (size_t i = 0; i < 14; ++i) {
      for (uint64_t pfn : BlocksOf(*state.memory, from.lists[i])) {
        p.lists[i].push_back(pfn);
      }
    }
    z.pcp.push_back(std::move(p));
  }
  zones_.push_back(std::move(z));
}

int ReferenceAllocator::ZoneOfPfn(uint64_t pfn) const {
  for (const RefZone& z : zones_) {
    if (z.start <= pfn && pfn < z.end) return z.id;
  }
  return 0;
}

std::vector<uint64_t> ReferenceAllocator::FreeBlocks(int zone, int order,
                                                     int mt) const {
  const auto& list = zones_[S(zone)].lists[S(order)][S(mt)];
  return {list.begin(), list.end()};
}

std::vector<uint64_t> ReferenceAllocator::PcpBlocks(int zone, int list) const {
  const auto& blocks = zones_[S(zone)].pcp.front().lists[S(list)];
  return {blocks.begin(), blocks.end()};
}

std::vector<std::string> ReferenceAllocator::TakeEvents() {
  return std::exchange(events_, {});
}

// --- 13, 14: choosing a zone ---

bool ReferenceAllocator::Ok(const RefZone& z, int order, long mark, int hz,
                            uint32_t flags, long free) const {
  free -= (1L << order) - 1;
  if (!(flags & kReserves)) free -= z.free_highatomic;
  if (cma_ && !(flags & kCmaFlag)) free -= Stat(z, 1);
  long min = mark;
  if (flags & kReserves) {
    if (flags & kMinReserve) {
      min -= min / 2;
      if (flags & kNonBlock) min -= min / 4;
    }
    if (flags & kOom) min -= min / 2;
  }
  if (free <= min + z.reserve[S(hz)]) return false;
  if (order == 0) return true;
  for (int o = order; o <= 10; ++o) {
    if (NrFree(z, o) == 0) continue;
    for (int mt = 0; mt < 3; ++mt) {
      if (!z.lists[S(o)][S(mt)].empty()) return true;
    }
    if ((flags & kCmaFlag) && !z.lists[S(o)][kC].empty()) return true;
    if ((flags & (kHighatomic | kOom)) && !z.lists[S(o)][kH].empty()) {
      return true;
    }
  }
  return false;
}

bool ReferenceAllocator::Fast(const RefZone& z, int order, long mark, int hz,
                              uint32_t flags) const {
  const long free = Stat(z, 0);
  if (order == 0) {
    long unusable = 0;
    if (!(flags & kReserves)) unusable += z.free_highatomic;
    if (cma_ && !(flags & kCmaFlag)) unusable += Stat(z, 1);
    if (free - std::min(free, unusable) > mark + z.reserve[S(hz)]) return true;
  }
  if (Ok(z, order, mark, hz, flags, free)) return true;
  return order == 0 && (flags & kMinReserve) && z.boost != 0 &&
         (flags & 3) == 0 && Ok(z, order, z.mark[0], hz, flags, free);
}

uint32_t ReferenceAllocator::CmaFlag(int mt) const {
  return cma_ && mt == kM ? kCmaFlag : 0;
}

std::optional<ReferenceAllocator::Context> ReferenceAllocator::MakeContext(
    uint32_t gfp, int order, int node) {
  if (node < 0) node = cpu_node_[S(cpu)];
  Context ac{
      gfp, order, static_cast<int>((gfp & 0x18) >> 3), HighestZone(gfp), {}};
  if (ac.mt == 3 || grouping_disabled_) ac.mt = kU;
  const NodeLists& lists = node_lists_[S(node)];
  for (int id : gfp& kGfpThisnode ? lists.own : lists.fallback) {
    if (zones_[S(id)].index <= ac.highest) ac.zonelist.push_back(id);
  }
  if (ac.zonelist.empty()) return {};
  return ac;
}

ReferenceAllocator::Result ReferenceAllocator::GetPage(const Context& ac,
                                                       uint32_t flags) {
  const int home = zones_[S(ac.zonelist.front())].node;
retry:
  const bool no_fallback = flags & kNofragment;
  for (int id : ac.zonelist) {
    RefZone& z = zones_[S(id)];
    if (no_fallback && z.node != home) {
      flags &= ~kNofragment;
      goto retry;
    }
    bool high_ok = false;
    if (!z.below_high) {
      high_ok = Fast(z, ac.order, z.mark[2] + z.boost, ac.highest, flags);
      if (!high_ok) z.below_high = true;
    }
    if (!high_ok &&
        !Fast(z, ac.order, z.mark[flags & 3] + z.boost, ac.highest, flags) &&
        !(flags & kNoWatermarks)) {
      continue;
    }
    Result page;
    if (PcpOrder(ac.order)) page = PcpAlloc(z, ac.order, ac.mt, flags, true);
    if (!page) page = FromBuddy(z, ac.order, ac.mt, flags);
    if (flags & kKswapd) z.boosted = false;
    if (!page) continue;
    used_[*page] = {ac.order, z.id, 1, ac.order > 0 && (ac.gfp & kGfpComp) != 0,
                    false};
    if (flags & kHighatomic) ReserveHighatomic(z, *page, ac.order);
    return page;
  }
  if (no_fallback) {
    flags &= ~kNofragment;
    goto retry;
  }
  return {};
}

ReferenceAllocator::Result ReferenceAllocator::SlowPath(const Context& ac) {
  uint32_t flags = (ac.gfp & (kGfpHigh | kGfpKswapd)) | CmaFlag(ac.mt);
  if (!(ac.gfp & kGfpDirect) && !(ac.gfp & kGfpNomemalloc)) {
    flags |= kNonBlock;
    if (ac.order > 0 && (flags & kMinReserve)) flags |= kHighatomic;
  }
  if (const Result p = GetPage(ac, flags)) return p;
  uint32_t rights = 0;
  if (!(ac.gfp & kGfpNomemalloc)) {
    if ((ac.gfp & kGfpMemalloc) || memalloc) {
      rights = kNoWatermarks;
    } else if (oom_victim) {
      rights = kOom;
    }
  }
  if (rights) flags = rights | CmaFlag(ac.mt) | (flags & kKswapd);
  const bool can_wait = (ac.gfp & kGfpDirect) && !memalloc;
  for (;;) {
    if (const Result p = GetPage(ac, flags)) return p;
    // No reclaim and no compaction here: only reserved pageblocks come back.
    if (!can_wait || (ac.gfp & kGfpNoretry) ||
        (ac.order > 3 && !(ac.gfp & kGfpRetryMayfail)) ||
        !Unreserve(ac, true)) {
      break;
    }
  }
  if ((ac.gfp & kGfpNofail) && can_wait) {
    return GetPage(ac, kMinReserve | CmaFlag(ac.mt));
  }
  return {};
}

ReferenceAllocator::Result ReferenceAllocator::Alloc(uint32_t gfp, int order,
                                                     int node) {
  if (order > 10) return {};
  const auto ac = MakeContext(gfp, order, node);
  Result page;
  int mt = 0;
  if (ac) {
    mt = ac->mt;
    const RefZone& preferred = zones_[S(ac->zonelist.front())];
    uint32_t flags = kLow | CmaFlag(mt) | (gfp & kGfpKswapd);
    if (preferred.index == 2 && node_lists_[S(preferred.node)].nofragment) {
      flags |= kNofragment;
    }
    page = GetPage(*ac, flags);
    if (!page) page = SlowPath(*ac);
  } else {
    mt = (gfp & 0x18) == 0x18 || grouping_disabled_
             ? kU
             : static_cast<int>((gfp & 0x18) >> 3);
  }
  Event(page ? fmt::format("alloc {:x} order {} mt {} gfp {:x}", *page, order,
                           mt, gfp)
             : fmt::format("alloc failed order {} mt {} gfp {:x}", order, mt,
                           gfp));
  return page;
}

// --- 15: variants ---

std::vector<uint64_t> ReferenceAllocator::Bulk(uint32_t gfp, int node,
                                               size_t count) {
  std::vector<uint64_t> got;
  const auto ac = count > 1 ? MakeContext(gfp, 0, node) : std::nullopt;
  if (ac) {
    const RefZone& preferred = zones_[S(ac->zonelist.front())];
    const uint32_t flags = kLow | CmaFlag(ac->mt);
    for (int id : ac->zonelist) {
      RefZone& z = zones_[S(id)];
      if (z.node != preferred.node) break;
      if (!Fast(z, 0, z.mark[1] + z.boost + static_cast<long>(count),
                preferred.index, flags)) {
        continue;
      }
      while (got.size() < count) {
        const Result page = PcpAlloc(z, 0, ac->mt, flags, false);
        if (!page) break;
        used_[*page] = {0, z.id, 1, false, false};
        got.push_back(*page);
      }
      break;
    }
  }
  if (got.empty() && count > 0) {
    if (const Result page = Alloc(gfp, 0, node)) got.push_back(*page);
  }
  return got;
}

ReferenceAllocator::Result ReferenceAllocator::Exact(uint32_t gfp, int node,
                                                     uint64_t count) {
  int order = 0;
  while ((uint64_t{1} << order) < count) ++order;
  const Result page = Alloc(gfp & ~kGfpComp, order, node);
  if (!page) return {};
  Split(*page, order, 0);
  for (uint64_t i = count; i < uint64_t{1} << order; ++i) {
    Prepare(*page + i, 0);
    FreeUnref(*page + i, 0, true);
  }
  return page;
}

void ReferenceAllocator::Split(uint64_t pfn, int old_order, int new_order) {
  const UsedBlock block = used_.at(pfn);
  for (uint64_t i = 0; i < uint64_t{1} << old_order;
       i += uint64_t{1} << new_order) {
    used_[pfn + i] = {new_order, block.zone, 1, block.compound && new_order > 0,
                      block.lru};
  }
}

bool ReferenceAllocator::Prepare(uint64_t pfn, int order) {
  Event(fmt::format("free {:x} order {}", pfn, order));
  return true;
}

void ReferenceAllocator::FreeUnref(uint64_t pfn, int order, bool to_tail) {
  RefZone& z = zones_[S(used_.at(pfn).zone)];
  used_.erase(pfn);
  int mt = TypeOf(pfn);
  if (!PcpOrder(order) || mt == kI || to_tail || z.pcp[S(cpu)].locked) {
    FreeDirect(z, pfn, order, to_tail);
    return;
  }
  Commit(z, pfn, mt >= 3 ? kM : mt, order);
}

void ReferenceAllocator::Free(uint64_t pfn, int order) {
  UsedBlock& block = used_.at(pfn);
  PAGELAB_CHECK_EQ(block.order, order);
  if (--block.references > 0) {
    if (block.compound) return;
    block.order = 0;
    const int zone = block.zone;
    for (int o = order - 1; o >= 0; --o) {
      const uint64_t upper = pfn + (uint64_t{1} << o);
      used_[upper] = {o, zone, 0, false, false};
      Prepare(upper, o);
      FreeUnref(upper, o, false);
    }
    return;
  }
  Prepare(pfn, order);
  FreeUnref(pfn, order, false);
}

void ReferenceAllocator::FreeFolios(
    const std::vector<std::pair<uint64_t, int>>& folios) {
  for (const auto& [pfn, order] : folios) {
    Prepare(pfn, order);
    if (!PcpOrder(order)) FreeUnref(pfn, order, false);
  }
  for (const auto& [pfn, order] : folios) {
    if (!PcpOrder(order)) continue;
    const RefZone& z = zones_[S(used_.at(pfn).zone)];
    if (TypeOf(pfn) != kI && !z.pcp[S(cpu)].locked) {
      Event(fmt::format("batched {:x}", pfn));
    }
    FreeUnref(pfn, order, false);
  }
}

}  // namespace pagelab
