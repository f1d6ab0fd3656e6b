// Pageblocks kept for high-order atomic requests: page-allocator.md 11.

#include <algorithm>

#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/page_allocator.h"

namespace pagelab {
inline namespace PAGELAB_HOOK_NAMESPACE {

void PageAllocator::ReserveHighatomic(Zone& zone, const Page& page, CpuId cpu,
                                      Order order) {
  const Order pageblock_order = state_.memory->pageblock_order();
  const auto pageblock = static_cast<int64_t>(pageblock_order.pages());
  const auto percent = static_cast<int64_t>(zone.managed.value() / 100);
  if (percent < pageblock) return;
  const int64_t max = (percent + pageblock - 1) / pageblock * pageblock;
  if (zone.nr_reserved_highatomic >= max) return;
  const Pfn pfn = state_.memory->PfnOf(&page);
  const Migratetype type = state_.PageblockType(pfn);
  if (!IsMergeable(type)) return;
  if (order >= pageblock_order) {
    SetBlockType(state_, pfn, order, Migratetype::kHighAtomic);
    zone.nr_reserved_highatomic += static_cast<int64_t>(order.pages());
    return;
  }
  const PfnRange range = PageblockOf(state_, pfn);
  if (!IsMovablePageblock(zone, range)) return;
  MoveFreeBlocks(state_, zone, cpu, range, type, Migratetype::kHighAtomic);
  zone.nr_reserved_highatomic += pageblock;
}

bool PageAllocator::UnreserveHighatomic(const AllocControl& ac, bool force,
                                        CpuId cpu) {
  const Order pageblock_order = state_.memory->pageblock_order();
  const auto pageblock = static_cast<int64_t>(pageblock_order.pages());
  for (const Zoneref& ref : ac.zonelist) {
    if (ref.zone_index > ac.highest_zoneidx) continue;
    Zone& zone = *ref.zone;
    if (!force && zone.nr_reserved_highatomic <= pageblock) continue;
    for (int order = 0; order < kNrPageOrders; ++order) {
      FreeList& list = zone.free_area[order].list(Migratetype::kHighAtomic);
      if (list.empty()) continue;
      Page& page = list.front();
      const Pfn pfn = state_.memory->PfnOf(&page);
      if (state_.PageblockType(pfn) == Migratetype::kHighAtomic) {
        const int64_t pages =
            std::max(pageblock, static_cast<int64_t>(Order(order).pages()));
        zone.nr_reserved_highatomic -=
            std::min(pages, zone.nr_reserved_highatomic);
      }
      if (Order(order) < pageblock_order) {
        const PfnRange range = PageblockOf(state_, pfn);
        if (!IsMovablePageblock(zone, range)) continue;
        MoveFreeBlocks(state_, zone, cpu, range, state_.PageblockType(pfn),
                       ac.type);
      } else {
        MoveToFreeList(zone, cpu, page, Migratetype::kHighAtomic, ac.type);
        SetBlockType(state_, pfn, Order(order), ac.type);
      }
      return true;
    }
  }
  return false;
}

}  // namespace PAGELAB_HOOK_NAMESPACE
}  // namespace pagelab
