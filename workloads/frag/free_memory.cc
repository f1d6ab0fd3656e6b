#include "pagelab/workloads/frag/free_memory.h"

#include <algorithm>

namespace pagelab {
namespace {

template <typename T>
void AddTo(std::vector<T>& sum, const std::vector<T>& values) {
  if (sum.size() < values.size()) sum.resize(values.size());
  for (size_t i = 0; i < values.size(); ++i) sum[i] += values[i];
}

// By its number in a snapshot's list of types; -1 has no place there.
uint64_t* CountOfType(FreeMemoryZone& zone, int type) {
  const auto index = static_cast<size_t>(type);
  return type >= 0 && index < zone.pageblocks.size() ? &zone.pageblocks[index]
                                                     : nullptr;
}

FreeMemoryZone ZoneOf(const SnapshotZone& zone, size_t nr_types, Order order) {
  FreeMemoryZone free;
  free.node = zone.node;
  free.name = zone.name;
  free.by_type.resize(nr_types);
  free.pageblocks.resize(nr_types);
  for (int block_order = 0; block_order < kNrPageOrders; ++block_order) {
    const auto& lists = zone.free[static_cast<size_t>(block_order)];
    for (size_t type = 0; type < lists.size() && type < nr_types; ++type) {
      free.by_type[type].Add(Order(block_order), lists[type].size());
      free.all.Add(Order(block_order), lists[type].size());
    }
  }
  for (const SnapshotPageblocks& run : zone.pageblocks) {
    uint64_t* count = CountOfType(free, run.migratetype);
    if (count == nullptr) continue;
    *count +=
        (AlignUp(run.range.end, order) - AlignDown(run.range.begin, order))
            .value() >>
        order.value();
  }
  return free;
}

}  // namespace

bool FreeMemory::has_mixed() const {
  return std::any_of(
      zones.begin(), zones.end(),
      [](const FreeMemoryZone& zone) { return !zone.mixed.empty(); });
}

FreeMemoryZone FreeMemory::Sum() const {
  FreeMemoryZone sum;
  sum.name = "all";
  for (const FreeMemoryZone& zone : zones) {
    sum.all += zone.all;
    AddTo(sum.by_type, zone.by_type);
    AddTo(sum.pageblocks, zone.pageblocks);
    AddTo(sum.mixed, zone.mixed);
  }
  return sum;
}

FreeMemory FreeMemoryOf(const AllocatorSnapshot& snapshot) {
  FreeMemory memory;
  memory.types = snapshot.migratetypes;
  memory.pageblock_order =
      Order(static_cast<int>(snapshot.VmValue("pageblock_order", 9)));
  for (const SnapshotZone& zone : snapshot.zones) {
    if (!zone.populated) continue;
    memory.zones.push_back(
        ZoneOf(zone, memory.types.size(), *memory.pageblock_order));
  }
  return memory;
}

}  // namespace pagelab
