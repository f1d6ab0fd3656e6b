#include "pagelab/workloads/snapshot/snapshot_loader.h"

#include <algorithm>
#include <new>
#include <optional>

#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/limits.h"
#include "pagelab/alloc/memory_init.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/zonelist.h"
#include "pagelab/base/text.h"

namespace pagelab {

AllocatorPolicy PolicyOf(const AllocatorSnapshot& snapshot,
                         const SnapshotLayout& layout, AllocatorPolicy policy) {
  const auto take = [&snapshot](const std::string& key, int64_t& value) {
    value = snapshot.VmValue(key, value);
  };
  policy.thp_pcp_lists =
      snapshot.VmValue("NR_PCP_LISTS", kNrPcpLists) == kNrPcpLists;
  policy.cma = layout.has_cma();
  int64_t early = policy.fallback == FallbackPolicy::kEarly612 ? 1 : 0;
  int64_t kdump = policy.kdump ? 1 : 0;
  take("early_6_12_fallback", early);
  take("kdump", kdump);
  policy.fallback =
      early != 0 ? FallbackPolicy::kEarly612 : FallbackPolicy::kLate612;
  policy.kdump = kdump != 0;
  take("pcp_batch_scale_max", policy.pcp_batch_scale_max);
  take("user_min_free_kbytes", policy.user_min_free_kbytes);
  take("min_free_kbytes", policy.min_free_kbytes);
  take("watermark_scale_factor", policy.watermark_scale_factor);
  take("watermark_boost_factor", policy.watermark_boost_factor);
  take("percpu_pagelist_high_fraction", policy.percpu_pagelist_high_fraction);
  return policy;
}

namespace {

// Distances that make the kernel's rule choose the nodes in the order that the
// zonelists show: far enough apart that nothing else counts.
std::vector<NodeTopology> TopologyOf(const AllocatorSnapshot& snapshot,
                                     const std::vector<NodeId>& cpu_node,
                                     int nr_nodes) {
  constexpr int kStep = 10;
  const auto count = static_cast<size_t>(nr_nodes);
  std::vector<NodeTopology> topology(count);
  for (NodeTopology& node : topology) {
    node.distances.assign(count, kStep * (nr_nodes + 2));
  }
  for (const NodeId node : cpu_node) {
    ++topology[static_cast<size_t>(node.value())].nr_cpus;
  }
  for (const SnapshotZonelist& list : snapshot.zonelists) {
    // The longest list of a node is its last and names all nodes.
    NodeTopology& node = topology[static_cast<size_t>(list.of_node.value())];
    int distance = kStep;
    for (size_t i = 0; i < list.zones.size(); ++i) {
      const NodeId other = list.zones[i].first;
      if (i > 0 && list.zones[i - 1].first == other) continue;
      if (other.value() >= nr_nodes) continue;
      node.distances[static_cast<size_t>(other.value())] = distance;
      distance += kStep;
    }
  }
  return topology;
}

}  // namespace

void SnapshotLoader::MakeTables(Arena& arena,
                                const std::vector<NodeId>& cpu_node) {
  constexpr Gfp kAllGfp{UINT32_MAX};
  state_.memory = &memory_;
  state_.policy = PolicyOf(snapshot_, layout_, AllocatorPolicy());
  state_.gfp_allowed_mask = kAllGfp;
  state_.nr_nodes = shape_.nr_nodes;
  state_.nr_zones = shape_.nr_nodes * kMaxNrZones;
  state_.nr_cpus = shape_.nr_cpus;
  state_.nodes =
      arena.ReserveArray<Node>(static_cast<uint64_t>(state_.nr_nodes));
  state_.zones =
      arena.ReserveArray<Zone>(static_cast<uint64_t>(state_.nr_zones));
  state_.cpu_node =
      arena.ReserveArray<NodeId>(static_cast<uint64_t>(state_.nr_cpus));
  std::copy(cpu_node.begin(), cpu_node.end(), state_.cpu_node);
  state_.nr_pageblocks = NrDescriptors(memory_.geometry(), memory_.max_pfn()) >>
                         memory_.geometry().pageblock_order;
  state_.pageblock_type = arena.ReserveArray<uint8_t>(state_.nr_pageblocks);
  state_.pageblock_skip = arena.ReserveArray<uint8_t>(state_.nr_pageblocks);
}

void SnapshotLoader::MakeNodes() {
  for (int nid = 0; nid < state_.nr_nodes; ++nid) {
    Node& node = *new (&state_.nodes[nid]) Node();
    node.id = NodeId(nid);
    node.nr_cpus = static_cast<int>(std::count(
        state_.cpu_node, state_.cpu_node + state_.nr_cpus, NodeId(nid)));
    for (int index = 0; index < kMaxNrZones; ++index) {
      const int id = nid * kMaxNrZones + index;
      Zone& zone = *new (&state_.zones[id]) Zone();
      zone.node = NodeId(nid);
      zone.type = static_cast<ZoneType>(index);
      zone.id = static_cast<uint8_t>(id);
    }
  }
  for (const SnapshotNode& from : snapshot_.nodes) {
    Node& node = state_.nodes[from.node.value()];
    node.span = from.span;
    node.present = from.present;
  }
}

void SnapshotLoader::MakeZone(Arena& arena, const SnapshotZone& from) {
  Zone& zone = ZoneFor(from);
  if (from.populated) {
    zone.span = from.span;
    zone.present = from.present;
    zone.managed = from.managed;
  }
  LoadZone(from);
  if (!from.populated) return;
  zone.pcp =
      arena.ReserveArray<PerCpuPages>(static_cast<uint64_t>(state_.nr_cpus));
  for (int cpu = 0; cpu < state_.nr_cpus; ++cpu) {
    new (&zone.pcp[cpu]) PerCpuPages();
  }
}

void SnapshotLoader::LoadZone(const SnapshotZone& from) {
  Zone& zone = ZoneFor(from);
  for (size_t i = 0; i < zone.lowmem_reserve.size(); ++i) {
    if (i < from.lowmem_reserve.size()) {
      zone.lowmem_reserve[i] = from.lowmem_reserve[i];
    }
  }
  if (!from.populated) return;
  zone.cma = from.cma;
  zone.watermark = from.watermark;
  zone.watermark_boost = from.watermark_boost;
  zone.flags = from.flags;
  zone.nr_free_highatomic = from.nr_free_highatomic;
  zone.nr_reserved_highatomic = from.nr_reserved_highatomic;
  zone.nr_isolate_pageblock = from.nr_isolate_pageblock;
  zone.pageset_batch = from.pageset_batch;
  zone.pageset_high_min = from.pageset_high_min;
  zone.pageset_high_max = from.pageset_high_max;
  for (const ZoneStat stat : {ZoneStat::kFreePages, ZoneStat::kFreeCma}) {
    const std::optional<size_t> index = layout_.IndexOf(stat);
    if (!index.has_value()) continue;
    zone.vm_stat[static_cast<size_t>(stat)] = from.vm_stat[*index];
  }
}

absl::Status SnapshotLoader::LoadPageblocks(const SnapshotZone& from) {
  const Order order = memory_.pageblock_order();
  Pfn expected = AlignDown(from.span.begin, order);
  PageCount mapped;
  for (const SnapshotPageblocks& blocks : from.pageblocks) {
    if (blocks.range.begin != expected || blocks.range.empty() ||
        blocks.migratetype >= layout_.nr_migratetypes() ||
        !blocks.range.end.IsAlignedTo(order) ||
        blocks.range.end > AlignUp(from.span.end, order)) {
      return WrongZone(
          from,
          "pageblocks {:#x} to {:#x} must begin at {:#x}, end at the "
          "border of a pageblock, and not after the zone",
          blocks.range.begin.value(), blocks.range.end.value(),
          expected.value());
    }
    expected = blocks.range.end;
    if (blocks.migratetype < 0) continue;
    mapped += blocks.range.size();
    if (!applying_) {
      memory_.MarkPresent(
          {blocks.range.begin, std::min(blocks.range.end, memory_.max_pfn())});
    }
    std::fill(
        state_.pageblock_type + (blocks.range.begin.value() >> order.value()),
        state_.pageblock_type + (blocks.range.end.value() >> order.value()),
        static_cast<uint8_t>(layout_.TypeOf(blocks.migratetype)));
  }
  if (expected < from.span.end) {
    return WrongZone(from, "pageblocks end at {:#x}, the zone at {:#x}",
                     expected.value(), from.span.end.value());
  }
  // Holes are small beside memory; a damaged number is not.
  constexpr uint64_t kMostHoles = uint64_t{1} << 18;
  if (mapped.value() > 16 * from.present.value() + kMostHoles) {
    return WrongZone(from, "{} pages are present, but {} have a memory map",
                     from.present.value(), mapped.value());
  }
  return absl::OkStatus();
}

// Also of frames that are in use, which will be freed one day.
void SnapshotLoader::NameZoneOfFrames(const SnapshotZone& from) {
  const uint8_t id = ZoneFor(from).id;
  for (const SnapshotPageblocks& blocks : from.pageblocks) {
    if (blocks.migratetype < 0) continue;
    const Pfn end = std::min(blocks.range.end, from.span.end);
    for (Pfn pfn = std::max(blocks.range.begin, from.span.begin); pfn < end;
         ++pfn) {
      memory_.PageAt(pfn)->zone = id;
    }
  }
}

bool SnapshotLoader::ListFrame(Pfn frame) {
  std::vector<bool>& frames = listed_[memory_.SectionOf(frame)];
  const uint64_t size = memory_.pages_per_section().value();
  if (frames.empty()) frames.resize(size);
  const uint64_t index = frame.value() & (size - 1);
  if (frames[index]) return false;
  frames[index] = true;
  return true;
}

absl::Status SnapshotLoader::ListBlock(const ListName& name, Pfn pfn,
                                       Order order) {
  const auto wrong = [&](std::string_view what) {
    return WrongZone(name.zone, "{}: pfn {:x} {}", name.list, pfn.value(),
                     what);
  };
  if (!pfn.IsAlignedTo(order)) {
    return wrong(fmt::format("is not a multiple of {} pages", order.pages()));
  }
  const PfnRange block{pfn, pfn + PageCount(order.pages())};
  if (block.begin < name.zone.span.begin || block.end > name.zone.span.end) {
    return wrong("does not lie in the zone");
  }
  for (Pfn frame = block.begin; frame < block.end; ++frame) {
    if (!memory_.IsValid(frame)) return wrong("has no memory map");
    if (applying_ && memory_.PageAt(frame)->state == PageState::kAllocated) {
      return wrong(
          "is free, but this kernel has taken it: the snapshot leaves no other "
          "room for what it keeps; start it with page_owner=off");
    }
    if (!ListFrame(frame)) {
      return wrong(frame == pfn
                       ? "is on a list already"
                       : fmt::format("and its page {:x}, which is on a list "
                                     "already",
                                     frame.value()));
    }
  }
  Page& page = *memory_.PageAt(pfn);
  page.order_value = static_cast<uint8_t>(order.value());
  page.zone = ZoneFor(name.zone).id;
  return absl::OkStatus();
}

absl::Status SnapshotLoader::LoadFreeLists(const SnapshotZone& from) {
  Zone& zone = ZoneFor(from);
  for (int order = 0; order < kNrPageOrders; ++order) {
    const auto& area = from.free[static_cast<size_t>(order)];
    for (int number = 0; number < kMigrateTypes; ++number) {
      const std::vector<Pfn>& list = area[static_cast<size_t>(number)];
      if (list.empty()) continue;
      if (number >= layout_.nr_migratetypes()) {
        return WrongZone(from, "order {} has a list of migratetype {}", order,
                         number);
      }
      const ListName name{from,
                          fmt::format("free order={} mt={}", order, number)};
      for (const Pfn pfn : list) {
        PAGELAB_RETURN_IF_ERROR(ListBlock(name, pfn, Order(order)));
        AddToFreeList(zone, *memory_.PageAt(pfn), Order(order),
                      layout_.TypeOf(number), ListEnd::kTail);
      }
    }
    const uint64_t listed = zone.free_area[static_cast<size_t>(order)].nr_free;
    const uint64_t nr_free = from.nr_free[static_cast<size_t>(order)];
    if (listed != nr_free) {
      return WrongZone(from,
                       "nr_free of order {} is {}, its lists hold {} blocks",
                       order, nr_free, listed);
    }
  }
  return absl::OkStatus();
}

absl::Status SnapshotLoader::LoadPcp(const SnapshotZone& from,
                                     const SnapshotPcp& pcp) {
  PerCpuPages& to = ZoneFor(from).pcp[pcp.cpu];
  to.count = pcp.count;
  to.high = pcp.high;
  to.high_min = pcp.high_min;
  to.high_max = pcp.high_max;
  to.batch = pcp.batch;
  to.free_count = pcp.free_count;
  to.alloc_factor = pcp.alloc_factor;
  to.flags = pcp.flags;
  to.expire = static_cast<uint8_t>(std::max<int16_t>(pcp.expire, 0));
  to.stat_threshold = static_cast<int16_t>(pcp.stat_threshold);
  for (const ZoneStat stat : {ZoneStat::kFreePages, ZoneStat::kFreeCma}) {
    const std::optional<size_t> index = layout_.IndexOf(stat);
    if (!index.has_value() || *index >= pcp.vm_stat_diff.size()) continue;
    to.vm_stat_diff[static_cast<size_t>(stat)] =
        static_cast<int16_t>(pcp.vm_stat_diff[*index]);
  }
  int64_t listed = 0;
  for (int list = 0; list < kNrPcpLists; ++list) {
    const Order order = OrderOfPcpList(list);
    const ListName name{from,
                        fmt::format("pcplist cpu={} idx={}", pcp.cpu, list)};
    for (const Pfn pfn : pcp.lists[static_cast<size_t>(list)]) {
      PAGELAB_RETURN_IF_ERROR(ListBlock(name, pfn, order));
      Page& page = *memory_.PageAt(pfn);
      page.state = PageState::kPcp;
      to.lists[static_cast<size_t>(list)].PushBack(page);
      listed += static_cast<int64_t>(order.pages());
    }
  }
  if (listed == pcp.count) return absl::OkStatus();
  return WrongZone(from, "pcp cpu={}: count is {}, its lists hold {} pages",
                   pcp.cpu, pcp.count, listed);
}

void SnapshotLoader::MakeZonelists(Arena& arena,
                                   const std::vector<NodeId>& cpu_node) {
  BuildZonelists(arena, state_,
                 TopologyOf(snapshot_, cpu_node, shape_.nr_nodes));
  // Decided at boot, with the numbers of that time.
  state_.policy.page_group_by_mobility_disabled =
      snapshot_.VmValue(
          "page_group_by_mobility_disabled",
          state_.policy.page_group_by_mobility_disabled ? 1 : 0) != 0;
  BuildAllocRoutes(state_);
}

absl::Status SnapshotLoader::CheckZonelists() const {
  for (const SnapshotZonelist& list : snapshot_.zonelists) {
    if (list.highest_zoneidx >= kMaxNrZones) continue;
    const Node& node = state_.nodes[list.of_node.value()];
    std::string wanted;
    std::string built;
    for (const auto& [of, name] : list.zones) {
      absl::StrAppend(&wanted, " ", of.value(), "/", name);
    }
    for (const Zoneref& ref : node.zonelist(list.highest_zoneidx, false)) {
      if (ref.zone_index > list.highest_zoneidx) continue;
      absl::StrAppend(&built, " ", ref.zone->node.value(), "/",
                      ToAbsl(ToString(ref.zone->type)));
    }
    if (wanted == built) continue;
    return InvalidInput(fmt::format(
        "node {}: zonelist highest={}:{} cannot be, the zones with memory "
        "would be tried as{}",
        list.of_node.value(), list.highest_zoneidx, wanted, built));
  }
  return absl::OkStatus();
}

absl::Status SnapshotLoader::Load(Arena& arena,
                                  const std::vector<NodeId>& cpu_node) {
  MakeTables(arena, cpu_node);
  MakeNodes();
  for (const SnapshotZone& from : snapshot_.zones) {
    if (from.index >= kMaxNrZones) continue;
    MakeZone(arena, from);
    if (from.populated) PAGELAB_RETURN_IF_ERROR(LoadPageblocks(from));
  }
  for (const SnapshotZone& from : snapshot_.zones) {
    if (!from.populated) continue;
    NameZoneOfFrames(from);
    PAGELAB_RETURN_IF_ERROR(LoadFreeLists(from));
    for (const SnapshotPcp& pcp : from.pcps) {
      PAGELAB_RETURN_IF_ERROR(LoadPcp(from, pcp));
    }
  }
  MakeZonelists(arena, cpu_node);
  PAGELAB_RETURN_IF_ERROR(CheckZonelists());
  SetupTotalReserve(state_);
  return absl::OkStatus();
}

}  // namespace pagelab
