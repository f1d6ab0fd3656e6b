#include "pagelab/report/bench/json_fields.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "pagelab/base/text.h"

namespace pagelab {
namespace {

const JsonValue& NoObject() {
  static const JsonValue* const object = new JsonValue(JsonValue::Object());
  return *object;
}

const std::vector<JsonValue>& NoItems() {
  static const auto* const items = new std::vector<JsonValue>();
  return *items;
}

bool IsNull(const JsonValue& value) {
  return value.kind() == JsonValue::Kind::kNull;
}

double MeasuredNumber(const JsonValue& value, Reader& reader) {
  const double number = value.is_number() ? NumberOf(value) : -1;
  if (std::isfinite(number) && number >= 0) return number;
  reader.ErrorExpected(value, "a number of at least 0");
  return 0;
}

uint64_t WholeNumber(const JsonValue& value, Reader& reader) {
  if (value.is_number()) {
    const absl::StatusOr<uint64_t> number = ParseUint64(value.text());
    if (number.ok()) return *number;
  }
  reader.ErrorExpected(value, "a whole number");
  return 0;
}

}  // namespace

JsonFields::JsonFields(const JsonValue& object, Reader& reader)
    : object_(object.is_object() ? object : NoObject()), reader_(reader) {
  if (!object.is_object()) reader.ErrorExpected(object, "an object");
}

const JsonValue* JsonFields::Find(std::string_view name) const {
  const JsonValue* value = object_.Find(name);
  if (value == nullptr && &object_ != &NoObject()) {
    reader_.Error(object_, QuoteJson(name) + " is missing");
  }
  return value;
}

std::string JsonFields::Text(std::string_view name) const {
  return Find(name) == nullptr ? "" : OptionalText(name);
}

std::string JsonFields::OptionalText(std::string_view name) const {
  const JsonValue* value = object_.Find(name);
  if (value == nullptr) return "";
  if (value->is_string()) return value->text();
  const Reader::Scope scope(reader_, name);
  reader_.ErrorExpected(*value, "a text");
  return "";
}

std::optional<double> JsonFields::OptionalNumber(std::string_view name) const {
  const JsonValue* value = object_.Find(name);
  if (value == nullptr || IsNull(*value)) return std::nullopt;
  const Reader::Scope scope(reader_, name);
  return MeasuredNumber(*value, reader_);
}

uint64_t JsonFields::Count(std::string_view name) const {
  const JsonValue* value = Find(name);
  if (value == nullptr) return 0;
  const Reader::Scope scope(reader_, name);
  return WholeNumber(*value, reader_);
}

double JsonFields::Number(std::string_view name) const {
  const JsonValue* value = Find(name);
  if (value == nullptr) return 0;
  const Reader::Scope scope(reader_, name);
  return MeasuredNumber(*value, reader_);
}

std::optional<double> JsonFields::NumberOrNull(std::string_view name) const {
  return Find(name) == nullptr ? std::nullopt : OptionalNumber(name);
}

std::optional<uint64_t> JsonFields::CountOrNull(std::string_view name) const {
  const JsonValue* value = Find(name);
  if (value == nullptr || IsNull(*value)) return std::nullopt;
  const Reader::Scope scope(reader_, name);
  return WholeNumber(*value, reader_);
}

std::vector<double> JsonFields::Numbers(std::string_view name) const {
  const std::vector<JsonValue>& items = List(name);
  const Reader::Scope scope(reader_, name);
  std::vector<double> numbers;
  for (size_t i = 0; i < items.size(); ++i) {
    const Reader::Scope item(reader_, i);
    numbers.push_back(MeasuredNumber(items[i], reader_));
  }
  return numbers;
}

const JsonValue& JsonFields::Object(std::string_view name) const {
  const JsonValue* value = Find(name);
  if (value == nullptr) return NoObject();
  if (value->is_object()) return *value;
  const Reader::Scope scope(reader_, name);
  reader_.ErrorExpected(*value, "an object");
  return NoObject();
}

const std::vector<JsonValue>& JsonFields::List(std::string_view name) const {
  const JsonValue* value = Find(name);
  if (value == nullptr) return NoItems();
  if (value->is_array()) return value->items();
  const Reader::Scope scope(reader_, name);
  reader_.ErrorExpected(*value, "a list");
  return NoItems();
}

void JsonFields::ExpectDocument(std::string_view kind) const {
  const std::string found = Text("kind");
  if (found != kind && !found.empty()) {
    reader_.Error(object_, "is a document of kind " + QuoteJson(found) +
                               ", not " + QuoteJson(kind));
  }
  const uint64_t version = Count("schema_version");
  if (version != kBenchSchemaVersion && reader_.ok()) {
    reader_.Error(object_, fmt::format("schema_version {} is not known here, "
                                       "only {}",
                                       version, kBenchSchemaVersion));
  }
}

double NumberOf(const JsonValue& value) {
  const std::string& text = value.text();
  double number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() ? number : HUGE_VAL;
}

JsonValue JsonNumber(double value) {
  if (!std::isfinite(value)) return JsonValue::Null();
  return JsonValue::NumberSpelt(fmt::format("{}", value));
}

}  // namespace pagelab
