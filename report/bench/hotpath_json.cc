#include <utility>

#include "pagelab/report/bench/hotpath_report.h"
#include "pagelab/report/bench/hotpath_statistics.h"
#include "pagelab/report/bench/json_fields.h"
#include "pagelab/report/bench/statistics_json.h"

namespace pagelab {
namespace {

JsonValue VariantJson(const HotpathVariant& variant,
                      const VariantStatistics& statistics) {
  JsonValue json = JsonValue::Object();
  json.Set("name", JsonValue::String(variant.name));
  json.Set("median_ns", JsonNumber(statistics.median_ns));
  json.Set("interquartile_range_ns", JsonNumber(statistics.spread_ns));
  json.Set("median_absolute_deviation_ns",
           JsonNumber(MedianAbsoluteDeviation(variant.ns)));
  json.Set("median_interval_ns", IntervalJson(statistics.median_interval));
  json.Set("verdict", JsonValue::String(ToString(statistics.verdict)));
  if (statistics.verdict == TimeVerdict::kReference) return json;
  json.Set("difference_ns", JsonNumber(statistics.difference_ns));
  json.Set("difference_interval_ns",
           IntervalJson(statistics.difference_interval));
  json.Set("resolution_ns", statistics.verdict == TimeVerdict::kTooFewRounds
                                ? JsonValue::Null()
                                : JsonNumber(statistics.resolution_ns));
  json.Set("more_instructions", OptionalJson(statistics.more_instructions));
  json.Set("more_branches", OptionalJson(statistics.more_branches));
  return json;
}

}  // namespace

std::string HotpathJson(const HotpathDocument& document) {
  JsonValue rows = JsonValue::Array();
  for (const HotpathRow& row : document.rows) {
    const HotpathRowStatistics statistics = AnalyzeHotpathRow(row);
    JsonValue variants = JsonValue::Array();
    for (size_t i = 0; i < row.variants.size(); ++i) {
      variants.Append(VariantJson(row.variants[i], statistics.variants[i]));
    }
    JsonValue json = JsonValue::Object();
    json.Set("name", JsonValue::String(row.name));
    json.Set("reference",
             JsonValue::String(row.variants[statistics.reference].name));
    json.Set("variants", std::move(variants));
    rows.Append(std::move(json));
  }
  JsonValue json = JsonValue::Object();
  json.Set("answer", JsonValue::String(HotpathAnswer(document)));
  json.Set("rows", std::move(rows));
  return WithMember(document.json, "statistics", std::move(json));
}

}  // namespace pagelab
