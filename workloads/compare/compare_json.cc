// The comparison for programs.

#include <nlohmann/json.hpp>
#include <optional>

#include "pagelab/workloads/compare/compare_runs.h"

namespace pagelab {
namespace {

using Json = nlohmann::ordered_json;

// The JSON that an input is; null where there was none.
Json InputJson(const std::string& text) {
  if (text.empty()) return nullptr;
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return json.is_discarded() ? Json(text) : json;
}

Json NumberJson(const std::optional<int64_t>& value) {
  return value.has_value() ? Json(*value) : Json(nullptr);
}

Json GroupJson(const ValueGroup& group, const CompareOptions& options) {
  Json values = Json::array();
  for (const ComparedValue& value : group.values) {
    if (!value.differs() && !options.all) continue;
    Json entry = {{"name", value.name},
                  {"a", NumberJson(value.a)},
                  {"b", NumberJson(value.b)}};
    if (value.form == ValueForm::kIndex) entry["unit"] = "1/1000";
    if (value.form == ValueForm::kNanoseconds) entry["unit"] = "ns";
    if (value.a.has_value() && value.b.has_value()) {
      entry["change"] = *value.b - *value.a;
    }
    values.push_back(std::move(entry));
  }
  return Json{{"title", group.title},
              {"compared", group.values.size()},
              {"different", group.nr_different()},
              {"values", values}};
}

Json PlaceJson(const std::optional<TracePlace>& place) {
  if (!place.has_value()) return nullptr;
  return Json{{"line", place->line}, {"event", place->event}};
}

Json TraceJson(const TraceComparison& trace) {
  return Json{{"a_file", trace.a_name},
              {"b_file", trace.b_name},
              {"equal_events", trace.equal_events},
              {"parted", trace.parted()},
              {"a", PlaceJson(trace.a)},
              {"b", PlaceJson(trace.b)},
              {"retimed_a", PlaceJson(trace.retimed_a)},
              {"retimed_b", PlaceJson(trace.retimed_b)}};
}

Json FilesJson(const RunComparison& comparison) {
  Json files = Json::array();
  for (const DifferentFile& file : comparison.files) {
    const char* how = file.how == DifferentFile::How::kContents  ? "differs"
                      : file.how == DifferentFile::How::kOnlyInA ? "only_in_a"
                                                                 : "only_in_b";
    files.push_back(Json{{"name", file.name}, {"how", how}});
  }
  return files;
}

Json RunJson(const ComparedRun& run) {
  return Json{{"directory", run.directory},
              {"title", run.title},
              {"has_trace", run.has_trace}};
}

}  // namespace

std::string CompareJson(const RunComparison& comparison,
                        const CompareOptions& options) {
  Json inputs = Json::array();
  for (const DifferentInput& input : comparison.inputs) {
    inputs.push_back(Json{{"name", input.name},
                          {"a", InputJson(input.a)},
                          {"b", InputJson(input.b)}});
  }
  Json groups = Json::array();
  for (const ValueGroup& group : comparison.groups) {
    groups.push_back(GroupJson(group, options));
  }
  Json json = {{"same", comparison.same()},
               {"a", RunJson(comparison.a)},
               {"b", RunJson(comparison.b)},
               {"inputs", inputs},
               {"groups", groups},
               {"files_compared", comparison.files_compared},
               {"files", FilesJson(comparison)}};
  json["trace"] = comparison.trace.has_value() ? TraceJson(*comparison.trace)
                                               : Json(nullptr);
  // Names of tasks can hold any bytes.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pagelab
