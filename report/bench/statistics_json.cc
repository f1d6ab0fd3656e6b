#include "pagelab/report/bench/statistics_json.h"

#include <utility>

#include "pagelab/base/check.h"
#include "pagelab/report/bench/json_fields.h"
#include "pagelab/workloads/language/json_reader.h"

namespace pagelab {

JsonValue IntervalJson(const std::optional<Interval>& interval) {
  if (!interval.has_value()) return JsonValue::Null();
  JsonValue json = JsonValue::Object();
  json.Set("low", JsonNumber(interval->low));
  json.Set("high", JsonNumber(interval->high));
  json.Set("confidence", JsonNumber(interval->confidence));
  return json;
}

JsonValue OptionalJson(const std::optional<double>& value) {
  return value.has_value() ? JsonNumber(*value) : JsonValue::Null();
}

std::string WithMember(std::string_view json, std::string_view name,
                       JsonValue value) {
  Reader reader("document");
  std::optional<JsonValue> root = ReadJson(json, reader);
  PAGELAB_CHECK(root.has_value() && root->is_object());
  // That of a document which has been through here before is replaced.
  JsonValue result = JsonValue::Object();
  for (const JsonMember& member : root->members()) {
    if (member.name != name) result.Set(member.name, member.value);
  }
  result.Set(name, std::move(value));
  return result.ToText() + "\n";
}

}  // namespace pagelab
