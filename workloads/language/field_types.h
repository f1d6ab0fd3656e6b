// How the values of the field tables are written: numbers, names, sizes,
// durations, lists.

#ifndef PAGELAB_WORKLOADS_LANGUAGE_FIELD_TYPES_H_
#define PAGELAB_WORKLOADS_LANGUAGE_FIELD_TYPES_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "pagelab/alloc/gfp.h"
#include "pagelab/workloads/language/field_table.h"

namespace pagelab {

ValueType<bool> BoolType();
// Whole numbers of [min, max].
ValueType<int64_t> WholeType(int64_t min, int64_t max);
// Whole numbers of [min, 2^64).
ValueType<uint64_t> CountType(uint64_t min);
// Numbers of [min, max], or of (min, max] if `min` itself is out.
struct RealLimits {
  double min;
  double max;
  bool above_min = false;
};
ValueType<double> RealType(const RealLimits& limits);

// Any text; `what` describes it: "text", "a path that starts with '/'".
ValueType<std::string> TextType(std::string_view what = "text");
// Text that matches a regular expression of the ECMAScript kind.
struct TextPattern {
  std::string what;
  std::string pattern;
  bool (*matches)(std::string_view text);
};
ValueType<std::string> PatternType(const TextPattern& pattern);
// A letter, then letters, digits, '_', '-', '.'.
bool IsName(std::string_view text);
ValueType<std::string> NameType(std::string_view what);

// Bytes: a number, "2GiB", "64K", "0x1000".
ValueType<uint64_t> SizeType();
// A physical address: the same forms.
ValueType<uint64_t> AddressType();
// Nanoseconds: a number, "10ms", "1.5us".
ValueType<uint64_t> DurationType();
// A duration or a plain number, for what may be either.
ValueType<uint64_t> AmountType();
// How often in a second: a number above 0, "500/s", "20/ms".
ValueType<double> RateType();
// Kernel names joined with '|'.
ValueType<Gfp> GfpType();

// "a, b or c".
std::string OneOf(const std::vector<std::string_view>& words);

template <class E>
using EnumWords = std::vector<std::pair<std::string_view, E>>;

// For EnumType(): the index of the word, or nothing and an error.
std::optional<size_t> ReadWord(const JsonValue& value,
                               const std::vector<std::string_view>& words,
                               Reader& reader);
TypeInfo WordsInfo(const std::vector<std::string_view>& words);

template <class E>
ValueType<E> EnumType(const EnumWords<E>& choices) {
  std::vector<std::string_view> words;
  std::vector<E> values;
  for (const auto& [word, value] : choices) {
    words.push_back(word);
    values.push_back(value);
  }
  return ValueType<E>{
      WordsInfo(words),
      [words, values](const JsonValue& value, E& target, Reader& reader) {
        const auto index = ReadWord(value, words, reader);
        if (index.has_value()) target = values[*index];
      },
      [choices](const E& source) {
        for (const auto& [word, value] : choices) {
          if (value == source) return JsonValue::String(word);
        }
        return JsonValue::Null();
      }};
}

// A `To` made of a good `From` by `make`.
template <class To, class From, class Make>
ValueType<To> Converted(ValueType<From> type, Make make) {
  return ValueType<To>{std::move(type.info),
                       [make, read = std::move(type.read)](
                           const JsonValue& value, To& target, Reader& reader) {
                         const size_t nr_errors = reader.nr_errors();
                         From from{};
                         read(value, from, reader);
                         if (reader.nr_errors() == nr_errors)
                           target = make(std::move(from));
                       }};
}

// The same values for a member that knows whether it was given, or that has a
// narrower type with room for them.
template <class To, class From>
ValueType<To> As(ValueType<From> type) {
  auto write = type.write;
  ValueType<To> converted = Converted<To>(
      std::move(type), [](From value) { return To(std::move(value)); });
  if (!write) return converted;
  if constexpr (std::is_arithmetic_v<To>) {
    converted.write = [write](const To& source) {
      return write(static_cast<From>(source));
    };
  } else if constexpr (requires(const To& to) {
                         { to.value() } -> std::same_as<From>;
                       }) {
    converted.write = [write](const To& source) {
      return write(source.value());
    };
  }
  return converted;
}

// The same, for a `T` that keeps where it was written.
template <class T>
ValueType<T> Positioned(ValueType<T> type) {
  return ValueType<T>{std::move(type.info),
                      [read = std::move(type.read)](const JsonValue& value,
                                                    T& target, Reader& reader) {
                        target.position = value.position();
                        read(value, target, reader);
                      }};
}

struct ListLimits {
  size_t min = 0;
  size_t max = SIZE_MAX;
};
TypeInfo ListInfo(const TypeInfo& item, std::string_view items,
                  const ListLimits& limits);
// Reports what is not a list of the right length.
bool CheckList(const JsonValue& value, const TypeInfo& info,
               const ListLimits& limits, Reader& reader);

// `items` is the plural: "steps". A list replaces what the target had.
template <class T>
ValueType<std::vector<T>> ListType(ValueType<T> item, std::string_view items,
                                   const ListLimits& limits = {}) {
  TypeInfo info = ListInfo(item.info, items, limits);
  auto read = [info, limits, item_read = std::move(item.read)](
                  const JsonValue& value, std::vector<T>& target,
                  Reader& reader) {
    if (!CheckList(value, info, limits, reader)) return;
    target.clear();
    for (size_t i = 0; i < value.items().size(); ++i) {
      const Reader::Scope scope(reader, i);
      item_read(value.items()[i], target.emplace_back(), reader);
    }
  };
  ValueType<std::vector<T>> list{std::move(info), std::move(read)};
  // Lists of objects are what a machine is made of, and no settings.
  if (item.write && item.info.schema.Find("$ref") == nullptr) {
    list.write = [item_write = item.write](const std::vector<T>& source) {
      JsonValue items_json = JsonValue::Array();
      for (const T& value : source) items_json.Append(item_write(value));
      return items_json;
    };
  }
  return list;
}

TypeInfo MapInfo(const TypeInfo& item, std::string_view items);
bool CheckMap(const JsonValue& value, const TypeInfo& info, Reader& reader);

// An object whose keys are names of the file's own; `place(target, member)`
// stores the key and returns where the value goes.
template <class T, class Place>
ValueType<std::vector<T>> MapType(ValueType<T> item, std::string_view items,
                                  Place place) {
  TypeInfo info = MapInfo(item.info, items);
  auto read = [info, place, item_read = std::move(item.read)](
                  const JsonValue& value, std::vector<T>& target,
                  Reader& reader) {
    if (!CheckMap(value, info, reader)) return;
    target.clear();
    for (const JsonMember& member : value.members()) {
      const Reader::Scope scope(reader, member.name);
      T& entry = target.emplace_back();
      place(entry, member);
      item_read(member.value, entry, reader);
    }
  };
  return ValueType<std::vector<T>>{std::move(info), std::move(read)};
}

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_LANGUAGE_FIELD_TYPES_H_
