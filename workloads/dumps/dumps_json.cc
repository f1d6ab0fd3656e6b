#include <nlohmann/json.hpp>

#include "pagelab/alloc/types.h"
#include "pagelab/owner/own_frame.h"
#include "pagelab/workloads/dumps/diff_report.h"
#include "pagelab/workloads/dumps/top_report.h"

namespace pagelab {
namespace {

using Json = nlohmann::ordered_json;

Json CountJson(const GroupCount& count) {
  return {{"bytes", count.pages * kPageSize},
          {"pages", count.pages},
          {"records", count.records}};
}

// Adds which group it is.
void AddGroup(Json& json, absl::Span<const DumpField> by,
              absl::Span<const std::string> values, StackIdentity identity) {
  for (size_t f = 0; f < by.size(); ++f) {
    const std::string& value = values[f];
    const DumpFieldInfo& info = InfoOf(by[f]);
    const std::string name(info.name);
    if (info.field == DumpField::kStack) {
      json["stack_id"] = StackIdText(StackId(value, identity));
      json[name] = Json::array();
      for (const std::string_view frame : FramesOf(value)) {
        json[name].push_back(frame);
      }
    } else if (value == "-") {
      json[name] = nullptr;
    } else if (info.is_number && !info.is_time) {
      json[name] = std::stoll(value);
    } else {
      json[name] = value;
    }
  }
}

// Names of tasks may be any bytes.
std::string Dumped(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string TopJson(const GroupedDumps& dumps,
                    const TopReportOptions& options) {
  Json json;
  json["total"] = CountJson(dumps.total);
  json["damaged_records"] = dumps.statistics.damaged();
  json["group_count"] = dumps.groups.size();
  json["groups"] = Json::array();
  for (const DumpGroup& group : ShownGroups(dumps, options)) {
    Json& shown = json["groups"].emplace_back(CountJson(group.count));
    AddGroup(shown, dumps.by, group.values, dumps.identity);
  }
  return Dumped(json);
}

std::string DiffJson(const DumpDiff& diff, const DiffReportOptions& options) {
  Json json;
  json["dumps"] = Json::array();
  for (size_t i = 0; i < diff.names.size(); ++i) {
    Json& dump = json["dumps"].emplace_back(Json{{"name", diff.names[i]}});
    dump.update(CountJson(diff.totals[i]));
    dump["damaged_records"] = diff.statistics.inputs[i].damaged;
  }
  json["growth_pages"] = diff.growth();
  json["stayed"] = CountJson(diff.stayed);
  json["groups"] = Json::array();
  for (const DiffGroup* group : ShownGroups(diff, options)) {
    Json& shown = json["groups"].emplace_back();
    shown["growth_pages"] = group->growth();
    shown["new"] = group->is_new();
    shown["counts"] = Json::array();
    for (const GroupCount& count : group->counts) {
      shown["counts"].push_back(CountJson(count));
    }
    shown["stayed"] = CountJson(group->stayed);
    AddGroup(shown, diff.by, group->values, diff.identity);
  }
  return Dumped(json);
}

}  // namespace pagelab
