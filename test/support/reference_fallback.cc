// page-allocator.md 10 and 21.

#include <fmt/format.h>

#include <algorithm>

#include "pagelab/test/support/reference_allocator.h"
#include "pagelab/test/support/reference_constants.h"

namespace pagelab {

using reference::kKswapd;
using reference::kNofragment;
using reference::S;

// --- 10, 21: fallback ---

bool ReferenceAllocator::CanSteal(int order, int mt) const {
  return order >= pageblock_order_ / 2 || mt == kR || mt == kU ||
         grouping_disabled_;
}

std::optional<int> ReferenceAllocator::FallbackType(const RefZone& z, int order,
                                                    int mt) const {
  static const int kTable[3][2] = {{kR, kM}, {kR, kU}, {kU, kM}};
  for (int fb : kTable[mt]) {
    if (!z.lists[S(order)][S(fb)].empty()) return fb;
  }
  return {};
}

void ReferenceAllocator::Boost(RefZone& z, uint32_t flags) {
  if (boost_factor_ == 0 || 4 * block_pages() > z.managed) return;
  long max = z.mark[2] * boost_factor_ / 10000;
  if (max == 0) return;
  max = std::max(block_pages(), max);
  z.boost = std::min(z.boost + block_pages(), max);
  if (flags & kKswapd) z.boosted = true;
}

bool ReferenceAllocator::BlockInZone(const RefZone& z, uint64_t start) const {
  return start >= z.start &&
         start + static_cast<uint64_t>(block_pages()) - 1 < z.end;
}

void ReferenceAllocator::CountBlock(const RefZone& z, uint64_t start,
                                    long& free, long& movable) {
  free = movable = 0;
  const uint64_t end = start + static_cast<uint64_t>(block_pages());
  for (uint64_t at = start; at < end;) {
    const auto it = free_.find(at);
    if (it != free_.end() && it->second.zone == z.id) {
      free += 1L << it->second.order;
      at += uint64_t{1} << it->second.order;
      continue;
    }
    // The used block that covers this page, if any.
    auto used = used_.upper_bound(at);
    if (used != used_.begin()) {
      --used;
      if (at < used->first + (uint64_t{1} << used->second.order) &&
          used->second.lru) {
        ++movable;
      }
    }
    ++at;
  }
}

void ReferenceAllocator::MoveBlock(RefZone& z, uint64_t start, int from,
                                   int to) {
  const uint64_t end = start + static_cast<uint64_t>(block_pages());
  for (uint64_t at = start; at < end;) {
    const auto it = free_.find(at);
    if (it == free_.end() || it->second.zone != z.id) {
      ++at;
      continue;
    }
    const int order = it->second.order;
    Move(z, at, order, from, to);
    at += uint64_t{1} << order;
  }
  SetType(start, to);
}

bool ReferenceAllocator::ClaimBlock(RefZone& z, uint64_t pfn, int mt) {
  const uint64_t start = pfn & ~static_cast<uint64_t>(block_pages() - 1);
  if (!BlockInZone(z, start)) return false;
  const int bt = TypeOf(start);
  long free, movable;
  CountBlock(z, start, free, movable);
  long alike = 0;
  if (mt == kM) {
    alike = movable;
  } else if (bt == kM) {
    alike = block_pages() - (free + movable);
  }
  if (free + alike < block_pages() / 2 && !grouping_disabled_) return false;
  MoveBlock(z, start, bt, mt);
  return true;
}

uint64_t ReferenceAllocator::TakeWhole(RefZone& z, uint64_t pfn, int cur,
                                       int order, int mt) {
  const int bt = TypeOf(pfn);
  Del(z, pfn, cur, bt);
  Account(z, -(1L << cur), bt);
  for (uint64_t at = pfn; at < pfn + (uint64_t{1} << cur);
       at += static_cast<uint64_t>(block_pages())) {
    SetType(at, mt);
  }
  Expand(z, pfn, order, cur, mt);
  Account(z, (1L << cur) - (1L << order), mt);
  return pfn;
}

uint64_t ReferenceAllocator::TakeSingle(RefZone& z, uint64_t pfn, int cur,
                                        int order, int fb) {
  Del(z, pfn, cur, fb);
  Expand(z, pfn, order, cur, fb);
  Account(z, -(1L << order), fb);
  return pfn;
}

void ReferenceAllocator::Extfrag(uint64_t pfn, int order, int cur, int mt,
                                 int fb) {
  Event(fmt::format("extfrag {:x} order {} from {} mt {} from {} owner {}", pfn,
                    order, cur, mt, fb, TypeOf(pfn) == mt ? 1 : 0));
}

ReferenceAllocator::Result ReferenceAllocator::Claim(RefZone& z, int order,
                                                     int mt, uint32_t flags) {
  int min_order = order;
  if (order < pageblock_order_ && (flags & kNofragment)) {
    min_order = pageblock_order_;
  }
  for (int cur = 10; cur >= min_order; --cur) {
    const auto fb = FallbackType(z, cur, mt);
    if (!fb) continue;
    if (!CanSteal(cur, mt)) break;
    const uint64_t head = z.lists[S(cur)][S(*fb)].front();
    Result p;
    if (cur >= pageblock_order_) {
      p = TakeWhole(z, head, cur, order, mt);
    } else {
      Boost(z, flags);
      if (ClaimBlock(z, head, mt)) p = Smallest(z, order, mt);
    }
    if (!p) continue;
    Extfrag(*p, order, cur, mt, *fb);
    return p;
  }
  return {};
}

ReferenceAllocator::Result ReferenceAllocator::Steal(RefZone& z, int order,
                                                     int mt) {
  for (int cur = order; cur <= 10; ++cur) {
    const auto fb = FallbackType(z, cur, mt);
    if (!fb) continue;
    const uint64_t p =
        TakeSingle(z, z.lists[S(cur)][S(*fb)].front(), cur, order, *fb);
    Extfrag(p, order, cur, mt, *fb);
    return p;
  }
  return {};
}

ReferenceAllocator::Result ReferenceAllocator::Early(RefZone& z, int order,
                                                     int mt, uint32_t flags) {
  int min_order = order;
  if (order < pageblock_order_ && (flags & kNofragment)) {
    min_order = pageblock_order_;
  }
  int cur = 10;
  while (cur >= min_order && !FallbackType(z, cur, mt)) --cur;
  if (cur < min_order) return {};
  const bool can_steal = CanSteal(cur, mt);
  if (!can_steal && mt == kM && cur > order) {
    cur = order;
    while (!FallbackType(z, cur, mt)) ++cur;
  }
  const int fb = *FallbackType(z, cur, mt);
  const uint64_t head = z.lists[S(cur)][S(fb)].front();
  Result p;
  if (cur >= pageblock_order_) {
    p = TakeWhole(z, head, cur, order, mt);
  } else {
    Boost(z, flags);
    if (can_steal && ClaimBlock(z, head, mt)) p = Smallest(z, order, mt);
    if (!p) p = TakeSingle(z, head, cur, order, fb);
  }
  Extfrag(*p, order, cur, mt, fb);
  return p;
}

}  // namespace pagelab
