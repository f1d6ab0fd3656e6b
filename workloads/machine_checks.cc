#include <algorithm>
#include <string>
#include <vector>

#include "pagelab/base/text.h"
#include "pagelab/workloads/machine_tables.h"

namespace pagelab {
namespace {

std::string Hex(uint64_t value) {
  std::string text = "0x";
  AppendHex(text, value);
  return text;
}

std::string RangeText(const AddressRange& range) {
  return "[" + Hex(range.begin) + ", " + Hex(range.end) + ")";
}

bool Overlap(const AddressRange& a, const AddressRange& b) {
  return a.begin < b.end && b.begin < a.end;
}

std::string Indexed(std::string_view list, size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

// What `ranges`, in any order, leave of `range`.
std::vector<AddressRange> Without(const AddressRange& range,
                                  std::vector<AddressRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const AddressRange& a, const AddressRange& b) {
              return a.begin < b.begin;
            });
  std::vector<AddressRange> left;
  uint64_t at = range.begin;
  for (const AddressRange& taken : ranges) {
    if (taken.end <= at || taken.begin >= range.end) continue;
    if (taken.begin > at) left.push_back({at, taken.begin});
    at = std::max(at, taken.end);
  }
  if (at < range.end) left.push_back({at, range.end});
  return left;
}

// Whether the kernel takes any frame of it: never the first one, nor the hole
// below 1 MiB (page-allocator.md 5.1).
bool HasFrames(const FirmwareRange& entry) {
  if (!entry.usable) return false;
  const std::vector<AddressRange> left =
      Without(entry.range, {{0, kPageSize}, {0xa0000, 0x100000}});
  return std::any_of(left.begin(), left.end(), [](const AddressRange& range) {
    return range.end / kPageSize > (range.begin + kPageSize - 1) / kPageSize;
  });
}

// Checks one machine; errors name the list, because items of a base are not in
// the file.
class MachineChecker {
 public:
  MachineChecker(const JsonValue& object, const MachineConfig& config,
                 Reader& reader)
      : object_(object), config_(config), reader_(reader) {}

  void CheckAll() {
    CheckMemoryMap();
    CheckSections();
    CheckHotplug();
    if (!config_.nodes.empty()) CheckNodes();
    CheckBootFrees();
  }

 private:
  void ErrorIn(std::string_view list, size_t index, std::string_view what) {
    reader_.Error(PositionOf(object_, list, index),
                  Indexed(list, index) + ": " + std::string(what));
  }

  void CheckMemoryMap();
  void CheckSections();
  void CheckHotplug();
  void CheckNodes();
  void CheckNodeRanges();
  void CheckNodeDistances();
  void CheckBootFrees();
  bool IsUsable(const AddressRange& range) const;

  const JsonValue& object_;
  const MachineConfig& config_;
  Reader& reader_;
};

void MachineChecker::CheckMemoryMap() {
  const std::vector<FirmwareRange>& map = config_.memory_map;
  for (size_t i = 0; i < map.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (!Overlap(map[i].range, map[j].range)) continue;
      ErrorIn("memory_map", i,
              RangeText(map[i].range) + " overlaps " +
                  Indexed("memory_map", j) + ", " + RangeText(map[j].range));
    }
  }
  const bool memory = std::any_of(map.begin(), map.end(), HasFrames);
  if (memory) return;
  reader_.Error(PositionOf(object_, "memory_map"),
                map.empty()
                    ? "needs a \"memory_map\", or a \"base\" that has one"
                    : "\"memory_map\" must have a whole frame of usable "
                      "memory; frame 0 and 0xa0000 to 0xfffff do not count");
}

// Descriptors are one array up to the highest frame: a tiny section size with
// a wide map would only be slow.
void MachineChecker::CheckSections() {
  constexpr uint64_t kMaxSections = uint64_t{1} << 22;
  uint64_t end = 0;
  for (const FirmwareRange& entry : config_.memory_map) {
    if (entry.usable) end = std::max(end, entry.range.end);
  }
  for (const AddressRange& slot : config_.hotplug) {
    end = std::max(end, slot.end);
  }
  const int shift = kPageShift + config_.geometry.section_order;
  if (end >> shift <= kMaxSections) return;
  reader_.Error(
      PositionOf(object_, "geometry"),
      "sections of 2^" + std::to_string(config_.geometry.section_order) +
          " pages are too small for memory up to " + Hex(end) +
          ": there would be more than " + std::to_string(kMaxSections));
}

void MachineChecker::CheckHotplug() {
  const std::vector<AddressRange>& slots = config_.hotplug;
  const uint64_t section = uint64_t{1}
                           << (kPageShift + config_.geometry.section_order);
  if (!slots.empty() && config_.geometry.section_order < kMaxPageOrder) {
    reader_.Error(PositionOf(object_, "hotplug"),
                  "needs a geometry.section_order of " +
                      std::to_string(kMaxPageOrder) +
                      " or more, so that no block of memory lies in two "
                      "sections, got " +
                      std::to_string(config_.geometry.section_order));
    return;
  }
  for (size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].begin % section != 0 || slots[i].end % section != 0) {
      ErrorIn("hotplug", i,
              RangeText(slots[i]) +
                  " must begin and end at a section (a multiple of " +
                  Hex(section) + ")");
    }
    for (size_t j = 0; j < i; ++j) {
      if (!Overlap(slots[i], slots[j])) continue;
      ErrorIn("hotplug", i,
              RangeText(slots[i]) + " overlaps " + Indexed("hotplug", j));
    }
    // Memory of the map makes whole sections present.
    for (const FirmwareRange& entry : config_.memory_map) {
      const AddressRange sections = {
          entry.range.begin / section * section,
          (entry.range.end + section - 1) / section * section};
      if (!Overlap(slots[i], entry.usable ? sections : entry.range)) continue;
      ErrorIn("hotplug", i,
              RangeText(slots[i]) + " overlaps the sections of " +
                  RangeText(entry.range) + " of \"memory_map\"");
      break;
    }
  }
}

void MachineChecker::CheckNodes() {
  const size_t count = config_.nodes.size();
  if (count > size_t{1} << config_.page_flags.node_width) {
    reader_.Error(PositionOf(object_, "nodes"),
                  std::to_string(count) +
                      " nodes need a wider page_flags.node_width than " +
                      std::to_string(config_.page_flags.node_width));
  }
  int cpus = 0;
  for (const NodeConfig& node : config_.nodes) cpus += node.cpus;
  if (cpus != config_.cpus) {
    const std::string_view at =
        object_.Find("nodes") == nullptr ? "cpus" : "nodes";
    reader_.Error(PositionOf(object_, at),
                  "the nodes have " + std::to_string(cpus) +
                      " CPUs together, the machine has " +
                      std::to_string(config_.cpus) + ": set \"cpus\" of both");
  }
  CheckNodeRanges();
  CheckNodeDistances();
}

void MachineChecker::CheckNodeRanges() {
  std::vector<AddressRange> all;
  for (size_t i = 0; i < config_.nodes.size(); ++i) {
    for (const AddressRange& range : config_.nodes[i].ranges) {
      for (const AddressRange& other : all) {
        if (!Overlap(range, other)) continue;
        ErrorIn("nodes", i,
                "range " + RangeText(range) + " overlaps " + RangeText(other));
      }
      if (range.begin % kPageSize != 0 || range.end % kPageSize != 0) {
        ErrorIn("nodes", i,
                "range " + RangeText(range) +
                    " must begin and end at a page "
                    "(a multiple of 0x1000)");
      }
      all.push_back(range);
    }
  }
  for (size_t i = 0; i < config_.memory_map.size(); ++i) {
    const FirmwareRange& entry = config_.memory_map[i];
    if (!entry.usable) continue;
    const std::vector<AddressRange> left = Without(entry.range, all);
    if (left.empty()) continue;
    reader_.Error(PositionOf(object_, "nodes"),
                  "no node has the memory at " + RangeText(left.front()));
  }
}

void MachineChecker::CheckNodeDistances() {
  const size_t count = config_.nodes.size();
  for (size_t i = 0; i < count; ++i) {
    const std::vector<int>& distances = config_.nodes[i].distances;
    if (distances.empty()) continue;
    if (distances.size() != count) {
      ErrorIn("nodes", i,
              "\"distances\" must have one number for each of the " +
                  std::to_string(count) + " nodes, got " +
                  std::to_string(distances.size()));
      continue;
    }
    for (size_t j = 0; j < count; ++j) {
      if ((distances[j] == 10) == (i == j)) continue;
      ErrorIn("nodes", i,
              i == j ? "the distance to itself must be 10, got " +
                           std::to_string(distances[j])
                     : "the distance to node " + std::to_string(j) +
                           " must be above 10");
    }
  }
}

bool MachineChecker::IsUsable(const AddressRange& range) const {
  std::vector<AddressRange> usable;
  for (const FirmwareRange& entry : config_.memory_map) {
    if (entry.usable) usable.push_back(entry.range);
  }
  return Without(range, std::move(usable)).empty();
}

void MachineChecker::CheckBootFrees() {
  std::vector<AddressRange> reserved;
  for (const BootReservation& item : config_.reserved) {
    if (!item.address.has_value()) continue;
    reserved.push_back({*item.address, *item.address + item.bytes});
  }
  for (size_t i = 0; i < config_.boot_frees.size(); ++i) {
    const AddressRange& range = config_.boot_frees[i].range;
    if (range.begin % kPageSize != 0 || range.end % kPageSize != 0) {
      ErrorIn("boot_frees", i,
              RangeText(range) +
                  " must begin and end at a page (a multiple "
                  "of 0x1000)");
    } else if (!IsUsable(range)) {
      ErrorIn("boot_frees", i,
              RangeText(range) + " is not in usable memory of \"memory_map\"");
    } else if (!Without(range, reserved).empty()) {
      ErrorIn("boot_frees", i,
              RangeText(range) +
                  " must lie in memory that \"reserved\" has "
                  "with an address: only that can be freed later");
    }
    for (size_t j = 0; j < i; ++j) {
      if (!Overlap(range, config_.boot_frees[j].range)) continue;
      ErrorIn("boot_frees", i,
              RangeText(range) + " overlaps " + Indexed("boot_frees", j));
    }
  }
}

}  // namespace

void CheckMachine(const JsonValue& object, const MachineConfig& config,
                  Reader& reader) {
  MachineChecker(object, config, reader).CheckAll();
}

}  // namespace pagelab
