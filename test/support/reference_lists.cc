// Free lists: page-allocator.md 7 to 9 and 11.

#include <fmt/format.h>

#include <algorithm>

#include "pagelab/base/check.h"
#include "pagelab/test/support/reference_allocator.h"
#include "pagelab/test/support/reference_constants.h"

namespace pagelab {

using reference::kCmaFlag;
using reference::kHighatomic;
using reference::kNofragment;
using reference::kNonBlock;
using reference::kOom;
using reference::S;

// --- 7: lists and counters ---

void ReferenceAllocator::SetType(uint64_t pfn, int mt) {
  TypeOf(pfn) = grouping_disabled_ && mt < 3 ? kU : mt;
}

void ReferenceAllocator::Mod(RefZone& z, int item, long n) {
  Pcp& p = z.pcp[S(cpu)];
  const long x = p.diff[S(item)] + n;
  if (std::abs(x) > p.threshold) {
    z.stat[S(item)] += x;
    p.diff[S(item)] = 0;
  } else {
    p.diff[S(item)] = x;
  }
}

void ReferenceAllocator::Account(RefZone& z, long n, int mt) {
  if (mt == kI) return;
  Mod(z, 0, n);
  if (mt == kC) Mod(z, 1, n);
  if (mt == kH) z.free_highatomic += n;
}

void ReferenceAllocator::Add(RefZone& z, uint64_t pfn, int order, int mt,
                             bool tail) {
  auto& list = z.lists[S(order)][S(mt)];
  if (tail) {
    list.push_back(pfn);
  } else {
    list.push_front(pfn);
  }
  PAGELAB_CHECK(free_.emplace(pfn, FreeBlock{order, z.id}).second);
}

void ReferenceAllocator::Del(RefZone& z, uint64_t pfn, int order, int mt) {
  // Without grouping a merged block may be on another list than its type's.
  for (int i = 0; i < 6; ++i) {
    auto& list = z.lists[S(order)][S((mt + i) % 6)];
    const auto it = std::find(list.begin(), list.end(), pfn);
    if (it == list.end()) continue;
    PAGELAB_CHECK(i == 0 || grouping_disabled_);
    list.erase(it);
    PAGELAB_CHECK_EQ(free_.erase(pfn), 1u);
    return;
  }
  PAGELAB_CHECK(false);
}

void ReferenceAllocator::Move(RefZone& z, uint64_t pfn, int order, int from,
                              int to) {
  Del(z, pfn, order, from);
  Add(z, pfn, order, to, true);
  Account(z, -(1L << order), from);
  Account(z, 1L << order, to);
}

bool ReferenceAllocator::IsFree(const RefZone& z, uint64_t pfn,
                                int order) const {
  const auto it = free_.find(pfn);
  return it != free_.end() && it->second.order == order &&
         it->second.zone == z.id;
}

long ReferenceAllocator::NrFree(const RefZone& z, int order) const {
  long blocks = 0;
  for (const auto& list : z.lists[S(order)]) {
    blocks += static_cast<long>(list.size());
  }
  return blocks;
}

// --- 8: freeing ---

void ReferenceAllocator::FreeOne(RefZone& z, uint64_t pfn, int order, int mt,
                                 bool to_tail) {
  Account(z, 1L << order, mt);
  uint64_t buddy = pfn;
  while (order < 10) {
    buddy = pfn ^ (uint64_t{1} << order);
    if (!IsFree(z, buddy, order)) break;
    int bmt = mt;
    if (order >= pageblock_order_) {
      bmt = TypeOf(buddy);
      if (bmt != mt && (bmt >= 3 || mt >= 3)) break;
    }
    Del(z, buddy, order, bmt);
    if (bmt != mt) {
      for (uint64_t at = buddy; at < buddy + (uint64_t{1} << order);
           at += uint64_t{1} << pageblock_order_) {
        SetType(at, mt);
      }
    }
    pfn &= buddy;
    ++order;
  }
  bool tail = to_tail;
  if (!tail && order < 9) {
    const uint64_t parent = buddy & pfn;
    tail = IsFree(z, parent ^ (uint64_t{2} << order), order + 1);
  }
  Add(z, pfn, order, mt, tail);
}

void ReferenceAllocator::FreeDirect(RefZone& z, uint64_t pfn, int order,
                                    bool to_tail) {
  const int piece = std::min(order, pageblock_order_);
  for (uint64_t at = pfn; at < pfn + (uint64_t{1} << order);
       at += uint64_t{1} << piece) {
    FreeOne(z, at, piece, TypeOf(at), to_tail);
  }
  pgfree_ += uint64_t{1} << order;
}

// --- 9: taking ---

void ReferenceAllocator::Expand(RefZone& z, uint64_t pfn, int low, int high,
                                int mt) {
  while (high > low) {
    --high;
    Add(z, pfn + (uint64_t{1} << high), high, mt, false);
  }
}

ReferenceAllocator::Result ReferenceAllocator::Smallest(RefZone& z, int order,
                                                        int mt) {
  for (int o = order; o <= 10; ++o) {
    if (z.lists[S(o)][S(mt)].empty()) continue;
    const uint64_t pfn = z.lists[S(o)][S(mt)].front();
    Del(z, pfn, o, mt);
    Expand(z, pfn, order, o, mt);
    Account(z, -(1L << order), mt);
    Event(fmt::format("locked {:x} order {} mt {} refill {}", pfn, order, mt,
                      PcpOrder(order) && mt < 3 ? 1 : 0));
    return pfn;
  }
  return {};
}

ReferenceAllocator::Result ReferenceAllocator::Take(RefZone& z, int order,
                                                    int mt, uint32_t flags,
                                                    Mode& mode) {
  const bool use_cma = cma_ && (flags & kCmaFlag);
  if (use_cma && Stat(z, 1) > Stat(z, 0) / 2) {
    if (const Result p = Smallest(z, order, kC)) return p;
  }
  if (early_) {
    if (const Result p = Smallest(z, order, mt)) return p;
    if (use_cma) {
      if (const Result p = Smallest(z, order, kC)) return p;
    }
    return Early(z, order, mt, flags);
  }
  if (mode == Mode::kNormal) {
    if (const Result p = Smallest(z, order, mt)) return p;
  }
  if (mode != Mode::kSteal) {
    if (use_cma) {
      if (const Result p = Smallest(z, order, kC)) {
        mode = Mode::kCma;
        return p;
      }
    }
    if (const Result p = Claim(z, order, mt, flags)) {
      mode = Mode::kNormal;
      return p;
    }
  }
  if (flags & kNofragment) return {};
  const Result p = Steal(z, order, mt);
  if (p) mode = Mode::kSteal;
  return p;
}

ReferenceAllocator::Result ReferenceAllocator::FromBuddy(RefZone& z, int order,
                                                         int mt,
                                                         uint32_t flags) {
  if (flags & kHighatomic) {
    if (const Result p = Smallest(z, order, kH)) return p;
  }
  Mode mode = Mode::kNormal;
  if (const Result p = Take(z, order, mt, flags, mode)) return p;
  if (flags & (kOom | kNonBlock)) return Smallest(z, order, kH);
  return {};
}

// --- 11: highatomic ---

void ReferenceAllocator::ReserveHighatomic(RefZone& z, uint64_t pfn,
                                           int order) {
  const long hundredth = z.managed / 100;
  if (hundredth < block_pages()) return;
  const long max =
      (hundredth + block_pages() - 1) / block_pages() * block_pages();
  if (z.reserved_highatomic >= max) return;
  const int bt = TypeOf(pfn);
  if (bt >= 3) return;
  if (order >= pageblock_order_) {
    for (uint64_t at = pfn; at < pfn + (uint64_t{1} << order);
         at += static_cast<uint64_t>(block_pages())) {
      SetType(at, kH);
    }
    z.reserved_highatomic += 1L << order;
    return;
  }
  const uint64_t start = pfn & ~static_cast<uint64_t>(block_pages() - 1);
  if (!BlockInZone(z, start)) return;
  MoveBlock(z, start, bt, kH);
  z.reserved_highatomic += block_pages();
}

bool ReferenceAllocator::Unreserve(const Context& ac, bool force) {
  for (int id : ac.zonelist) {
    RefZone& z = zones_[S(id)];
    if (!force && z.reserved_highatomic <= block_pages()) continue;
    for (int order = 0; order <= 10; ++order) {
      if (z.lists[S(order)][kH].empty()) continue;
      const uint64_t p = z.lists[S(order)][kH].front();
      if (TypeOf(p) == kH) {
        z.reserved_highatomic -= std::min(std::max(block_pages(), 1L << order),
                                          z.reserved_highatomic);
      }
      if (order < pageblock_order_) {
        const uint64_t start = p & ~static_cast<uint64_t>(block_pages() - 1);
        if (!BlockInZone(z, start)) continue;
        MoveBlock(z, start, TypeOf(start), ac.mt);
      } else {
        Move(z, p, order, kH, ac.mt);
        for (uint64_t at = p; at < p + (uint64_t{1} << order);
             at += static_cast<uint64_t>(block_pages())) {
          SetType(at, ac.mt);
        }
      }
      return true;
    }
  }
  return false;
}

bool ReferenceAllocator::Unreserve(int node, int highest, int mt, bool force) {
  Context ac{0, 0, mt, highest, {}};
  for (int id : node_lists_[S(node)].fallback) {
    if (zones_[S(id)].index <= highest) ac.zonelist.push_back(id);
  }
  return Unreserve(ac, force);
}

}  // namespace pagelab
