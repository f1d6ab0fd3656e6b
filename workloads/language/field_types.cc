#include "pagelab/workloads/language/field_types.h"

#include <charconv>
#include <cmath>

#include "pagelab/base/text.h"

namespace pagelab {
namespace {

constexpr std::string_view kSizePattern =
    "^(0[xX][0-9a-fA-F]+|[0-9]+([kKmMgGtTpP](iB)?|B)?)$";
constexpr std::string_view kDurationPattern =
    "^[0-9]+(\\.[0-9]+)?(ns|us|ms|s|min|h|d)?$";
constexpr std::string_view kNamePattern = "^[A-Za-z][A-Za-z0-9_.-]*$";

JsonValue TypeSchema(std::string_view type) {
  return JsonValue::Object({{"type", JsonValue::String(type)}});
}

JsonValue PatternSchema(std::string_view pattern) {
  JsonValue schema = TypeSchema("string");
  schema.Set("pattern", JsonValue::String(pattern));
  return schema;
}

// A number from 0 on, or text of a pattern.
JsonValue NumberOrPattern(std::string_view pattern) {
  JsonValue number = TypeSchema("integer");
  number.Set("minimum", JsonValue::Number(0));
  return JsonValue::Object(
      {{"anyOf", JsonValue::Array({number, PatternSchema(pattern)})}});
}

std::string SpellReal(double value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value,
                                 std::chars_format::fixed)
                       .ptr;
  return std::string(digits, end);
}

std::optional<int64_t> WholeOf(const JsonValue& value) {
  if (!value.is_number()) return std::nullopt;
  const std::string& text = value.text();
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

using TextParser = absl::StatusOr<uint64_t> (*)(std::string_view);

// A whole number, or text that `parse` understands.
ValueType<uint64_t> NumberOrText(TypeInfo info, TextParser parse) {
  auto read = [expected = info.expected, parse](
                  const JsonValue& value, uint64_t& target, Reader& reader) {
    if (value.is_number() && ParseUint64(value.text()).ok()) {
      target = *ParseUint64(value.text());
      return;
    }
    if (!value.is_string() || value.text().empty()) {
      reader.ErrorExpected(value, expected);
      return;
    }
    const auto number = parse(value.text());
    if (number.ok()) {
      target = *number;
    } else {
      reader.AddStatus(value.position(), number.status());
    }
  };
  return ValueType<uint64_t>{
      std::move(info), std::move(read),
      [](const uint64_t& source) { return JsonValue::Number(source); }};
}

TypeInfo SameWords(std::string words, JsonValue schema) {
  return TypeInfo{words, words, std::move(schema)};
}

}  // namespace

ValueType<bool> BoolType() {
  return ValueType<bool>{
      SameWords("true or false", TypeSchema("boolean")),
      [](const JsonValue& value, bool& target, Reader& reader) {
        if (!value.is_bool()) {
          reader.ErrorExpected(value, "true or false");
          return;
        }
        target = value.boolean();
      },
      [](const bool& source) { return JsonValue::Bool(source); }};
}

ValueType<int64_t> WholeType(int64_t min, int64_t max) {
  JsonValue schema = TypeSchema("integer");
  schema.Set("minimum", JsonValue::NumberSpelt(std::to_string(min)));
  schema.Set("maximum", JsonValue::NumberSpelt(std::to_string(max)));
  TypeInfo info = SameWords("a whole number from " + std::to_string(min) +
                                " to " + std::to_string(max),
                            std::move(schema));
  auto read = [expected = info.expected, min, max](
                  const JsonValue& value, int64_t& target, Reader& reader) {
    const auto number = WholeOf(value);
    if (!number.has_value() || *number < min || *number > max) {
      reader.ErrorExpected(value, expected);
      return;
    }
    target = *number;
  };
  return ValueType<int64_t>{
      std::move(info), std::move(read), [](const int64_t& source) {
        return JsonValue::NumberSpelt(std::to_string(source));
      }};
}

ValueType<uint64_t> CountType(uint64_t min) {
  JsonValue schema = TypeSchema("integer");
  schema.Set("minimum", JsonValue::Number(min));
  TypeInfo info = SameWords(
      "a whole number from " + std::to_string(min) + " on", std::move(schema));
  auto read = [expected = info.expected, min](
                  const JsonValue& value, uint64_t& target, Reader& reader) {
    const auto number = ParseUint64(value.is_number() ? value.text() : "");
    if (!number.ok() || *number < min) {
      reader.ErrorExpected(value, expected);
      return;
    }
    target = *number;
  };
  return ValueType<uint64_t>{
      std::move(info), std::move(read),
      [](const uint64_t& source) { return JsonValue::Number(source); }};
}

ValueType<double> RealType(const RealLimits& limits) {
  JsonValue schema = TypeSchema("number");
  schema.Set(limits.above_min ? "exclusiveMinimum" : "minimum",
             JsonValue::NumberSpelt(SpellReal(limits.min)));
  std::string words = limits.above_min ? "a number above " : "a number from ";
  words += SpellReal(limits.min);
  if (std::isfinite(limits.max)) {
    schema.Set("maximum", JsonValue::NumberSpelt(SpellReal(limits.max)));
    words += (limits.above_min ? ", at most " : " to ") + SpellReal(limits.max);
  } else if (!limits.above_min) {
    words += " on";
  }
  TypeInfo info = SameWords(std::move(words), std::move(schema));
  auto read = [expected = info.expected, limits](
                  const JsonValue& value, double& target, Reader& reader) {
    double number = NAN;
    if (value.is_number()) {
      const std::string& text = value.text();
      std::from_chars(text.data(), text.data() + text.size(), number);
    }
    // A comparison with NaN is false.
    const bool in =
        limits.above_min ? number > limits.min : number >= limits.min;
    if (!in || number > limits.max) {
      reader.ErrorExpected(value, expected);
      return;
    }
    target = number;
  };
  return ValueType<double>{std::move(info), std::move(read)};
}

ValueType<std::string> TextType(std::string_view what) {
  return ValueType<std::string>{
      SameWords(std::string(what), TypeSchema("string")),
      [expected = std::string(what)](const JsonValue& value,
                                     std::string& target, Reader& reader) {
        const bool spelt = value.is_number() && reader.from_setting();
        if (!value.is_string() && !spelt) {
          reader.ErrorExpected(value, expected);
          return;
        }
        target = value.text();
      }};
}

ValueType<std::string> PatternType(const TextPattern& pattern) {
  return ValueType<std::string>{
      SameWords(pattern.what, PatternSchema(pattern.pattern)),
      [pattern](const JsonValue& value, std::string& target, Reader& reader) {
        if (!value.is_string() || !pattern.matches(value.text())) {
          reader.ErrorExpected(value, pattern.what);
          return;
        }
        target = value.text();
      }};
}

bool IsName(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  if (text.empty() || !letter(text[0])) return false;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!letter(c) && !digit && c != '_' && c != '-' && c != '.') return false;
  }
  return true;
}

ValueType<std::string> NameType(std::string_view what) {
  return PatternType(TextPattern{
      std::string(what) + " (a letter, then letters, digits, '_', '-' or '.')",
      std::string(kNamePattern), IsName});
}

ValueType<uint64_t> SizeType() {
  return NumberOrText(
      SameWords("a size: bytes, \"64KiB\", \"2GiB\", \"0x1000\"",
                NumberOrPattern(kSizePattern)),
      ParseSize);
}

ValueType<uint64_t> AddressType() {
  return NumberOrText(
      SameWords("an address: \"0x7fd3a000\", \"4GiB\", or a number of bytes",
                NumberOrPattern(kSizePattern)),
      ParseSize);
}

ValueType<uint64_t> DurationType() {
  return NumberOrText(
      SameWords("a duration: \"10ms\", \"1.5us\", \"2s\", or nanoseconds",
                NumberOrPattern(kDurationPattern)),
      ParseDuration);
}

ValueType<uint64_t> AmountType() {
  return NumberOrText(SameWords("a whole number, or a duration as in \"10ms\"",
                                NumberOrPattern(kDurationPattern)),
                      ParseDuration);
}

ValueType<double> RateType() {
  // Above this, more than one a nanosecond.
  constexpr double kMost = 1e9;
  const std::string words =
      "a rate: a number above 0 and up to 1000000000 a second, \"500/s\", "
      "\"20/ms\"";
  JsonValue number = TypeSchema("number");
  number.Set("exclusiveMinimum", JsonValue::Number(0));
  number.Set("maximum", JsonValue::Number(1'000'000'000));
  const JsonValue schema = JsonValue::Object(
      {{"anyOf",
        JsonValue::Array(
            {number, PatternSchema("^[0-9]+(\\.[0-9]+)?/(s|ms|us)$")})}});
  return ValueType<double>{
      SameWords(words, schema),
      [words](const JsonValue& value, double& target, Reader& reader) {
        const std::string text =
            value.is_number() || value.is_string() ? value.text() : "";
        double rate = 0;
        const auto parsed =
            std::from_chars(text.data(), text.data() + text.size(), rate);
        const std::string_view unit(
            parsed.ptr,
            static_cast<size_t>(text.data() + text.size() - parsed.ptr));
        double factor = 0;
        if (value.is_number() ? unit.empty() : unit == "/s") factor = 1;
        if (value.is_string() && unit == "/ms") factor = 1e3;
        if (value.is_string() && unit == "/us") factor = 1e6;
        rate *= factor;
        if (parsed.ec != std::errc() || !(rate > 0) || rate > kMost) {
          reader.ErrorExpected(value, words);
          return;
        }
        target = rate;
      }};
}

ValueType<Gfp> GfpType() {
  const std::string words = "kernel gfp names, joined with '|'";
  return ValueType<Gfp>{
      SameWords(words, PatternSchema("^[A-Za-z0-9_]+( *\\| *[A-Za-z0-9_]+)*$")),
      [words](const JsonValue& value, Gfp& target, Reader& reader) {
        if (!value.is_string() || value.text().empty()) {
          reader.ErrorExpected(value, words);
          return;
        }
        const auto flags = ParseGfp(value.text());
        if (flags.ok()) {
          target = *flags;
        } else {
          reader.AddStatus(value.position(), flags.status());
        }
      }};
}

std::string OneOf(const std::vector<std::string_view>& words) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += QuoteJson(words[i]);
  }
  return text;
}

TypeInfo WordsInfo(const std::vector<std::string_view>& words) {
  JsonValue choices = JsonValue::Array();
  for (const std::string_view word : words) {
    choices.Append(JsonValue::String(word));
  }
  return SameWords(OneOf(words), JsonValue::Object({{"enum", choices}}));
}

std::optional<size_t> ReadWord(const JsonValue& value,
                               const std::vector<std::string_view>& words,
                               Reader& reader) {
  if (value.is_string()) {
    for (size_t i = 0; i < words.size(); ++i) {
      if (words[i] == value.text()) return i;
    }
  }
  std::string what = "must be " + OneOf(words) + ", got " + value.Describe();
  if (value.is_string()) what += DidYouMean(value.text(), words);
  reader.Error(value, what);
  return std::nullopt;
}

TypeInfo ListInfo(const TypeInfo& item, std::string_view items,
                  const ListLimits& limits) {
  JsonValue schema = TypeSchema("array");
  schema.Set("items", item.schema);
  std::string words = "a list of ";
  if (limits.min == limits.max) words += std::to_string(limits.min) + " ";
  if (limits.min > 0) schema.Set("minItems", JsonValue::Number(limits.min));
  if (limits.max != SIZE_MAX) {
    schema.Set("maxItems", JsonValue::Number(limits.max));
  }
  const size_t link = item.markdown.find("](");
  std::string markdown = words;
  markdown += link == std::string::npos
                  ? std::string(items)
                  : "[" + std::string(items) + item.markdown.substr(link);
  words += items;
  if (limits.min == limits.max) return TypeInfo{words, markdown, schema};
  if (limits.min > 0) words += ", at least " + std::to_string(limits.min);
  if (limits.max != SIZE_MAX)
    words += ", at most " + std::to_string(limits.max);
  return TypeInfo{std::move(words), std::move(markdown), std::move(schema)};
}

bool CheckList(const JsonValue& value, const TypeInfo& info,
               const ListLimits& limits, Reader& reader) {
  if (!value.is_array()) {
    reader.ErrorExpected(value, info.expected);
    return false;
  }
  const size_t count = value.items().size();
  if (count < limits.min || count > limits.max) {
    reader.Error(value,
                 "must be " + info.expected + ", got " + std::to_string(count));
    return false;
  }
  return true;
}

TypeInfo MapInfo(const TypeInfo& item, std::string_view items) {
  JsonValue schema = TypeSchema("object");
  schema.Set("propertyNames", PatternSchema(kNamePattern));
  schema.Set("additionalProperties", item.schema);
  const std::string words = "an object of named " + std::string(items);
  const size_t link = item.markdown.find("](");
  std::string markdown = "an object of named ";
  markdown += link == std::string::npos
                  ? std::string(items)
                  : "[" + std::string(items) + item.markdown.substr(link);
  return TypeInfo{words, std::move(markdown), std::move(schema)};
}

bool CheckMap(const JsonValue& value, const TypeInfo& info, Reader& reader) {
  if (!value.is_object()) {
    reader.ErrorExpected(value, info.expected);
    return false;
  }
  for (const JsonMember& member : value.members()) {
    if (IsName(member.name)) continue;
    reader.Error(member.position,
                 "must be a name (a letter, then letters, digits, '_', '-' or "
                 "'.'), got " +
                     QuoteJson(member.name));
  }
  return true;
}

}  // namespace pagelab
