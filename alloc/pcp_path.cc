// Per-cpu lists: page-allocator.md 12.

#include <algorithm>
#include <bit>

#include "pagelab/alloc/fallback.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/pcp_ops.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/trace_hooks.h"
#include "pagelab/alloc/watermark.h"

namespace pagelab {
inline namespace PAGELAB_HOOK_NAMESPACE {

namespace {

// Where the smallest sufficient block is larger than a page, all smaller lists
// of the type are empty, and taking page after page would cut it from its start
// on. Takes up to `most` pages that way at once, onto `list`, and gives back
// what is left. 0: page by page, because a page is listed, because somebody
// looks on, or because each page may come from elsewhere.
int CutIntoPages(AllocatorState& state, const ExecutionContext& context,
                 Zone& zone, const PcpRefill& refill, FreeList& list,
                 int most) {
  const unsigned listed = zone.listed_orders[Index(refill.type)];
  const bool may_use_cma = state.policy.cma &&
                           refill.flags.HasAny(alloc_flag::kCma) &&
                           zone.StatPages(ZoneStat::kFreeCma) != 0;
  if (listed == 0 || (listed & 1) != 0 || may_use_cma ||
      state.debug_guardpage_minorder != 0 ||
      StaticBranchUnlikely<mm_page_alloc_zone_locked_key>()) {
    return 0;
  }
  const Order order(std::countr_zero(listed));
  Page* page = &zone.free_area[order.value()].list(refill.type).front();
  RemoveFromFreeList(zone, *page, order, refill.type);
  Page* const end = page + order.pages();
  const int count = std::min(most, static_cast<int>(order.pages()));
  for (Page* const stop = page + count; page != stop; ++page) {
    page->state = PageState::kPcp;
    page->order_value = 0;
    page->zone = zone.id;
    page->extra_blocks = 0;
    list.PushBack(*page);
  }
  ModZoneStatOneByOne(zone, context.cpu, ZoneStat::kFreePages, -count);
  while (page != end) {
    const Order piece(std::countr_zero(state.memory->PfnOf(page).value()));
    AddToFreeList(zone, *page, piece, refill.type, ListEnd::kHead);
    page += piece.pages();
  }
  return count;
}

// How many nodes at the tail of a list of pages, `back` the last of them, are
// neighbours in ascending order, up to `most`.
int NeighboursAtTail(const FreeList& list, const Page& back, int most) {
  int count = 1;
  while (count < most &&
         list.IsPrecededBy((&back)[count - 1], (&back)[count])) {
    ++count;
  }
  return count;
}

}  // namespace

int PageAllocator::DrainNeighbours(ExecutionContext& context, Zone& zone,
                                   FreeList& list, int most) {
  Page& back = list.back();
  Pfn pfn = state_.memory->PfnOf(&back);
  const Migratetype type = state_.PageblockType(pfn);
  const uint64_t pageblock_pages = state_.memory->pageblock_order().pages();
  const uint64_t to_end =
      pageblock_pages - (pfn.value() & (pageblock_pages - 1));
  most = std::min(most, static_cast<int>(to_end));
  const int count = NeighboursAtTail(list, back, most);
  list.RemoveTail((&back)[count - 1]);
  AccountFreePagesOneByOne(zone, context.cpu, count, type);
  for (Page* page = &back; page != &back + count; ++page) {
    page->state = PageState::kNone;
  }
  const Pfn end = pfn + PageCount(static_cast<uint64_t>(count));
  while (pfn < end) {
    const int aligned = std::countr_zero(pfn.value());
    const int fitting = std::bit_width((end - pfn).value()) - 1;
    const Order order(std::min(aligned, fitting));
    FreeUncounted(zone, context.cpu, pfn, order, type, FpiFlags::kNone);
    pfn += PageCount(order.pages());
  }
  return count;
}

int PageAllocator::RefillPcp(ExecutionContext& context, Zone& zone,
                             PerCpuPages& pcp, const PcpRefill& refill) {
  const TakeRequest request{.order = OrderOfPcpList(refill.list),
                            .type = refill.type,
                            .flags = refill.flags};
  TakeMode mode = TakeMode::kNormal;
  int blocks = 0;
  while (blocks < refill.nr_blocks) {
    if (request.order == Order(0)) {
      const int pages =
          CutIntoPages(state_, context, zone, refill, pcp.lists[refill.list],
                       refill.nr_blocks - blocks);
      blocks += pages;
      if (pages != 0) continue;
    }
    Page* page = TakeBlock(state_, context, zone, request, mode);
    if (page == nullptr) break;
    page->state = PageState::kPcp;
    pcp.lists[refill.list].PushBack(*page);
    ++blocks;
  }
  pcp.count += blocks << request.order.value();
  return blocks;
}

void PageAllocator::DrainPcp(ExecutionContext& context, Zone& zone,
                             PerCpuPages& pcp, int nr_pages, int start_list) {
  nr_pages = std::min(pcp.count, nr_pages);
  int index = start_list - 1;
  while (nr_pages > 0) {
    do {
      if (++index >= kNrPcpLists) index = 0;
    } while (pcp.lists[index].empty());
    FreeList& list = pcp.lists[index];
    const Order order = OrderOfPcpList(index);
    const int pages = static_cast<int>(order.pages());
    // Neighbours can go back as one, where nobody sees one after the other go.
    const bool together = order == Order(0) &&
                          state_.debug_guardpage_minorder == 0 &&
                          !StaticBranchUnlikely<mm_page_pcpu_drain_key>();
    do {
      Page& page = list.back();
      if (together && list.IsPrecededBy(page, (&page)[1])) {
        const int drained = DrainNeighbours(context, zone, list, nr_pages);
        nr_pages -= drained;
        pcp.count -= drained;
        continue;
      }
      list.Remove(page);
      const Pfn pfn = state_.memory->PfnOf(&page);
      const Migratetype type = state_.PageblockType(pfn);
      nr_pages -= pages;
      pcp.count -= pages;
      FreeOne(zone, context.cpu, pfn, order, type, FpiFlags::kNone);
      Trace<mm_page_pcpu_drain_key>(
          state_, context,
          MmPagePcpuDrain{.pfn = pfn, .order = order, .migratetype = type});
    } while (nr_pages > 0 && !list.empty());
  }
}

void PageAllocator::DrainIfFull(ExecutionContext& context, Zone& zone, int list,
                                bool free_high) {
  PerCpuPages& pcp = zone.pcp[context.cpu.value()];
  const int high = NrPcpHigh(zone, pcp, free_high);
  if (pcp.count >= high) {
    DrainAfterCommit(context, zone,
                     {.list = list, .high = high, .free_high = free_high});
  }
}

void PageAllocator::DrainAfterCommit(ExecutionContext& context, Zone& zone,
                                     const PcpExcess& excess) {
  PerCpuPages& pcp = zone.pcp[context.cpu.value()];
  DrainPcp(context, zone, pcp, NrPcpFree(pcp, excess.high, excess.free_high),
           excess.list);
  if ((zone.flags & kZoneBelowHigh) == 0) return;
  const WatermarkQuery query{.order = Order(0),
                             .mark = zone.WatermarkPages(Watermark::kHigh),
                             .highest_zoneidx = Index(ZoneType::kMovable),
                             .flags = AllocFlags()};
  if (WatermarkOk(state_.policy, zone, query,
                  static_cast<int64_t>(zone.StatPages(ZoneStat::kFreePages)))) {
    zone.flags &= ~kZoneBelowHigh;
  }
}

void PageAllocator::DrainPages(ExecutionContext& context, Zone& zone,
                               CpuId cpu) {
  // By whoever asks for it: events and differentials are of that CPU.
  PerCpuPages& pcp = zone.pcp[cpu.value()];
  TraceProbe<drain_pages_zone_key>(
      state_, context, DrainPagesZoneProbe{.zone = zone.id, .cpu = cpu});
  while (pcp.count > 0) {
    DrainPcp(context, zone, pcp, std::min(pcp.count, pcp.batch << 5), 0);
  }
}

void PageAllocator::DrainAllPages(ExecutionContext& context, Zone* only) {
  const auto asked_for = [only](const Zone& zone) {
    return zone.populated() && (only == nullptr || only == &zone);
  };
  for (int cpu = 0; cpu < state_.nr_cpus; ++cpu) {
    // CPUs that have nothing are not bothered.
    const auto zones = state_.all_zones();
    if (std::none_of(zones.begin(), zones.end(), [&](const Zone& zone) {
          return asked_for(zone) && zone.pcp[cpu].count > 0;
        })) {
      continue;
    }
    for (Zone& zone : zones) {
      if (!asked_for(zone)) continue;
      DrainPages(context, zone, CpuId(cpu));
    }
  }
}

void PageAllocator::DecayPcpHigh(ExecutionContext& context, Zone& zone,
                                 CpuId cpu) {
  PerCpuPages& pcp = zone.pcp[cpu.value()];
  ExecutionContext on_cpu = context;
  on_cpu.cpu = cpu;
  TraceProbe<decay_pcp_high_key>(
      state_, on_cpu,
      DecayPcpHighProbe{.zone = zone.id, .cpu = cpu, .high = pcp.high});
  if (pcp.high > pcp.high_min) {
    pcp.high = std::max({pcp.count - (pcp.batch << 5),
                         pcp.high - (pcp.high >> 3), pcp.high_min});
  }
  for (int excess = pcp.count - pcp.high; excess > 0; excess -= pcp.batch) {
    DrainPcp(on_cpu, zone, pcp, std::min(excess, pcp.batch), 0);
  }
}

bool PageAllocator::VmstatTick(ExecutionContext& context, Zone& zone,
                               CpuId cpu) {
  constexpr uint8_t kExpireTicks = 3;
  PerCpuPages& pcp = zone.pcp[cpu.value()];
  for (int item = 0; item < kNrZoneStats; ++item) {
    if (pcp.vm_stat_diff[item] == 0) continue;
    zone.vm_stat[item] += pcp.vm_stat_diff[item];
    pcp.vm_stat_diff[item] = 0;
    pcp.expire = kExpireTicks;
  }
  DecayPcpHigh(context, zone, cpu);
  if (pcp.expire == 0 || pcp.count == 0) return false;
  if (zone.node == state_.cpu_node[cpu.value()]) {
    pcp.expire = 0;
    return false;
  }
  return --pcp.expire == 0;
}

void PageAllocator::DrainExpired(ExecutionContext& context, Zone& zone,
                                 CpuId cpu) {
  PerCpuPages& pcp = zone.pcp[cpu.value()];
  ExecutionContext on_cpu = context;
  on_cpu.cpu = cpu;
  TraceProbe<drain_zone_pages_key>(
      state_, on_cpu, DrainZonePagesProbe{.zone = zone.id, .cpu = cpu});
  DrainPcp(on_cpu, zone, pcp, std::min(pcp.count, pcp.batch), 0);
}

void PageAllocator::VmstatUpdate(ExecutionContext& context, CpuId cpu) {
  for (Zone& zone : state_.all_zones()) {
    if (!zone.populated()) continue;
    if (VmstatTick(context, zone, cpu)) DrainExpired(context, zone, cpu);
  }
}

}  // namespace PAGELAB_HOOK_NAMESPACE
}  // namespace pagelab
