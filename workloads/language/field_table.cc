#include "pagelab/workloads/language/field_table.h"

#include <algorithm>

#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// "$schema" is allowed, but never what was meant.
std::string Listed(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) {
    if (name.starts_with('$')) continue;
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

void ReportUnknownKeys(const ObjectInfo& info, const JsonValue& value,
                       Reader& reader) {
  const std::vector<std::string_view> names = info.FieldNames();
  for (const JsonMember& member : value.members()) {
    if (std::find(names.begin(), names.end(), member.name) != names.end()) {
      continue;
    }
    std::string what = "unknown key " + QuoteJson(member.name) +
                       DidYouMean(member.name, names);
    what += names.empty() ? "; no keys are allowed here"
                          : "; allowed: " + Listed(names);
    reader.Error(member.position, what);
  }
}

}  // namespace

std::vector<std::string_view> ObjectInfo::FieldNames() const {
  std::vector<std::string_view> names;
  names.reserve(fields.size());
  for (const FieldInfo& field : fields) names.push_back(field.text.name);
  return names;
}

bool CheckObject(const ObjectInfo& info, const JsonValue& value,
                 Reader& reader) {
  if (!value.is_object()) {
    reader.ErrorExpected(value, "an object");
    return false;
  }
  ReportUnknownKeys(info, value, reader);
  for (const FieldInfo& field : info.fields) {
    if (!field.text.required || value.Find(field.text.name) != nullptr) {
      continue;
    }
    reader.Error(value, "needs " + QuoteJson(field.text.name) + ": " +
                            field.type.expected);
  }
  // With an unknown key the count says nothing new.
  const auto known = std::count_if(
      info.fields.begin(), info.fields.end(), [&](const FieldInfo& field) {
        return value.Find(field.text.name) != nullptr;
      });
  const bool all_known = static_cast<size_t>(known) == value.members().size();
  if (info.one_of_fields && all_known && known != 1) {
    reader.Error(
        value, "must have exactly one of: " + Listed(info.FieldNames()) +
                   "; it has " + (known == 0 ? "none" : std::to_string(known)));
    return false;
  }
  return true;
}

TypeInfo ReferenceTo(std::string_view name, std::string_view expected) {
  const std::string target(name);
  return TypeInfo{
      std::string(expected), "[" + std::string(expected) + "](#" + target + ")",
      JsonValue::Object(
          {{"$ref", JsonValue::String("#/definitions/" + target)}})};
}

TextPosition PositionOf(const JsonValue& object, std::string_view member) {
  const JsonValue* value = object.Find(member);
  return value == nullptr ? object.position() : value->position();
}

TextPosition PositionOf(const JsonValue& object, std::string_view list,
                        size_t index) {
  const JsonValue* value = object.Find(list);
  if (value == nullptr || index >= value->items().size()) {
    return PositionOf(object, list);
  }
  return value->items()[index].position();
}

}  // namespace pagelab
