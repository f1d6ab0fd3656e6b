// From an allocator to a snapshot of it.

#include <algorithm>

#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/workloads/snapshot/snapshot_layout.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

std::vector<Pfn> PfnsOf(const AllocatorState& state, const FreeList& list) {
  std::vector<Pfn> pfns;
  for (const Page& node : list) {
    Pfn pfn = state.memory->PfnOf(&node);
    for (uint64_t i = 0; i <= node.extra_blocks; ++i) {
      pfns.push_back(pfn);
      pfn += PageCount(kMaxOrderNrPages);
    }
  }
  return pfns;
}

void Put(std::vector<int64_t>& items, std::optional<size_t> index,
         int64_t value) {
  if (index.has_value() && *index < items.size()) items[*index] = value;
}

void TakePcp(const AllocatorState& state, const SnapshotLayout& layout,
             const PerCpuPages& from, SnapshotPcp& pcp) {
  pcp.count = from.count;
  pcp.high = from.high;
  pcp.high_min = from.high_min;
  pcp.high_max = from.high_max;
  pcp.batch = from.batch;
  pcp.flags = from.flags;
  pcp.alloc_factor = from.alloc_factor;
  if (pcp.expire >= 0) pcp.expire = from.expire;
  pcp.free_count = from.free_count;
  pcp.stat_threshold = from.stat_threshold;
  for (size_t list = 0; list < pcp.lists.size(); ++list) {
    pcp.lists[list] = PfnsOf(state, from.lists[list]);
  }
  for (const ZoneStat stat : {ZoneStat::kFreePages, ZoneStat::kFreeCma}) {
    Put(pcp.vm_stat_diff, layout.IndexOf(stat),
        from.vm_stat_diff[static_cast<size_t>(stat)]);
  }
}

// -1 where there is no memory map.
int TypeNumber(const AllocatorState& state, const SnapshotLayout& layout,
               Pfn pfn) {
  return state.memory->IsValid(pfn) ? layout.NumberOf(state.PageblockType(pfn))
                                    : -1;
}

std::vector<SnapshotPageblocks> TakePageblocks(const AllocatorState& state,
                                               const SnapshotLayout& layout,
                                               const Zone& zone) {
  const Order order = state.memory->pageblock_order();
  const PageCount step(order.pages());
  std::vector<SnapshotPageblocks> runs;
  for (Pfn pfn = AlignDown(zone.span.begin, order); pfn < zone.span.end;
       pfn += step) {
    const int type = TypeNumber(state, layout, pfn);
    if (runs.empty() || runs.back().migratetype != type) {
      runs.push_back({.range = {pfn, pfn}, .migratetype = type});
    }
    runs.back().range.end = pfn + step;
  }
  return runs;
}

void TakeFreeLists(const AllocatorState& state, const SnapshotLayout& layout,
                   const Zone& zone, SnapshotZone& to) {
  for (size_t order = 0; order < to.free.size(); ++order) {
    const FreeArea& area = zone.free_area[order];
    for (int number = 0; number < layout.nr_migratetypes(); ++number) {
      to.free[order][static_cast<size_t>(number)] =
          PfnsOf(state, area.list(layout.TypeOf(number)));
    }
    to.nr_free[order] = area.nr_free;
  }
}

void TakeZone(const AllocatorState& state, const SnapshotLayout& layout,
              SnapshotZone& to) {
  const Zone& zone = state.zones[to.node.value() * kMaxNrZones + to.index];
  for (size_t i = 0; i < zone.lowmem_reserve.size(); ++i) {
    if (i < to.lowmem_reserve.size()) {
      to.lowmem_reserve[i] = zone.lowmem_reserve[i];
    }
  }
  to.populated = zone.populated();
  if (!to.populated) return;
  to.span = zone.span;
  to.present = zone.present;
  to.managed = zone.managed;
  to.cma = zone.cma;
  to.watermark = zone.watermark;
  to.watermark_boost = zone.watermark_boost;
  to.flags = zone.flags;
  to.nr_free_highatomic = zone.nr_free_highatomic;
  to.nr_reserved_highatomic = zone.nr_reserved_highatomic;
  to.nr_isolate_pageblock = zone.nr_isolate_pageblock;
  to.pageset_batch = zone.pageset_batch;
  to.pageset_high_min = zone.pageset_high_min;
  to.pageset_high_max = zone.pageset_high_max;
  for (const ZoneStat stat : {ZoneStat::kFreePages, ZoneStat::kFreeCma}) {
    Put(to.vm_stat, layout.IndexOf(stat),
        zone.vm_stat[static_cast<size_t>(stat)]);
  }
  for (SnapshotPcp& pcp : to.pcps) {
    if (pcp.cpu >= 0 && pcp.cpu < state.nr_cpus) {
      TakePcp(state, layout, zone.pcp[pcp.cpu], pcp);
    }
  }
  TakeFreeLists(state, layout, zone, to);
  to.pageblocks = TakePageblocks(state, layout, zone);
}

void PutVm(SnapshotFields& vm, const std::string& key, int64_t value) {
  for (auto& [name, text] : vm) {
    if (name == key) text = std::to_string(value);
  }
}

}  // namespace

AllocatorSnapshot TakeSnapshot(const AllocatorState& state,
                               const AllocatorSnapshot& rest) {
  AllocatorSnapshot snapshot = rest;
  const absl::StatusOr<SnapshotLayout> layout = SnapshotLayout::Create(rest);
  // A snapshot of nothing where `rest` numbers nothing.
  if (!layout.ok()) return snapshot;
  for (SnapshotZone& zone : snapshot.zones) {
    const int id = zone.node.value() * kMaxNrZones + zone.index;
    if (zone.index < kMaxNrZones && id < state.nr_zones) {
      TakeZone(state, *layout, zone);
    }
  }
  PutVm(snapshot.vm, "page_group_by_mobility_disabled",
        state.policy.page_group_by_mobility_disabled ? 1 : 0);
  PutVm(snapshot.vm, "min_free_kbytes", state.policy.min_free_kbytes);
  return snapshot;
}

}  // namespace pagelab
