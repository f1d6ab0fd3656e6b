// From a snapshot to an allocator in that state.

#include "pagelab/workloads/snapshot/snapshot_machine.h"

#include <algorithm>

#include "fmt/format.h"
#include "pagelab/alloc/memory_init.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/base/status.h"
#include "pagelab/workloads/snapshot/snapshot_layout.h"
#include "pagelab/workloads/snapshot/snapshot_loader.h"

namespace pagelab {
namespace {

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
    return WrongZone(zone,
                     "index {} has no place in this simulation, {} at most",
                     zone.index, kMaxNrZones - 1);
  }
  const auto type = static_cast<ZoneType>(zone.index);
  if (zone.name != ToString(type)) {
    return WrongZone(zone, "index {} must be {}: a kernel with both DMA zones",
                     zone.index, ToString(type));
  }
  // 2^36 frames, 256 TiB: what x86-64 with four levels can map.
  constexpr Pfn kHighest{uint64_t{1} << 36};
  if (zone.span.empty() || zone.span.end > kHighest) {
    return WrongZone(zone, "it spans nothing or more than can be");
  }
  if (zone.pcps.empty()) return WrongZone(zone, "no cpu has a pcp line");
  if (zone.vm_stat.empty()) return WrongZone(zone, "missing: the line vm_stat");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SnapshotShape> ShapeOf(const AllocatorSnapshot& snapshot) {
  PAGELAB_RETURN_IF_ERROR(CheckConstants(snapshot));
  SnapshotShape shape;
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
      return WrongZone(zone, "its node has no line");
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

absl::StatusOr<std::unique_ptr<SnapshotMachine>> SnapshotMachine::Load(
    const AllocatorSnapshot& snapshot, std::vector<NodeId> cpu_node) {
  PAGELAB_ASSIGN_OR_RETURN(const SnapshotLayout layout,
                           SnapshotLayout::Create(snapshot));
  PAGELAB_ASSIGN_OR_RETURN(const SnapshotShape shape, ShapeOf(snapshot));
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
  SnapshotLoader loader(snapshot, shape, layout, *machine->memory_,
                        *machine->state_);
  PAGELAB_RETURN_IF_ERROR(loader.Load(machine->arena_, cpu_node));
  return machine;
}

}  // namespace pagelab
