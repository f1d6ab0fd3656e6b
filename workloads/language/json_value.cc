#include "pagelab/workloads/language/json_value.h"

#include <algorithm>

#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// Longer texts are cut in error messages.
constexpr size_t kDescribedLength = 40;
// An array or object that fits is written on one line.
constexpr size_t kLineLength = 72;

void AppendNewline(std::string& out, int indent, int level) {
  if (indent < 0) return;
  out += '\n';
  out.append(static_cast<size_t>(indent * level), ' ');
}

void AppendSeparator(std::string& out, int indent) {
  out += indent < 0 ? ", " : ",";
}

}  // namespace

JsonValue::JsonValue() = default;
JsonValue::JsonValue(const JsonValue&) = default;
JsonValue::JsonValue(JsonValue&&) noexcept = default;
JsonValue& JsonValue::operator=(const JsonValue&) = default;
JsonValue& JsonValue::operator=(JsonValue&&) noexcept = default;
JsonValue::~JsonValue() = default;

JsonValue JsonValue::Bool(bool value) {
  JsonValue result;
  result.kind_ = Kind::kBool;
  result.boolean_ = value;
  return result;
}

JsonValue JsonValue::Number(uint64_t value) {
  return NumberSpelt(std::to_string(value));
}

JsonValue JsonValue::NumberSpelt(std::string_view spelling) {
  JsonValue result;
  result.kind_ = Kind::kNumber;
  result.text_ = spelling;
  return result;
}

JsonValue JsonValue::String(std::string_view text) {
  JsonValue result;
  result.kind_ = Kind::kString;
  result.text_ = text;
  return result;
}

JsonValue JsonValue::Array() { return Array(std::vector<JsonValue>()); }

JsonValue JsonValue::Array(std::vector<JsonValue> items) {
  JsonValue result;
  result.kind_ = Kind::kArray;
  result.items_ = std::move(items);
  return result;
}

JsonValue JsonValue::Object() { return Object(std::vector<JsonMember>()); }

JsonValue JsonValue::Object(std::vector<JsonMember> members) {
  JsonValue result;
  result.kind_ = Kind::kObject;
  result.members_ = std::move(members);
  return result;
}

const JsonValue* JsonValue::Find(std::string_view name) const {
  for (const JsonMember& member : members_) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

void JsonValue::Set(std::string_view name, JsonValue value, TextPosition at) {
  members_.push_back(JsonMember{std::string(name), std::move(value), at});
}

std::string JsonValue::Describe() const {
  switch (kind_) {
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return boolean_ ? "true" : "false";
    case Kind::kNumber:
      return text_;
    case Kind::kString:
      if (text_.size() <= kDescribedLength) return QuoteJson(text_);
      return QuoteJson(text_.substr(0, kDescribedLength) + "...");
    case Kind::kArray:
      return "a list";
    case Kind::kObject:
      return "an object";
  }
  return "";
}

std::string JsonValue::ToText(int indent) const {
  std::string out;
  AppendTo(out, indent, 0);
  return out;
}

bool JsonValue::fits_on_a_line() const {
  if (is_object() && members_.size() > 1) return false;
  return ToText(-1).size() <= kLineLength;
}

void JsonValue::AppendTo(std::string& out, int indent, int level) const {
  if (is_string()) {
    out += QuoteJson(text_);
    return;
  }
  if (!is_array() && !is_object()) {
    out += Describe();
    return;
  }
  if (indent >= 0 && fits_on_a_line()) indent = -1;
  out += is_array() ? '[' : '{';
  bool first = true;
  for (const JsonValue& item : items_) {
    if (!first) AppendSeparator(out, indent);
    first = false;
    AppendNewline(out, indent, level + 1);
    item.AppendTo(out, indent, level + 1);
  }
  for (const JsonMember& member : members_) {
    if (!first) AppendSeparator(out, indent);
    first = false;
    AppendNewline(out, indent, level + 1);
    out += QuoteJson(member.name);
    out += ": ";
    member.value.AppendTo(out, indent, level + 1);
  }
  if (!first) AppendNewline(out, indent, level);
  out += is_array() ? ']' : '}';
}

std::string QuoteJson(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20) {
      out += "\\u";
      AppendHexZeroPadded(out, byte, 4);
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

}  // namespace pagelab
