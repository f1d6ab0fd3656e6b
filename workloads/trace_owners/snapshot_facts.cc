#include "pagelab/workloads/trace_owners/snapshot_facts.h"

#include <optional>
#include <string_view>
#include <vector>

#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/pcp_tuning.h"

namespace pagelab {
namespace {

struct TypedRange {
  PfnRange range;
  Migratetype type;
};

std::optional<Migratetype> TypeNamed(std::string_view name) {
  for (int i = 0; i < kMigrateTypes; ++i) {
    const auto type = static_cast<Migratetype>(i);
    if (ToString(type) == name) return type;
  }
  return std::nullopt;
}

void AddFreeList(const std::vector<Pfn>& list, Order order,
                 TraceOwners& owners) {
  for (Pfn head : list) {
    if (head.IsAlignedTo(order)) owners.AddFreeBlock(head, order);
  }
}

}  // namespace

PageblockTypes PageblockTypesOf(const AllocatorSnapshot& snapshot) {
  std::vector<TypedRange> ranges;
  for (const SnapshotZone& zone : snapshot.zones) {
    for (const SnapshotPageblocks& blocks : zone.pageblocks) {
      const auto number = static_cast<size_t>(blocks.migratetype);
      if (blocks.migratetype < 0 || number >= snapshot.migratetypes.size()) {
        continue;
      }
      const auto type = TypeNamed(snapshot.migratetypes[number]);
      if (type.has_value()) ranges.push_back({blocks.range, *type});
    }
  }
  return [ranges = std::move(ranges)](Pfn pfn) -> std::optional<Migratetype> {
    for (const TypedRange& each : ranges) {
      if (each.range.Contains(pfn)) return each.type;
    }
    return std::nullopt;
  };
}

PageCount AddFreeBlocks(const AllocatorSnapshot& snapshot,
                        TraceOwners& owners) {
  PageCount in_use;
  for (const SnapshotZone& zone : snapshot.zones) {
    uint64_t unused = ListedFreePages(zone);
    for (int order = 0; order < kNrPageOrders; ++order) {
      for (const std::vector<Pfn>& list :
           zone.free[static_cast<size_t>(order)]) {
        AddFreeList(list, Order(order), owners);
      }
    }
    for (const SnapshotPcp& pcp : zone.pcps) {
      unused += static_cast<uint64_t>(pcp.count);
      for (int list = 0; list < kNrPcpLists; ++list) {
        AddFreeList(pcp.lists[static_cast<size_t>(list)], OrderOfPcpList(list),
                    owners);
      }
    }
    if (zone.managed.value() > unused) {
      in_use += zone.managed - PageCount(unused);
    }
  }
  return in_use;
}

}  // namespace pagelab
