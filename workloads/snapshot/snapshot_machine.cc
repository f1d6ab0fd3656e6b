// From a snapshot to an allocator in that state.

#include "pagelab/workloads/snapshot/snapshot_machine.h"

#include <algorithm>
#include <map>
#include <new>

#include "absl/strings/str_cat.h"
#include "fmt/format.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/limits.h"
#include "pagelab/alloc/memory_init.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/zonelist.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/snapshot/snapshot_layout.h"

namespace pagelab {
namespace {

// A list that errors are about.
struct ListName {
  const SnapshotZone& zone;
  std::string list;
};

template <typename... Args>
absl::Status Wrong(const SnapshotZone& zone, fmt::format_string<Args...> format,
                   Args&&... args) {
  return InvalidInput(absl::StrCat(
      NameOf(zone), ": ", fmt::format(format, std::forward<Args>(args)...)));
}

// What the machine is made of, before there is one.
struct Shape {
  MemoryGeometry geometry;
  Pfn min_pfn;
  Pfn max_pfn;
  int nr_nodes = 0;
  int nr_cpus = 0;
};

absl::Status CheckConstant(const AllocatorSnapshot& snapshot,
                           const std::string& key, int64_t expected) {
  const int64_t value = snapshot.VmValue(key, expected);
  if (value == expected) return absl::OkStatus();
  return InvalidInput(
      fmt::format("vm: {} must be {}, got {}", key, expected, value));
}

absl::Status CheckConstants(const AllocatorSnapshot& snapshot) {
  PAGELAB_RETURN_IF_ERROR(
      CheckConstant(snapshot, "NR_PAGE_ORDERS", kNrPageOrders));
  PAGELAB_RETURN_IF_ERROR(
      CheckConstant(snapshot, "MIGRATE_PCPTYPES", kMigratePcpTypes));
  PAGELAB_RETURN_IF_ERROR(
      CheckConstant(snapshot, "PAGE_ALLOC_COSTLY_ORDER", kCostlyOrder.value()));
  const int64_t lists = snapshot.VmValue("NR_PCP_LISTS", kNrPcpLists);
  if (lists == kNrPcpLists || lists == kNrLoworderPcpLists) {
    return absl::OkStatus();
  }
  return InvalidInput(fmt::format("vm: NR_PCP_LISTS must be {} or {}, got {}",
                                  kNrLoworderPcpLists, kNrPcpLists, lists));
}

absl::Status CheckZone(const SnapshotZone& zone) {
  if (zone.index < 0 || zone.index >= kMaxNrZones) {
    return Wrong(zone, "index {} has no place in this simulation, {} at most",
                 zone.index, kMaxNrZones - 1);
  }
  const auto type = static_cast<ZoneType>(zone.index);
  if (zone.name != ToString(type)) {
    return Wrong(zone, "index {} must be {}: a kernel with both DMA zones",
                 zone.index, ToString(type));
  }
  // 2^36 frames, 256 TiB: what x86-64 with four levels can map.
  constexpr Pfn kHighest{uint64_t{1} << 36};
  if (zone.span.empty() || zone.span.end > kHighest) {
    return Wrong(zone, "it spans nothing or more than can be");
  }
  if (zone.pcps.empty()) return Wrong(zone, "no cpu has a pcp line");
  if (zone.vm_stat.empty()) return Wrong(zone, "missing: the line vm_stat");
  return absl::OkStatus();
}

absl::StatusOr<Shape> ShapeOf(const AllocatorSnapshot& snapshot) {
  PAGELAB_RETURN_IF_ERROR(CheckConstants(snapshot));
  Shape shape;
  shape.geometry.section_order = static_cast<int>(
      snapshot.VmValue("section_order", shape.geometry.section_order));
  shape.geometry.pageblock_order = static_cast<int>(
      snapshot.VmValue("pageblock_order", shape.geometry.pageblock_order));
  if (shape.geometry.pageblock_order < 1 ||
      shape.geometry.pageblock_order > kMaxPageOrder ||
      shape.geometry.section_order < shape.geometry.pageblock_order ||
      shape.geometry.section_order > 30) {
    return InvalidInput(fmt::format(
        "vm: pageblocks of order {} in sections of order {} cannot "
        "be",
        shape.geometry.pageblock_order, shape.geometry.section_order));
  }
  for (const SnapshotNode& node : snapshot.nodes) {
    shape.nr_nodes = std::max(shape.nr_nodes, node.node.value() + 1);
  }
  shape.min_pfn = Pfn(UINT64_MAX);
  for (const SnapshotZone& zone : snapshot.zones) {
    if (!zone.populated) continue;
    PAGELAB_RETURN_IF_ERROR(CheckZone(zone));
    if (zone.node.value() >= shape.nr_nodes) {
      return Wrong(zone, "its node has no line");
    }
    shape.min_pfn = std::min(shape.min_pfn, zone.span.begin);
    shape.max_pfn = std::max(shape.max_pfn, zone.span.end);
    for (const SnapshotPcp& pcp : zone.pcps) {
      shape.nr_cpus = std::max(shape.nr_cpus, pcp.cpu + 1);
    }
  }
  if (shape.nr_cpus == 0) {
    return InvalidInput("zones: none has memory");
  }
  return shape;
}

AllocatorPolicy PolicyOf(const AllocatorSnapshot& snapshot,
                         const SnapshotLayout& layout) {
  AllocatorPolicy policy;
  const auto take = [&snapshot](const std::string& key, int64_t& value) {
    value = snapshot.VmValue(key, value);
  };
  policy.thp_pcp_lists =
      snapshot.VmValue("NR_PCP_LISTS", kNrPcpLists) == kNrPcpLists;
  policy.cma = layout.has_cma();
  take("user_min_free_kbytes", policy.user_min_free_kbytes);
  take("min_free_kbytes", policy.min_free_kbytes);
  take("watermark_scale_factor", policy.watermark_scale_factor);
  take("watermark_boost_factor", policy.watermark_boost_factor);
  take("percpu_pagelist_high_fraction", policy.percpu_pagelist_high_fraction);
  return policy;
}

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

class Loader {
 public:
  Loader(const AllocatorSnapshot& snapshot, const Shape& shape,
         const SnapshotLayout& layout, PhysicalMemory& memory,
         AllocatorState& state)
      : snapshot_(snapshot),
        shape_(shape),
        layout_(layout),
        memory_(memory),
        state_(state),
        listed_(memory.end_pfn().value()) {}

  absl::Status Load(Arena& arena, const std::vector<NodeId>& cpu_node);

 private:
  void MakeTables(Arena& arena, const std::vector<NodeId>& cpu_node);
  void MakeNodes();
  void MakeZone(Arena& arena, const SnapshotZone& from);
  absl::Status LoadPageblocks(const SnapshotZone& from);
  void NameZoneOfFrames(const SnapshotZone& from);
  absl::Status LoadFreeLists(const SnapshotZone& from);
  absl::Status LoadPcp(const SnapshotZone& from, const SnapshotPcp& pcp);
  absl::Status ListBlock(const ListName& name, Pfn pfn, Order order);
  void MakeZonelists(Arena& arena, const std::vector<NodeId>& cpu_node);
  absl::Status CheckZonelists() const;

  Zone& ZoneFor(const SnapshotZone& from) {
    return state_.zones[from.node.value() * kMaxNrZones + from.index];
  }

  const AllocatorSnapshot& snapshot_;
  const Shape& shape_;
  const SnapshotLayout& layout_;
  PhysicalMemory& memory_;
  AllocatorState& state_;
  // Frames that some list already has.
  std::vector<bool> listed_;
};

void Loader::MakeTables(Arena& arena, const std::vector<NodeId>& cpu_node) {
  constexpr Gfp kAllGfp{UINT32_MAX};
  state_.memory = &memory_;
  state_.policy = PolicyOf(snapshot_, layout_);
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
}

void Loader::MakeNodes() {
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

void Loader::MakeZone(Arena& arena, const SnapshotZone& from) {
  Zone& zone = ZoneFor(from);
  for (size_t i = 0; i < zone.lowmem_reserve.size(); ++i) {
    if (i < from.lowmem_reserve.size()) {
      zone.lowmem_reserve[i] = from.lowmem_reserve[i];
    }
  }
  if (!from.populated) return;
  zone.span = from.span;
  zone.present = from.present;
  zone.managed = from.managed;
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
  zone.pcp =
      arena.ReserveArray<PerCpuPages>(static_cast<uint64_t>(state_.nr_cpus));
  for (int cpu = 0; cpu < state_.nr_cpus; ++cpu) {
    new (&zone.pcp[cpu]) PerCpuPages();
  }
}

absl::Status Loader::LoadPageblocks(const SnapshotZone& from) {
  const Order order = memory_.pageblock_order();
  Pfn expected = AlignDown(from.span.begin, order);
  for (const SnapshotPageblocks& blocks : from.pageblocks) {
    if (blocks.range.begin != expected || blocks.range.empty() ||
        blocks.migratetype >= layout_.nr_migratetypes() ||
        !blocks.range.end.IsAlignedTo(order) ||
        blocks.range.end > AlignUp(from.span.end, order)) {
      return Wrong(from,
                   "pageblocks {:#x} to {:#x} must begin at {:#x}, end at the "
                   "border of a pageblock, and not after the zone",
                   blocks.range.begin.value(), blocks.range.end.value(),
                   expected.value());
    }
    expected = blocks.range.end;
    if (blocks.migratetype < 0) continue;
    memory_.MarkPresent(
        {blocks.range.begin, std::min(blocks.range.end, memory_.max_pfn())});
    std::fill(
        state_.pageblock_type + (blocks.range.begin.value() >> order.value()),
        state_.pageblock_type + (blocks.range.end.value() >> order.value()),
        static_cast<uint8_t>(layout_.TypeOf(blocks.migratetype)));
  }
  if (expected >= from.span.end) return absl::OkStatus();
  return Wrong(from, "pageblocks end at {:#x}, the zone at {:#x}",
               expected.value(), from.span.end.value());
}

// Also of frames that are in use, which will be freed one day.
void Loader::NameZoneOfFrames(const SnapshotZone& from) {
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

absl::Status Loader::ListBlock(const ListName& name, Pfn pfn, Order order) {
  const auto wrong = [&](std::string_view what) {
    return Wrong(name.zone, "{}: pfn {:x} {}", name.list, pfn.value(), what);
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
    if (listed_[frame.value()]) {
      return wrong(frame == pfn
                       ? "is on a list already"
                       : fmt::format("and its page {:x}, which is on a list "
                                     "already",
                                     frame.value()));
    }
    listed_[frame.value()] = true;
  }
  Page& page = *memory_.PageAt(pfn);
  page.order_value = static_cast<uint8_t>(order.value());
  page.zone = ZoneFor(name.zone).id;
  return absl::OkStatus();
}

absl::Status Loader::LoadFreeLists(const SnapshotZone& from) {
  Zone& zone = ZoneFor(from);
  for (int order = 0; order < kNrPageOrders; ++order) {
    const auto& area = from.free[static_cast<size_t>(order)];
    for (int number = 0; number < kMigrateTypes; ++number) {
      const std::vector<Pfn>& list = area[static_cast<size_t>(number)];
      if (list.empty()) continue;
      if (number >= layout_.nr_migratetypes()) {
        return Wrong(from, "order {} has a list of migratetype {}", order,
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
      return Wrong(from, "nr_free of order {} is {}, its lists hold {} blocks",
                   order, nr_free, listed);
    }
  }
  return absl::OkStatus();
}

absl::Status Loader::LoadPcp(const SnapshotZone& from, const SnapshotPcp& pcp) {
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
  return Wrong(from, "pcp cpu={}: count is {}, its lists hold {} pages",
               pcp.cpu, pcp.count, listed);
}

void Loader::MakeZonelists(Arena& arena, const std::vector<NodeId>& cpu_node) {
  BuildZonelists(arena, state_,
                 TopologyOf(snapshot_, cpu_node, shape_.nr_nodes));
  // Decided at boot, with the numbers of that time.
  state_.policy.page_group_by_mobility_disabled =
      snapshot_.VmValue(
          "page_group_by_mobility_disabled",
          state_.policy.page_group_by_mobility_disabled ? 1 : 0) != 0;
  BuildAllocRoutes(state_);
}

absl::Status Loader::CheckZonelists() const {
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

absl::Status Loader::Load(Arena& arena, const std::vector<NodeId>& cpu_node) {
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

// How many CPUs a node has, as the largest per-cpu limit of one of its zones
// tells (page-allocator.md 12.2); 0 if it does not.
int CpusByLimits(const AllocatorSnapshot& snapshot, NodeId node, int nr_cpus) {
  const int64_t fraction = snapshot.VmValue("percpu_pagelist_high_fraction", 0);
  for (const SnapshotZone& zone : snapshot.zones) {
    if (!zone.populated || zone.node != node) continue;
    const auto share = static_cast<int64_t>(zone.managed.value()) /
                       (fraction > 0 ? fraction : 8);
    for (int cpus = 1; cpus < nr_cpus; ++cpus) {
      if (zone.pageset_high_max > 4 * zone.pageset_batch &&
          share / cpus == zone.pageset_high_max) {
        return cpus;
      }
    }
  }
  return 0;
}

bool IsRemote(const AllocatorSnapshot& snapshot, int cpu, NodeId node) {
  for (const SnapshotZone& zone : snapshot.zones) {
    if (!zone.populated || zone.node != node) continue;
    for (const SnapshotPcp& pcp : zone.pcps) {
      if (pcp.cpu == cpu && pcp.expire > 0) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<NodeId> GuessCpuNodes(const AllocatorSnapshot& snapshot) {
  int nr_cpus = 0;
  for (const SnapshotZone& zone : snapshot.zones) {
    for (const SnapshotPcp& pcp : zone.pcps) {
      nr_cpus = std::max(nr_cpus, pcp.cpu + 1);
    }
  }
  const size_t nr_nodes = snapshot.nodes.size();
  std::vector<int> counts;
  int sum = 0;
  for (const SnapshotNode& node : snapshot.nodes) {
    counts.push_back(CpusByLimits(snapshot, node.node, nr_cpus));
    sum += counts.back();
  }
  std::vector<NodeId> nodes;
  for (size_t i = 0; i < nr_nodes; ++i) {
    // Evenly where the limits do not say.
    const auto end = sum == nr_cpus
                         ? nodes.size() + static_cast<size_t>(counts[i])
                         : static_cast<size_t>(nr_cpus) * (i + 1) / nr_nodes;
    while (nodes.size() < end) nodes.push_back(snapshot.nodes[i].node);
  }
  for (int cpu = 0; cpu < nr_cpus; ++cpu) {
    NodeId& node = nodes[static_cast<size_t>(cpu)];
    if (!IsRemote(snapshot, cpu, node)) continue;
    for (const SnapshotNode& other : snapshot.nodes) {
      if (IsRemote(snapshot, cpu, other.node)) continue;
      node = other.node;
      break;
    }
  }
  return nodes;
}

absl::StatusOr<std::unique_ptr<SnapshotMachine>> SnapshotMachine::Load(
    const AllocatorSnapshot& snapshot, std::vector<NodeId> cpu_node) {
  PAGELAB_ASSIGN_OR_RETURN(const SnapshotLayout layout,
                           SnapshotLayout::Create(snapshot));
  PAGELAB_ASSIGN_OR_RETURN(const Shape shape, ShapeOf(snapshot));
  if (cpu_node.empty()) cpu_node = GuessCpuNodes(snapshot);
  if (cpu_node.size() != static_cast<size_t>(shape.nr_cpus)) {
    return InvalidInput(
        fmt::format("the snapshot has {} cpus, but nodes are given for {}",
                    shape.nr_cpus, cpu_node.size()));
  }
  for (const NodeId node : cpu_node) {
    if (node.valid() && node.value() < shape.nr_nodes) continue;
    return InvalidInput(fmt::format("a cpu cannot be on node {}: there are {}",
                                    node.value(), shape.nr_nodes));
  }
  PAGELAB_ASSIGN_OR_RETURN(
      HostMapping mapping,
      HostMapping::Create(ArenaBytes(shape.geometry, shape.max_pfn,
                                     shape.nr_nodes, shape.nr_cpus)));
  std::unique_ptr<SnapshotMachine> machine(
      new SnapshotMachine(std::move(mapping)));
  machine->state_ = machine->arena_.New<AllocatorState>();
  machine->memory_ = std::make_unique<PhysicalMemory>(
      machine->arena_, shape.geometry, shape.max_pfn);
  machine->memory_->set_min_low_pfn(shape.min_pfn);
  machine->memory_->set_has_unknown_frames(true);
  Loader loader(snapshot, shape, layout, *machine->memory_, *machine->state_);
  PAGELAB_RETURN_IF_ERROR(loader.Load(machine->arena_, cpu_node));
  return machine;
}

}  // namespace pagelab
