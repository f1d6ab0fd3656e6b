#include <string>

#include "pagelab/workloads/language/field_types.h"
#include "pagelab/workloads/machine_parts.h"

namespace pagelab {

void CheckRange(const JsonValue& object, const AddressRange& range,
                Reader& reader) {
  if (range.end <= range.begin) {
    reader.Error(PositionOf(object, "end"),
                 "\"end\" must be above \"begin\": it is one past the last "
                 "byte");
  } else if (range.end > kMaxMachineAddress) {
    reader.Error(PositionOf(object, "end"),
                 "\"end\" must be at most 64 TiB (0x400000000000)");
  }
}

const ObjectTable<FirmwareRange>& FirmwareRangeTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<FirmwareRange>(
        ObjectInfo{.name = "memory-range",
                   .title = "Memory range",
                   .doc = "One line of the firmware's memory map (e820).",
                   .example = R"({"begin": "0x100000", "end": "0x7ffe0000"})"});
    AddRangeFields(*result, &FirmwareRange::range);
    result->Add(
        FieldText{.name = "type",
                  .doc = "Whether it is RAM.",
                  .default_text = "\"usable\"",
                  .example = "\"reserved\""},
        &FirmwareRange::usable,
        EnumType(EnumWords<bool>{{"usable", true}, {"reserved", false}}));
    result->SetCheck(
        [](const JsonValue& object, const FirmwareRange& range,
           Reader& reader) { CheckRange(object, range.range, reader); });
    return result;
  }();
  return *table;
}

namespace {

void AddAddressFields(ObjectTable<AddressRange>& table) {
  table.Add(FieldText{.name = kRangeBegin.name,
                      .doc = kRangeBegin.doc,
                      .example = kRangeBegin.example,
                      .required = true},
            &AddressRange::begin, AddressType());
  table.Add(FieldText{.name = kRangeEnd.name,
                      .doc = kRangeEnd.doc,
                      .example = kRangeEnd.example,
                      .required = true},
            &AddressRange::end, AddressType());
  table.SetCheck(CheckRange);
}

}  // namespace

const ObjectTable<AddressRange>& NodeRangeTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<AddressRange>(ObjectInfo{
        .name = "node-range",
        .title = "Node range",
        .doc = "Addresses that belong to a node; holes of the memory map may "
               "be among them.",
        .example = R"({"begin": 0, "end": "2GiB"})"});
    AddAddressFields(*result);
    return result;
  }();
  return *table;
}

const ObjectTable<AddressRange>& HotplugRangeTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<AddressRange>(ObjectInfo{
        .name = "hotplug-range",
        .title = "Hotplug range",
        .doc = "Addresses of a memory module that can be plugged in: whole "
               "sections, outside of the memory map. It belongs to the node "
               "whose ranges have it, or else to node 0.",
        .example = R"({"begin": "4GiB", "end": "5GiB"})"});
    AddAddressFields(*result);
    return result;
  }();
  return *table;
}

const ObjectTable<NodeConfig>& NodeTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<NodeConfig>(ObjectInfo{
        .name = "node",
        .title = "Node",
        .doc = "A NUMA node. The CPUs are numbered node after node.",
        .example = R"({"ranges": [{"begin": 0, "end": "2GiB"}], "cpus": 1})"});
    result->Add(
        FieldText{.name = "ranges",
                  .doc = "The node's memory.",
                  .default_text = "[]"},
        &NodeConfig::ranges,
        ListType(ObjectType("node-range", "a node range", &NodeRangeTable),
                 "node ranges"));
    result->Add(FieldText{.name = "cpus",
                          .doc = "How many of the machine's CPUs it has.",
                          .default_text = "0",
                          .example = "1"},
                &NodeConfig::cpus, As<int>(WholeType(0, kMaxMachineCpus)));
    result->Add(
        FieldText{.name = "distances",
                  .doc = "To every node, as the firmware's table (SLIT) has "
                         "it: 10 to itself, more to the others.",
                  .default_text = "10 to itself, 20 to the others",
                  .example = "[10, 21]"},
        &NodeConfig::distances,
        ListType(As<int>(WholeType(10, 254)), "numbers from 10 to 254"));
    return result;
  }();
  return *table;
}

const ObjectTable<MemoryGeometry>& GeometryTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<MemoryGeometry>(
        ObjectInfo{.name = "geometry",
                   .title = "Geometry",
                   .doc = "Sizes that the kernel fixes when it is built.",
                   .example = R"({"section_order": 6, "pageblock_order": 3})"});
    result->Add(FieldText{.name = "section_order",
                          .doc = "log2 of the pages of a memory section. 15 is "
                                 "the 128 MiB of x86-64.",
                          .default_text = "15",
                          .example = "6"},
                &MemoryGeometry::section_order, As<int>(WholeType(0, 24)));
    result->Add(FieldText{.name = "pageblock_order",
                          .doc = "log2 of the pages of a pageblock, the unit "
                                 "of grouping by mobility.",
                          .default_text = "9",
                          .example = "3"},
                &MemoryGeometry::pageblock_order,
                As<int>(WholeType(0, kMaxPageOrder)));
    result->SetCheck([](const JsonValue& object, const MemoryGeometry& geometry,
                        Reader& reader) {
      if (geometry.pageblock_order <= geometry.section_order) return;
      reader.Error(PositionOf(object, "pageblock_order"),
                   "a pageblock (order " +
                       std::to_string(geometry.pageblock_order) +
                       ") must not be larger than a section (order " +
                       std::to_string(geometry.section_order) + ")");
    });
    return result;
  }();
  return *table;
}

const ObjectTable<PageFlagsLayout>& PageFlagsTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<PageFlagsLayout>(ObjectInfo{
        .name = "page-flags",
        .title = "Page flags",
        .doc = "Widths, in bits, of the fields at the top of a page's flags "
               "word. They show in hexadecimal flags only.",
        .example = R"({"node_width": 10})"});
    result->Add(FieldText{.name = "node_width",
                          .doc = "NODES_SHIFT of the kernel's configuration.",
                          .default_text = "6",
                          .example = "10"},
                &PageFlagsLayout::node_width, As<int>(WholeType(0, 10)));
    result->Add(FieldText{.name = "zone_width",
                          .doc = "Bits of the zone's number.",
                          .default_text = "2",
                          .example = "3"},
                &PageFlagsLayout::zone_width, As<int>(WholeType(2, 3)));
    result->Add(FieldText{.name = "lastcpupid_width",
                          .doc = "Bits for NUMA balancing; 0 without it.",
                          .default_text = "14",
                          .example = "21"},
                &PageFlagsLayout::lastcpupid_width, As<int>(WholeType(0, 22)));
    return result;
  }();
  return *table;
}

}  // namespace pagelab
