#include "pagelab/workloads/kernel/slab_order.h"

#include <algorithm>
#include <bit>

namespace pagelab {
namespace {

// slub_max_order.
constexpr int kMostOrder = 3;

// Kernel counterpart: get_order().
int OrderFor(uint64_t bytes) {
  int order = 0;
  while (Order(order).pages() * kPageSize < bytes) ++order;
  return order;
}

uint64_t BytesOf(int order) { return Order(order).pages() * kPageSize; }

SlabGeometry Of(int order, uint32_t size) {
  return {.order = Order(order),
          .objects = static_cast<uint32_t>(BytesOf(order) / size)};
}

}  // namespace

SlabGeometry SmallestSlab(uint32_t size) { return Of(OrderFor(size), size); }

SlabGeometry SlabGeometryOf(uint32_t size, int nr_cpus) {
  const auto cpus = static_cast<uint32_t>(nr_cpus);
  const uint64_t most = std::max<uint64_t>(BytesOf(kMostOrder) / size, 1);
  const uint64_t wanted = std::min<uint64_t>(
      4 * (static_cast<uint64_t>(std::bit_width(cpus)) + 1), most);
  const int least = OrderFor(wanted * size);
  for (const uint64_t fraction : {16, 8, 4, 2}) {
    for (int order = least; order <= kMostOrder; ++order) {
      const uint64_t bytes = BytesOf(order);
      if (bytes % size <= bytes / fraction) return Of(order, size);
    }
  }
  return SmallestSlab(size);
}

uint32_t SlabMinPartial(uint32_t size) {
  constexpr uint32_t kLeast = 5;
  constexpr uint32_t kMost = 10;
  const auto log2 = static_cast<uint32_t>(std::bit_width(size) - 1);
  return std::clamp(log2 / 2, kLeast, kMost);
}

uint32_t SlabCpuPartial(uint32_t size, uint32_t objects_per_slab) {
  uint32_t objects = 120;
  if (size >= kPageSize) {
    objects = 6;
  } else if (size >= 1024) {
    objects = 24;
  } else if (size >= 256) {
    objects = 52;
  }
  // A slab counts as half full.
  return (2 * objects + objects_per_slab - 1) / objects_per_slab;
}

}  // namespace pagelab
