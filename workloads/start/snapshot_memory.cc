#include "pagelab/workloads/start/snapshot_memory.h"

#include <algorithm>

#include "fmt/format.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

// Sorted, and neighbours made one. Frames on two lists are found later, with
// the names of the lists.
std::vector<PfnRange> Merged(std::vector<PfnRange> ranges) {
  std::sort(
      ranges.begin(), ranges.end(),
      [](const PfnRange& a, const PfnRange& b) { return a.begin < b.begin; });
  std::vector<PfnRange> merged;
  for (const PfnRange& range : ranges) {
    if (!merged.empty() && range.begin <= merged.back().end) {
      merged.back().end = std::max(merged.back().end, range.end);
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

// Memory of a zone, without pageblocks that have no memory map.
std::vector<AddressRange> MemoryOf(const SnapshotZone& zone) {
  std::vector<PfnRange> ranges;
  for (const SnapshotPageblocks& blocks : zone.pageblocks) {
    if (blocks.migratetype < 0) continue;
    const PfnRange part{std::max(blocks.range.begin, zone.span.begin),
                        std::min(blocks.range.end, zone.span.end)};
    if (!part.empty()) ranges.push_back(part);
  }
  std::vector<AddressRange> memory;
  for (const PfnRange& range : Merged(std::move(ranges))) {
    memory.push_back({range.begin.address(), range.end.address()});
  }
  return memory;
}

}  // namespace

absl::StatusOr<std::shared_ptr<SnapshotMemory>> SnapshotMemory::Read(
    InputStream& input) {
  PAGELAB_ASSIGN_OR_RETURN(AllocatorSnapshot snapshot, ReadSnapshot(input));
  std::shared_ptr<SnapshotMemory> memory(
      new SnapshotMemory(input.name(), std::move(snapshot)));
  memory->FindFree();
  return memory;
}

void SnapshotMemory::FindFree() {
  std::vector<PfnRange> ranges;
  const auto add = [&ranges](const std::vector<Pfn>& heads, Order order) {
    for (const Pfn head : heads) {
      ranges.push_back({head, head + PageCount(order.pages())});
    }
  };
  for (const SnapshotZone& zone : snapshot_.zones) {
    for (int order = 0; order < kNrPageOrders; ++order) {
      for (const std::vector<Pfn>& list :
           zone.free[static_cast<size_t>(order)]) {
        add(list, Order(order));
      }
    }
    for (const SnapshotPcp& pcp : zone.pcps) {
      for (int list = 0; list < kNrPcpLists; ++list) {
        add(pcp.lists[static_cast<size_t>(list)], OrderOfPcpList(list));
      }
    }
  }
  free_ = Merged(std::move(ranges));
}

absl::StatusOr<MachineConfig> SnapshotMemory::DescribeMachine() const {
  MachineConfig config;
  config.name = name_.substr(name_.rfind('/') + 1);
  config.reserve_memmap = false;
  config.geometry.section_order = static_cast<int>(
      snapshot_.VmValue("section_order", config.geometry.section_order));
  config.geometry.pageblock_order = static_cast<int>(
      snapshot_.VmValue("pageblock_order", config.geometry.pageblock_order));
  const std::vector<NodeId> cpu_node = GuessCpuNodes(snapshot_);
  config.cpus = static_cast<int>(cpu_node.size());
  for (const SnapshotNode& node : snapshot_.nodes) {
    config.nodes.push_back({.ranges = {},
                            .cpus = static_cast<int>(std::count(
                                cpu_node.begin(), cpu_node.end(), node.node)),
                            .distances = {}});
  }
  for (const SnapshotZone& zone : snapshot_.zones) {
    if (!zone.populated) continue;
    const auto node = static_cast<size_t>(zone.node.value());
    if (node >= config.nodes.size()) {
      return InvalidInput(fmt::format("{}: node {} has no line", name_, node));
    }
    for (const AddressRange& range : MemoryOf(zone)) {
      config.memory_map.push_back({.range = range});
      config.nodes[node].ranges.push_back(range);
    }
  }
  if (config.nodes.size() == 1) config.nodes.clear();
  return config;
}

absl::Status SnapshotMemory::FitTo(const MachineConfig&) {
  return absl::OkStatus();
}

std::string SnapshotMemory::Caveat(bool machine_given) const {
  std::string text =
      name_ +
      " tells what is free, not whose the rest is: that is early memory, which "
      "no step can free, move or reclaim";
  if (machine_given) return text;
  return text +
         "; the machine is made for it, with the lowest of what it does not "
         "manage reserved";
}

std::optional<PageCount> SnapshotMemory::ManagedPages(NodeId node,
                                                      ZoneType type) const {
  for (const SnapshotZone& zone : snapshot_.zones) {
    if (zone.node == node && zone.name == ToString(type)) return zone.managed;
  }
  return std::nullopt;
}

absl::Status SnapshotMemory::WrongPlace(PfnRange range,
                                        std::string_view what) const {
  return InvalidInput(fmt::format("{}: pfns {:x} to {:x} are free, but {}",
                                  name_, range.begin.value(),
                                  range.end.value() - 1, what));
}

absl::Status SnapshotMemory::Finish(Machine& machine) const {
  machine.clock().AdvanceTo(Nanoseconds(snapshot_.local_clock_ns));
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  machine.allocator().DrainAllPages(context);
  const absl::Status status = ApplySnapshot(snapshot_, machine.state());
  if (status.ok()) return status;
  return InvalidInput(name_ + ": " + std::string(FromAbsl(status.message())));
}

}  // namespace pagelab
