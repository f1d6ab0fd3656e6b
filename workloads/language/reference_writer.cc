#include "pagelab/workloads/language/reference_writer.h"

#include "pagelab/workloads/language/json_reader.h"

namespace pagelab {
namespace {

// A '|' would end the cell.
std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c;
  }
  return cell;
}

std::string Code(std::string_view text) {
  return "`" + std::string(text) + "`";
}

// Defaults in words are not code.
bool IsJson(std::string_view text) {
  Reader unheard("");
  return ReadJson(text, unheard).has_value();
}

void AppendField(std::string& out, const FieldText& text,
                 const TypeInfo& type) {
  std::string by_default = "required";
  if (!text.required) {
    by_default =
        IsJson(text.default_text) ? Code(text.default_text) : text.default_text;
  }
  std::string doc = text.doc;
  if (!text.example.empty()) doc += " Example: " + Code(text.example);
  out += "| " + Code(text.name) + " | " + Cell(type.markdown) + " | " +
         Cell(by_default) + " | " + Cell(doc) + " |\n";
}

void AppendObject(std::string& out, const ObjectInfo& object) {
  out += "\n## " + object.title + "\n\n" + object.doc + "\n";
  if (object.one_of_fields) out += "\nExactly one of these keys.\n";
  if (!object.fields.empty()) {
    out += "\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n";
    for (const FieldInfo& field : object.fields) {
      FieldText text = field.text;
      if (object.one_of_fields) text.default_text = "none";
      AppendField(out, text, field.type);
    }
  }
  if (!object.notes.empty()) out += "\n" + object.notes;
  if (!object.example.empty()) {
    out += "\n```json\n" + object.example + "\n```\n";
  }
}

}  // namespace

std::string WriteReference(const LanguageInfo& language) {
  std::string out = "# " + language.title + "\n\n" + language.introduction;
  out += "\n";
  for (const ObjectInfo* object : language.objects) {
    out += "- [" + object->title + "](#" + object->name + ")\n";
  }
  for (const ObjectInfo* object : language.objects) AppendObject(out, *object);
  return out;
}

}  // namespace pagelab
