#ifndef PAGELAB_ALLOC_FREE_AREA_OPS_H_
#define PAGELAB_ALLOC_FREE_AREA_OPS_H_

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/buddy.h"
#include "pagelab/alloc/guard_page.h"
#include "pagelab/alloc/zone.h"

namespace pagelab {

// The primitives of page-allocator.md 7: counters, and blocks on and off the
// free lists. They keep I3 (nr_free is the number of listed blocks) and the
// state of the block's head; counters of pages are the caller's.

// Kernel counterpart: __mod_zone_page_state() with its per-cpu differential.
inline void ModZoneStat(Zone& zone, CpuId cpu, ZoneStat stat, int64_t pages) {
  PerCpuPages& pcp = zone.pcp[cpu.value()];
  const int item = static_cast<int>(stat);
  const int64_t sum = pcp.vm_stat_diff[item] + pages;
  if (sum > pcp.stat_threshold || -sum > pcp.stat_threshold) {
    zone.vm_stat[item] += sum;
    pcp.vm_stat_diff[item] = 0;
  } else {
    pcp.vm_stat_diff[item] = static_cast<int16_t>(sum);
  }
}

// Kernel counterpart: account_freepages().
inline void AccountFreePages(Zone& zone, CpuId cpu, int64_t pages,
                             Migratetype type) {
  if (type == Migratetype::kIsolate) return;
  ModZoneStat(zone, cpu, ZoneStat::kFreePages, pages);
  if (type == Migratetype::kCma) {
    ModZoneStat(zone, cpu, ZoneStat::kFreeCma, pages);
  } else if (type == Migratetype::kHighAtomic) {
    zone.nr_free_highatomic += pages;
  }
}

// The same `pages` times by one page, up or down: the differential goes over
// into the zone's counter as often as it would then.
inline void ModZoneStatOneByOne(Zone& zone, CpuId cpu, ZoneStat stat,
                                int pages) {
  if (pages == 0) return;
  // By itself: the threshold may have been lowered under the differential,
  // which goes over as a whole then.
  const int first = pages > 0 ? 1 : -1;
  ModZoneStat(zone, cpu, stat, first);
  PerCpuPages& pcp = zone.pcp[cpu.value()];
  const int item = static_cast<int>(stat);
  const int threshold = pcp.stat_threshold;
  int sum = pcp.vm_stat_diff[item] + pages - first;
  while (sum > threshold) {
    zone.vm_stat[item] += threshold + 1;
    sum -= threshold + 1;
  }
  while (-sum > threshold) {
    zone.vm_stat[item] -= threshold + 1;
    sum += threshold + 1;
  }
  pcp.vm_stat_diff[item] = static_cast<int16_t>(sum);
}

inline void AccountFreePagesOneByOne(Zone& zone, CpuId cpu, int pages,
                                     Migratetype type) {
  if (type == Migratetype::kIsolate) return;
  ModZoneStatOneByOne(zone, cpu, ZoneStat::kFreePages, pages);
  if (type == Migratetype::kCma) {
    ModZoneStatOneByOne(zone, cpu, ZoneStat::kFreeCma, pages);
  } else if (type == Migratetype::kHighAtomic) {
    zone.nr_free_highatomic += pages;
  }
}

enum class ListEnd : uint8_t { kHead, kTail };

inline void AddToFreeList(Zone& zone, Page& block, Order order,
                          Migratetype type, ListEnd end) {
  block.state = PageState::kBuddy;
  block.order_value = static_cast<uint8_t>(order.value());
  block.zone = zone.id;
  block.extra_blocks = 0;
  FreeArea& area = zone.free_area[order.value()];
  FreeList& list = area.list(type);
  if (end == ListEnd::kHead) {
    list.PushFront(block);
  } else {
    list.PushBack(block);
  }
  ++area.nr_free;
  zone.listed_orders[Index(type)] |= static_cast<uint16_t>(order.pages());
}

inline void RemoveFromFreeList(Zone& zone, Page& block, Order order,
                               Migratetype type) {
  FreeArea& area = zone.free_area[order.value()];
  // Not always the list of `type`: where grouping by mobility is disabled, a
  // pageblock may say another type than the one its blocks are listed under.
  const FreeList* emptied = FreeList::ListThatHoldsOnly(block);
  if (emptied != nullptr) {
    zone.listed_orders[static_cast<size_t>(emptied - area.lists.data())] &=
        static_cast<uint16_t>(~order.pages());
  }
  area.list(type).Remove(block);
  block.state = PageState::kNone;
  --area.nr_free;
}

// To the tail of another type's list. Kernel counterpart:
// move_to_free_list().
inline void MoveToFreeList(Zone& zone, CpuId cpu, Page& block, Migratetype from,
                           Migratetype to) {
  const Order order = block.order();
  RemoveFromFreeList(zone, block, order, from);
  AddToFreeList(zone, block, order, to, ListEnd::kTail);
  const auto pages = static_cast<int64_t>(order.pages());
  AccountFreePages(zone, cpu, -pages, from);
  AccountFreePages(zone, cpu, pages, to);
}

// Is `page` the head of a free block of exactly this order in this zone?
inline bool IsFreeBlock(const Page& page, Order order, const Zone& zone) {
  return page.state == PageState::kBuddy && page.order_value == order.value() &&
         page.zone == zone.id;
}

// May a block of `order` in this zone merge with the one that `page` heads? It
// is a free block, or a guard, of exactly this order.
// Kernel counterpart: page_is_buddy().
inline bool IsMergeBuddy(const Page& page, Order order, const Zone& zone) {
  return (page.state == PageState::kBuddy || page.state == PageState::kGuard) &&
         page.order_value == order.value() && page.zone == zone.id;
}

// Splits what is left of a block at `pfn`, taken at order `high` and used at
// order `low`, onto the heads of the lists of `type`, largest piece first;
// pieces below debug_guardpage_minorder become guards. Returns the pages of
// these, which the caller must not count as free.
// Kernel counterpart: expand(). page-allocator.md 9.1.
[[nodiscard]] inline int64_t Expand(AllocatorState& state, Zone& zone, Pfn pfn,
                                    Order low, Order high, Migratetype type) {
  int64_t guarded = 0;
  for (int order = high.value() - 1; order >= low.value(); --order) {
    const Order half(order);
    Page& upper = *state.memory->PageAt(pfn + PageCount(half.pages()));
    if (order < state.debug_guardpage_minorder) [[unlikely]] {
      SetPageGuard(state, zone, upper, half);
      guarded += static_cast<int64_t>(half.pages());
      continue;
    }
    AddToFreeList(zone, upper, half, type, ListEnd::kHead);
  }
  return guarded;
}

// The frames of the pageblock that holds `pfn`.
inline PfnRange PageblockOf(const AllocatorState& state, Pfn pfn) {
  const Order order = state.memory->pageblock_order();
  const Pfn begin = AlignDown(pfn, order);
  return {begin, begin + PageCount(order.pages())};
}

// Sets the type of every pageblock of a block of at least pageblock order.
inline void SetBlockType(AllocatorState& state, Pfn head, Order order,
                         Migratetype type) {
  const PageCount step(state.memory->pageblock_order().pages());
  for (Pfn pfn = head; pfn < head + PageCount(order.pages()); pfn += step) {
    state.SetPageblockType(pfn, type);
  }
}

// A whole pageblock that may change its type (page-allocator.md 10.3): lies
// fully inside the zone's span.
inline bool IsMovablePageblock(const Zone& zone, PfnRange pageblock) {
  return zone.span.begin <= pageblock.begin && pageblock.end <= zone.span.end;
}

// Moves every free block of the pageblock to the tails of `to`'s lists and
// gives the pageblock that type. REQUIRES: IsMovablePageblock(), and no free
// block crosses its borders.
void MoveFreeBlocks(AllocatorState& state, Zone& zone, CpuId cpu,
                    PfnRange pageblock, Migratetype from, Migratetype to);

// What a pageblock holds (page-allocator.md 10.3).
struct PageblockCounts {
  int64_t free = 0;
  int64_t movable = 0;
};
PageblockCounts CountPageblock(const AllocatorState& state, const Zone& zone,
                               PfnRange pageblock);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_FREE_AREA_OPS_H_
