// The report for programs.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "pagelab/workloads/frag/frag_report.h"

namespace pagelab {
namespace {

using Json = nlohmann::ordered_json;

Json CountsJson(const FreeBlockCounts& counts) {
  Json list = Json::array();
  for (int order = 0; order < kNrPageOrders; ++order) {
    list.push_back(counts.blocks(Order(order)));
  }
  return list;
}

Json ByType(const std::vector<std::string>& types,
            const std::vector<uint64_t>& counts) {
  Json object = Json::object();
  for (size_t i = 0; i < counts.size(); ++i) object[types[i]] = counts[i];
  return object;
}

// Indices are in 1/1000, so that nothing is rounded.
Json ZoneJson(const FreeMemory& memory, const FreeMemoryZone& zone) {
  Json unusable = Json::array();
  Json fragmentation = Json::array();
  for (int order = 0; order < kNrPageOrders; ++order) {
    unusable.push_back(zone.all.UnusableIndex(Order(order)));
    fragmentation.push_back(zone.all.FragmentationIndex(Order(order)));
  }
  Json json = Json::object();
  if (zone.name != "all") json["node"] = zone.node.value();
  json["name"] = zone.name;
  json["free_pages"] = zone.all.pages().value();
  json["free_blocks"] = CountsJson(zone.all);
  json["unusable_index"] = unusable;
  json["fragmentation_index"] = fragmentation;
  if (zone.by_type.empty()) return json;
  Json types = Json::object();
  for (size_t i = 0; i < zone.by_type.size(); ++i) {
    types[memory.types[i]] = CountsJson(zone.by_type[i]);
  }
  json["free_blocks_by_type"] = types;
  json["pageblocks"] = ByType(memory.types, zone.pageblocks);
  if (!zone.mixed.empty()) {
    json["mixed_pageblocks"] = ByType(memory.types, zone.mixed);
  }
  return json;
}

Json NearJson(const NearBlock& block) {
  Json owners = Json::array();
  for (const NearBlock::Owner& owner : block.owners) {
    owners.push_back(Json{{"name", owner.name},
                          {"pages", owner.pages},
                          {"unmovable_pages", owner.unmovable}});
  }
  return Json{
      {"pfn", block.range.begin.value()}, {"type", block.type},
      {"movable_pages", block.movable},   {"unmovable_pages", block.unmovable},
      {"pcp_pages", block.pcp},           {"owners", owners}};
}

Json OwnerJson(const BlockingOwner& owner) {
  return Json{{"name", owner.name},
              {"nobody", owner.special},
              {"pages", owner.pages},
              {"unmovable_pages", owner.unmovable},
              {"pageblocks", owner.in_blocks},
              {"pageblocks_alone", owner.blocks},
              {"pages_in_them", owner.block_pages},
              {"pageblocks_after_compaction", owner.compacted_blocks},
              {"unmovable_pages_in_them", owner.compacted_pages}};
}

Json BlocksJson(const PageblockReport& blocks, const FragOptions& options) {
  Json nearest = Json::array();
  for (const NearBlock& block : blocks.nearest) {
    nearest.push_back(NearJson(block));
  }
  Json owners = Json::array();
  const size_t shown = std::min(options.owners, blocks.owners.size());
  for (size_t i = 0; i < shown; ++i) {
    owners.push_back(OwnerJson(blocks.owners[i]));
  }
  return Json{{"order", blocks.order.value()},
              {"free_lists_known", blocks.knows_free_lists},
              {"has_page_owner", blocks.has_owners},
              {"total", blocks.total},
              {"free", blocks.free},
              {"free_on_pcp", blocks.on_pcp},
              {"one_block", blocks.one_block},
              {"movable_only", blocks.movable},
              {"unmovable", blocks.unmovable},
              {"untracked", blocks.untracked},
              {"nearest", nearest},
              {"nr_owners", blocks.owners.size()},
              {"owners", owners}};
}

}  // namespace

std::string FragJson(const FragReport& report, const FragOptions& options) {
  Json json = {{"title", report.title}};
  if (!report.free.zones.empty()) {
    Json zones = Json::array();
    for (const FreeMemoryZone& zone : report.free.zones) {
      zones.push_back(ZoneJson(report.free, zone));
    }
    json["zones"] = zones;
    json["all"] = ZoneJson(report.free, report.free.Sum());
    json["lists_cut_off"] = report.free.lists_cut_off;
  }
  if (report.blocks.has_value()) {
    json["pageblocks"] = BlocksJson(*report.blocks, options);
  }
  // A comm can hold any bytes.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pagelab
