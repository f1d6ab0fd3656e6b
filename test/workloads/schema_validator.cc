#include "pagelab/test/workloads/schema_validator.h"

#include <cmath>
#include <cstdlib>
#include <regex>
#include <set>

#include "pagelab/base/check.h"
#include "pagelab/workloads/language/json_reader.h"
#include "pagelab/workloads/language/reader.h"

namespace pagelab {
namespace {

double NumberOf(const JsonValue& value) {
  return std::strtod(value.text().c_str(), nullptr);
}

bool HasType(const JsonValue& value, const std::string& type) {
  if (type == "integer") {
    return value.is_number() && std::floor(NumberOf(value)) == NumberOf(value);
  }
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "array") return value.is_array();
  PAGELAB_CHECK(type == "object");
  return value.is_object();
}

// Keywords that say nothing about validity by themselves.
bool IsAnnotation(const std::string& keyword) {
  static const std::set<std::string> annotations = {
      "$schema", "title", "description", "default", "examples", "definitions"};
  return annotations.count(keyword) > 0;
}

bool IsAboutObjects(const std::string& keyword) {
  static const std::set<std::string> keywords = {
      "properties",    "required",      "additionalProperties",
      "propertyNames", "minProperties", "maxProperties"};
  return keywords.count(keyword) > 0;
}

}  // namespace

JsonValue ParsedJson(const std::string& text) {
  Reader reader("text");
  const auto value = ReadJson(text, reader);
  PAGELAB_CHECK(value.has_value());
  return *value;
}

SchemaValidator::SchemaValidator(const std::string& schema)
    : schema_(ParsedJson(schema)) {}

const JsonValue& SchemaValidator::Resolve(const std::string& reference) const {
  const std::string prefix = "#/definitions/";
  PAGELAB_CHECK(reference.substr(0, prefix.size()) == prefix);
  const JsonValue* definition =
      schema_.Find("definitions")->Find(reference.substr(prefix.size()));
  PAGELAB_CHECK(definition != nullptr);
  return *definition;
}

std::string SchemaValidator::Validate(const JsonValue& value) const {
  return Check(schema_, value);
}

std::string SchemaValidator::ValidateAs(const std::string& definition,
                                        const JsonValue& value) const {
  return Check(Resolve("#/definitions/" + definition), value);
}

std::string SchemaValidator::Check(const JsonValue& schema,
                                   const JsonValue& value) const {
  for (const JsonMember& keyword : schema.members()) {
    if (IsAnnotation(keyword.name)) continue;
    std::string wrong = IsAboutObjects(keyword.name)
                            ? CheckObject(schema, keyword, value)
                            : CheckKeyword(schema, keyword, value);
    if (!wrong.empty()) return wrong;
  }
  return "";
}

std::string SchemaValidator::CheckKeyword(const JsonValue&,
                                          const JsonMember& keyword,
                                          const JsonValue& value) const {
  const std::string& name = keyword.name;
  const JsonValue& rule = keyword.value;
  const std::string wrong = name + " of " + value.Describe();
  if (name == "$ref") return Check(Resolve(rule.text()), value);
  if (name == "type") return HasType(value, rule.text()) ? "" : wrong;
  if (name == "const") {
    return rule.ToText(-1) == value.ToText(-1) ? "" : wrong;
  }
  if (name == "enum") {
    for (const JsonValue& choice : rule.items()) {
      if (choice.ToText(-1) == value.ToText(-1)) return "";
    }
    return wrong;
  }
  if (name == "anyOf" || name == "allOf") {
    std::string first_wrong;
    for (const JsonValue& part : rule.items()) {
      const std::string part_wrong = Check(part, value);
      if (part_wrong.empty() && name == "anyOf") return "";
      if (first_wrong.empty()) first_wrong = part_wrong;
    }
    return first_wrong;
  }
  if (name == "pattern") {
    if (!value.is_string()) return "";
    const std::regex pattern(rule.text(), std::regex::ECMAScript);
    return std::regex_search(value.text(), pattern) ? "" : wrong;
  }
  if (name == "items") {
    for (const JsonValue& item : value.items()) {
      std::string item_wrong = Check(rule, item);
      if (!item_wrong.empty()) return item_wrong;
    }
    return "";
  }
  if (name == "minItems" || name == "maxItems") {
    if (!value.is_array()) return "";
    const double count = static_cast<double>(value.items().size());
    const bool fine =
        name == "minItems" ? count >= NumberOf(rule) : count <= NumberOf(rule);
    return fine ? "" : wrong;
  }
  const bool number = value.is_number();
  if (name == "minimum") {
    return !number || NumberOf(value) >= NumberOf(rule) ? "" : wrong;
  }
  if (name == "exclusiveMinimum") {
    return !number || NumberOf(value) > NumberOf(rule) ? "" : wrong;
  }
  if (name == "maximum") {
    return !number || NumberOf(value) <= NumberOf(rule) ? "" : wrong;
  }
  return "the keyword " + name + " is unknown";
}

std::string SchemaValidator::CheckObject(const JsonValue& schema,
                                         const JsonMember& keyword,
                                         const JsonValue& value) const {
  if (!value.is_object()) return "";
  const std::string& name = keyword.name;
  const double count = static_cast<double>(value.members().size());
  if (name == "minProperties" && count < NumberOf(keyword.value)) return name;
  if (name == "maxProperties" && count > NumberOf(keyword.value)) return name;
  if (name == "required") {
    for (const JsonValue& key : keyword.value.items()) {
      if (value.Find(key.text()) == nullptr) return "lacks " + key.text();
    }
  }
  if (name == "propertyNames") {
    for (const JsonMember& member : value.members()) {
      std::string wrong = Check(keyword.value, JsonValue::String(member.name));
      if (!wrong.empty()) return wrong;
    }
  }
  return name == "additionalProperties" || name == "properties"
             ? CheckProperties(schema, value)
             : "";
}

std::string SchemaValidator::CheckProperties(const JsonValue& schema,
                                             const JsonValue& value) const {
  const JsonValue* properties = schema.Find("properties");
  const JsonValue* others = schema.Find("additionalProperties");
  for (const JsonMember& member : value.members()) {
    const JsonValue* rule =
        properties == nullptr ? nullptr : properties->Find(member.name);
    std::string wrong;
    if (rule != nullptr) {
      wrong = Check(*rule, member.value);
    } else if (others != nullptr && others->is_bool()) {
      if (!others->boolean()) wrong = "unknown key " + member.name;
    } else if (others != nullptr) {
      wrong = Check(*others, member.value);
    }
    if (!wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace pagelab
