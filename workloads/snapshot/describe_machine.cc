// A snapshot of a machine that was never one: what the recording kernel's
// driver would have written.

#include <algorithm>
#include <string>

#include "fmt/format.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/snapshot/simulated_addresses.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

constexpr int kDefaultSectionOrder = MemoryGeometry().section_order;

void Put(SnapshotFields& fields, const std::string& key, int64_t value) {
  fields.emplace_back(key, std::to_string(value));
}

// What the format leaves to the reader where it is as in an ordinary kernel.
void PutUnlessDefault(SnapshotFields& fields, const std::string& key,
                      int64_t value, int64_t otherwise) {
  if (value != otherwise) Put(fields, key, value);
}

SnapshotFields DescribeVm(const AllocatorState& state) {
  const AllocatorPolicy& policy = state.policy;
  const MemoryGeometry& geometry = state.memory->geometry();
  constexpr AllocatorPolicy kDefault;
  uint64_t managed = 0;
  for (const Zone& zone : state.all_zones()) managed += zone.managed.value();
  SnapshotFields vm;
  Put(vm, "page_group_by_mobility_disabled",
      policy.page_group_by_mobility_disabled ? 1 : 0);
  Put(vm, "min_free_kbytes", policy.min_free_kbytes);
  Put(vm, "user_min_free_kbytes", policy.user_min_free_kbytes);
  Put(vm, "watermark_scale_factor", policy.watermark_scale_factor);
  Put(vm, "watermark_boost_factor", policy.watermark_boost_factor);
  Put(vm, "pageblock_order", geometry.pageblock_order);
  Put(vm, "NR_PAGE_ORDERS", kNrPageOrders);
  Put(vm, "MAX_PAGE_ORDER", kMaxPageOrder);
  Put(vm, "MIGRATE_TYPES", policy.cma ? kMigrateTypes : kMigrateTypes - 1);
  Put(vm, "MIGRATE_PCPTYPES", kMigratePcpTypes);
  Put(vm, "NR_PCP_LISTS",
      policy.thp_pcp_lists ? kNrPcpLists : kNrLoworderPcpLists);
  Put(vm, "PAGE_ALLOC_COSTLY_ORDER", kCostlyOrder.value());
  Put(vm, "HPAGE_PMD_ORDER", kPcpThpOrder.value());
  Put(vm, "percpu_pagelist_high_fraction",
      policy.percpu_pagelist_high_fraction);
  Put(vm, "totalram_pages", static_cast<int64_t>(managed));
  Put(vm, "MAX_NR_ZONES", kMaxNrZones);
  PutUnlessDefault(vm, "section_order", geometry.section_order,
                   kDefaultSectionOrder);
  PutUnlessDefault(vm, "early_6_12_fallback",
                   policy.fallback == FallbackPolicy::kEarly612 ? 1 : 0, 0);
  PutUnlessDefault(vm, "kdump", policy.kdump ? 1 : 0, 0);
  PutUnlessDefault(vm, "pcp_batch_scale_max", policy.pcp_batch_scale_max,
                   kDefault.pcp_batch_scale_max);
  return vm;
}

std::vector<std::string> DescribeMigratetypes(const AllocatorState& state) {
  std::vector<std::string> names;
  for (int type = 0; type < kMigrateTypes; ++type) {
    const auto migratetype = static_cast<Migratetype>(type);
    if (migratetype == Migratetype::kCma && !state.policy.cma) continue;
    names.emplace_back(ToString(migratetype));
  }
  return names;
}

std::vector<std::string> DescribeStatItems() {
  std::vector<std::string> names = {"nr_free_pages"};
  for (int stat = 0; stat < kNrZoneLruStats; ++stat) {
    names.emplace_back(ToString(static_cast<ZoneLruStat>(stat)));
  }
  names.emplace_back("nr_free_cma");
  return names;
}

// All pageblocks of the span have a memory map.
bool IsContiguous(const AllocatorState& state, const Zone& zone) {
  const PageCount step = state.memory->pages_per_section();
  for (Pfn pfn = zone.span.begin; pfn < zone.span.end; pfn += step) {
    if (!state.memory->IsValid(pfn)) return false;
  }
  return state.memory->IsValid(Pfn(zone.span.end.value() - 1));
}

SnapshotZone DescribeZone(const AllocatorState& state, const Zone& zone) {
  SnapshotZone to;
  to.node = zone.node;
  to.index = Index(zone.type);
  to.name = std::string(ToString(zone.type));
  to.populated = zone.populated();
  to.lowmem_reserve.assign(kMaxNrZones, 0);
  if (!to.populated) return to;
  to.present_early = zone.present;
  Put(to.other_state, "initialized", 1);
  Put(to.other_state, "contiguous", IsContiguous(state, zone) ? 1 : 0);
  Put(to.other_state, "percpu_drift_mark", 0);
  to.other_state.emplace_back(
      "address", fmt::format("{:#x}", SimulatedZoneAddress(zone.id)));
  const auto put_compact = [&to](const char* key, std::string value) {
    to.compact.emplace_back(key, std::move(value));
  };
  const CompactState& compact = zone.compact;
  const auto hex = [](Pfn pfn) { return fmt::format("{:#x}", pfn.value()); };
  put_compact("cached_free_pfn", hex(compact.cached_free_pfn));
  put_compact("cached_migrate_pfn_async", hex(compact.cached_migrate_pfn[0]));
  put_compact("cached_migrate_pfn_sync", hex(compact.cached_migrate_pfn[1]));
  put_compact("init_migrate_pfn", "0x0");
  put_compact("init_free_pfn", "0x0");
  put_compact("considered", std::to_string(compact.considered));
  put_compact("defer_shift", std::to_string(compact.defer_shift));
  put_compact("order_failed", std::to_string(compact.order_failed));
  put_compact("blockskip_flush", compact.blockskip_flush ? "1" : "0");
  to.vm_stat.push_back(0);
  to.vm_stat.insert(to.vm_stat.end(), zone.lru_stat.begin(),
                    zone.lru_stat.end());
  to.vm_stat.push_back(0);
  for (int cpu = 0; cpu < state.nr_cpus; ++cpu) {
    SnapshotPcp pcp;
    pcp.cpu = cpu;
    pcp.vm_stat_diff.assign(to.vm_stat.size(), 0);
    to.pcps.push_back(std::move(pcp));
  }
  return to;
}

// "0,1,4".
std::string CpusOf(const AllocatorState& state, NodeId node) {
  std::string cpus;
  for (int cpu = 0; cpu < state.nr_cpus; ++cpu) {
    if (state.cpu_node[cpu] != node) continue;
    if (!cpus.empty()) cpus += ',';
    cpus += std::to_string(cpu);
  }
  return cpus;
}

SnapshotNode DescribeNode(const AllocatorState& state, const Node& node) {
  SnapshotNode to;
  to.node = node.id;
  to.span = node.span;
  to.present = node.present;
  Put(to.other, "kswapd_order", 0);
  Put(to.other, "kswapd_failures", 0);
  Put(to.other, "kswapd_highest_zoneidx", kMaxNrZones);
  if (state.nr_nodes > 1) to.other.emplace_back("cpus", CpusOf(state, node.id));
  return to;
}

void DescribeZonelists(const Node& node, AllocatorSnapshot& snapshot) {
  for (int highest = 0; highest < kMaxNrZones; ++highest) {
    SnapshotZonelist list;
    list.of_node = node.id;
    list.highest_zoneidx = highest;
    for (const Zoneref& ref : node.zonelist(highest, false)) {
      if (ref.zone_index > highest) continue;
      list.zones.emplace_back(ref.zone->node,
                              std::string(ToString(ref.zone->type)));
    }
    if (!list.zones.empty()) snapshot.zonelists.push_back(std::move(list));
  }
}

}  // namespace

AllocatorSnapshot SnapshotOf(const AllocatorState& state,
                             const SnapshotMoment& moment) {
  AllocatorSnapshot snapshot;
  snapshot.label = moment.label;
  snapshot.slot = moment.slot;
  snapshot.sched_clock_ns = moment.now.value();
  snapshot.local_clock_ns = moment.now.value();
  snapshot.online_cpus = state.nr_cpus;
  snapshot.trace_action = moment.starts_trace ? "on" : "none";
  snapshot.vmemmap = kSimulatedVmemmap;
  snapshot.sizeof_struct_page = kSimulatedStructPage;
  snapshot.vm = DescribeVm(state);
  snapshot.migratetypes = DescribeMigratetypes(state);
  snapshot.zone_stat_items = DescribeStatItems();
  for (const Node& node : state.all_nodes()) {
    snapshot.nodes.push_back(DescribeNode(state, node));
    DescribeZonelists(node, snapshot);
  }
  for (const Zone& zone : state.all_zones()) {
    snapshot.zones.push_back(DescribeZone(state, zone));
  }
  return TakeSnapshot(state, snapshot);
}

}  // namespace pagelab
