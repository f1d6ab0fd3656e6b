// page-allocator.md 12.

#include <fmt/format.h>

#include <algorithm>

#include "pagelab/test/support/reference_allocator.h"
#include "pagelab/test/support/reference_constants.h"

namespace pagelab {

using reference::S;

// --- 12: per-cpu lists ---

int ReferenceAllocator::NrAlloc(RefZone& z, Pcp& p, int order) {
  int high = p.high = std::clamp(p.high, p.high_min, p.high_max);
  if (high < p.batch) return 1;
  int b = order == 0 ? p.batch << p.alloc_factor : p.batch;
  if (p.high_min != p.high_max && !z.below_high) {
    high = p.high = std::min(high + b, p.high_max);
  }
  if (order == 0) {
    const int max_n = std::max(high - p.count - p.batch, p.batch);
    if (b <= max_n && p.alloc_factor < batch_scale_max_) ++p.alloc_factor;
    b = std::min(b, max_n);
  }
  return b > 1 ? std::max(b >> order, 2) : b;
}

ReferenceAllocator::Result ReferenceAllocator::PcpAlloc(RefZone& z, int order,
                                                        int mt, uint32_t flags,
                                                        bool halve) {
  Pcp& p = z.pcp[S(cpu)];
  if (p.locked) return {};
  if (halve) p.free_count >>= 1;
  auto& list = p.lists[S(ListIndex(order, mt))];
  if (list.empty()) {
    Mode mode = Mode::kNormal;
    const int n = NrAlloc(z, p, order);
    int got = 0;
    for (; got < n; ++got) {
      const Result page = Take(z, order, mt, flags, mode);
      if (!page) break;
      list.push_back(*page);
    }
    p.count += got << order;
    if (list.empty()) return {};
  }
  const uint64_t pfn = list.front();
  list.pop_front();
  p.count -= 1 << order;
  return pfn;
}

int ReferenceAllocator::NrHigh(RefZone& z, Pcp& p, bool free_high) {
  p.high = std::clamp(p.high, p.high_min, p.high_max);
  const int h = p.high;
  if (h == 0) return 0;
  if (free_high) {
    p.high = std::max(h - (p.batch << 5), p.high_min);
    return 0;
  }
  if (z.reclaim) {
    p.high = std::max(h - std::max(p.free_count, p.batch), p.high_min);
    return std::min(p.batch << 2, p.high);
  }
  if (p.high_min == p.high_max) return h;
  if (z.below_high) {
    p.high = std::max(h - std::max(p.free_count, p.batch), p.high_min);
    return std::max(p.count, p.high_min);
  }
  if (p.count >= h) {
    const int need = p.free_count + p.batch;
    if (p.high < need) p.high = std::clamp(need, p.high_min, p.high_max);
  }
  return h;
}

int ReferenceAllocator::NrFreeCount(const Pcp& p, int high, bool free_high) {
  if (free_high) return std::min(p.count, p.batch << 5);
  if (high < p.batch) return 1;
  const int lo = p.batch, hi = high - p.batch;
  if (p.free_count >= hi) return hi;
  return p.free_count <= lo ? lo : p.free_count;
}

void ReferenceAllocator::Commit(RefZone& z, uint64_t pfn, int mt, int order) {
  Pcp& p = z.pcp[S(cpu)];
  pgfree_ += uint64_t{1} << order;
  p.alloc_factor >>= 1;
  const int index = ListIndex(order, mt);
  p.lists[S(index)].push_front(pfn);
  p.count += 1 << order;
  bool free_high = false;
  if (order >= 1 && order <= 3) {
    free_high = p.free_count >= p.batch && p.prev_high_order &&
                (!p.free_high_batch || p.count >= p.batch);
    p.prev_high_order = true;
  } else {
    p.prev_high_order = false;
  }
  if (p.free_count < (p.batch << 5)) p.free_count += 1 << order;
  const int h = NrHigh(z, p, free_high);
  if (p.count < h) return;
  Drain(z, p, NrFreeCount(p, h, free_high), index);
  if (z.below_high && Ok(z, 0, z.mark[2] + z.boost, 3, 0, Stat(z, 0))) {
    z.below_high = false;
  }
}

void ReferenceAllocator::Drain(RefZone& z, Pcp& p, int n, int start) {
  n = std::min(p.count, n);
  int i = start - 1;
  while (n > 0) {
    do {
      i = i + 1 > 13 ? 0 : i + 1;
    } while (p.lists[S(i)].empty());
    const int o = OrderOfList(i);
    do {
      const uint64_t pfn = p.lists[S(i)].back();
      p.lists[S(i)].pop_back();
      const int mt = TypeOf(pfn);
      n -= 1 << o;
      p.count -= 1 << o;
      FreeOne(z, pfn, o, mt, false);
      Event(fmt::format("drain {:x} order {} mt {}", pfn, o, mt));
    } while (n > 0 && !p.lists[S(i)].empty());
  }
}

void ReferenceAllocator::DrainPages(int zone, int of_cpu) {
  RefZone& z = zones_[S(zone)];
  Pcp& p = z.pcp[S(of_cpu)];
  while (p.count > 0) Drain(z, p, std::min(p.count, p.batch << 5), 0);
}

void ReferenceAllocator::DrainAll() {
  for (size_t of_cpu = 0; of_cpu < cpu_node_.size(); ++of_cpu) {
    for (const RefZone& z : zones_) {
      if (z.populated) DrainPages(z.id, static_cast<int>(of_cpu));
    }
  }
}

void ReferenceAllocator::Decay(RefZone& z, Pcp& p) {
  if (p.high > p.high_min) {
    p.high = std::max(
        {p.count - (p.batch << 5), p.high - (p.high >> 3), p.high_min});
  }
  int to_drain = p.count - p.high;
  while (to_drain > 0) {
    Drain(z, p, std::min(to_drain, p.batch), 0);
    to_drain -= p.batch;
  }
}

void ReferenceAllocator::VmstatUpdate(int on_cpu) {
  const int saved = std::exchange(cpu, on_cpu);
  for (RefZone& z : zones_) {
    if (!z.populated) continue;
    Pcp& p = z.pcp[S(on_cpu)];
    for (size_t item = 0; item < 2; ++item) {
      if (p.diff[item] == 0) continue;
      z.stat[item] += std::exchange(p.diff[item], 0);
      p.expire = 3;
    }
    Decay(z, p);
    if (z.node == cpu_node_[S(on_cpu)]) {
      if (p.count != 0) p.expire = 0;
    } else if (p.expire > 0 && p.count > 0 && --p.expire == 0) {
      Drain(z, p, std::min(p.count, p.batch), 0);
    }
  }
  cpu = saved;
}

void ReferenceAllocator::SetReclaimActive(int zone, bool active) {
  zones_[S(zone)].reclaim = active;
}

void ReferenceAllocator::SetPcpLocked(int zone, int of_cpu, bool locked) {
  zones_[S(zone)].pcp[S(of_cpu)].locked = locked;
}

}  // namespace pagelab
