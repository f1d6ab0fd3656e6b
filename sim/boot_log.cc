#include "pagelab/sim/boot_log.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_join.h"
#include "fmt/format.h"
#include "pagelab/alloc/zonelist.h"

namespace pagelab {
namespace {

std::string MemRange(AddressRange range) {
  return fmt::format("[mem {:#018x}-{:#018x}]", range.begin, range.end - 1);
}

AddressRange Addresses(PfnRange range) {
  return {range.begin.address(), range.end.address()};
}

// The machine-wide extent of a zone type; empty where no node has it.
PfnRange ExtentOf(const AllocatorState& state, ZoneType type) {
  PfnRange extent;
  for (const Zone& zone : state.all_zones()) {
    if (zone.type != type || !zone.populated()) continue;
    extent = extent.empty() ? zone.span
                            : PfnRange{std::min(extent.begin, zone.span.begin),
                                       std::max(extent.end, zone.span.end)};
  }
  return extent;
}

void LogZoneRanges(const AllocatorState& state, KernelLog& log) {
  log.Printk("Zone ranges:");
  for (int index = 0; index < Index(ZoneType::kMovable); ++index) {
    const auto type = static_cast<ZoneType>(index);
    const PfnRange extent = ExtentOf(state, type);
    log.Printk(
        fmt::format("  {:<8} {}", ToString(type),
                    extent.empty() ? "empty" : MemRange(Addresses(extent))));
  }
  log.Printk("Movable zone start for each node");
  for (const Zone& zone : state.all_zones()) {
    if (zone.type == ZoneType::kMovable && zone.populated()) {
      log.Printk(fmt::format("  Node {}: {:#018x}", zone.node.value(),
                             zone.span.begin.address()));
    }
  }
}

}  // namespace

void LogFirmware(const MachineConfig& config, std::string_view release,
                 const KernelCommandLine& parsed, KernelLog& log) {
  log.Printk(fmt::format("Linux version {} (pagelab)", release));
  log.Printk(fmt::format("Command line: {}", config.command_line));
  log.Printk("BIOS-provided physical RAM map:");
  for (const FirmwareRange& entry : config.memory_map) {
    log.Printk(fmt::format("BIOS-e820: {} {}", MemRange(entry.range),
                           entry.usable ? "usable" : "reserved"));
  }
  for (const std::string& message : parsed.messages) log.Printk(message);
  for (const std::string& name : parsed.malformed) {
    log.Printk(fmt::format("Malformed early option '{}'", name));
  }
  if (!parsed.unknown.empty()) {
    log.Printk(fmt::format(
        "Unknown kernel command line parameters \"{}\", will be passed to user "
        "space.",
        absl::StrJoin(parsed.unknown, " ")));
  }
}

void LogZones(Machine::Impl& machine,
              const std::vector<NodeTopology>& topology) {
  const AllocatorState& state = *machine.state;
  Dmesg& log = machine.dmesg;
  LogZoneRanges(state, log);
  log.Printk("Early memory node ranges");
  for (const Memblock::Region& region : machine.memblock.memory()) {
    log.Printk(fmt::format("  node {:3}: {}", region.node.value(),
                           MemRange(region.range)));
  }
  std::vector<bool> has_memory;
  for (const Node& node : state.all_nodes()) {
    has_memory.push_back(node.present > PageCount(0));
    if (node.span.empty()) continue;
    log.Printk(fmt::format("Initmem setup node {} {}", node.id.value(),
                           MemRange(Addresses(node.span))));
  }
  const auto orders = NodeFallbackOrder(topology, has_memory);
  for (size_t n = 0; n < orders.size(); ++n) {
    std::string line = fmt::format("Fallback order for Node {}: ", n);
    for (NodeId id : orders[n]) line += fmt::format("{} ", id.value());
    log.Printk(line);
  }
  LogZonelists(state, log);
}

}  // namespace pagelab
