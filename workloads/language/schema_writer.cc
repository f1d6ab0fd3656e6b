#include "pagelab/workloads/language/schema_writer.h"

#include <optional>
#include <vector>

#include "pagelab/workloads/language/json_reader.h"

namespace pagelab {
namespace {

std::optional<JsonValue> JsonOf(const std::string& text) {
  Reader unheard("");
  return ReadJson(text, unheard);
}

JsonValue FieldSchema(const FieldInfo& field) {
  JsonValue schema =
      JsonValue::Object({{"description", JsonValue::String(field.text.doc)}});
  for (const JsonMember& member : field.type.schema.members()) {
    // Draft-07 ignores whatever stands beside a "$ref".
    if (member.name == "$ref") {
      schema.Set("allOf", JsonValue::Array({field.type.schema}));
    } else {
      schema.Set(member.name, member.value);
    }
  }
  if (auto value = JsonOf(field.text.default_text); value.has_value()) {
    schema.Set("default", *std::move(value));
  }
  if (auto value = JsonOf(field.text.example); value.has_value()) {
    schema.Set("examples", JsonValue::Array({*std::move(value)}));
  }
  return schema;
}

// Adds the object's keywords to `schema`.
void AddObject(const ObjectInfo& object, JsonValue& schema) {
  schema.Set("description", JsonValue::String(object.doc));
  schema.Set("type", JsonValue::String("object"));
  JsonValue properties = JsonValue::Object();
  JsonValue required = JsonValue::Array();
  for (const FieldInfo& field : object.fields) {
    properties.Set(field.text.name, FieldSchema(field));
    if (field.text.required) {
      required.Append(JsonValue::String(field.text.name));
    }
  }
  schema.Set("properties", std::move(properties));
  if (!required.items().empty()) schema.Set("required", std::move(required));
  if (object.one_of_fields) {
    schema.Set("minProperties", JsonValue::Number(1));
    schema.Set("maxProperties", JsonValue::Number(1));
  }
  schema.Set("additionalProperties", JsonValue::Bool(false));
}

}  // namespace

std::string WriteSchema(const LanguageInfo& language) {
  JsonValue schema = JsonValue::Object(
      {{"$schema",
        JsonValue::String("http://json-schema.org/draft-07/schema#")},
       {"title", JsonValue::String(language.title)}});
  AddObject(*language.objects.front(), schema);
  JsonValue definitions = JsonValue::Object();
  std::vector<const ObjectInfo*> objects(language.objects.begin() + 1,
                                         language.objects.end());
  objects.insert(objects.end(), language.borrowed.begin(),
                 language.borrowed.end());
  for (const ObjectInfo* object : objects) {
    JsonValue definition = JsonValue::Object();
    AddObject(*object, definition);
    definitions.Set(object->name, std::move(definition));
  }
  schema.Set("definitions", std::move(definitions));
  return schema.ToText() + "\n";
}

}  // namespace pagelab
