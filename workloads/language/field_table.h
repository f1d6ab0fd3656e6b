// The tables that define a language. One entry a field: name, type, limits,
// default, meaning, example. The parser runs over them, and the JSON Schema
// and the reference page are written from them, so the three cannot differ.

#ifndef PAGELAB_WORKLOADS_LANGUAGE_FIELD_TABLE_H_
#define PAGELAB_WORKLOADS_LANGUAGE_FIELD_TABLE_H_

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pagelab/workloads/language/json_value.h"
#include "pagelab/workloads/language/reader.h"

namespace pagelab {

// How values of a type are described.
struct TypeInfo {
  // For errors: "must be <expected>, got ...".
  std::string expected;
  // For the reference page, in markdown; links to objects.
  std::string markdown;
  JsonValue schema;
};

// How a `T` is written. `read` stores a good value and reports a bad one.
// `write` is its inverse; null for what is no setting: texts, lists of objects.
template <class T>
struct ValueType {
  TypeInfo info;
  std::function<void(const JsonValue&, T&, Reader&)> read;
  std::function<JsonValue(const T&)> write = {};
};

// What a table says about a field besides its type.
struct FieldText {
  std::string name = {};
  std::string doc = {};
  // As JSON, or in words; empty for a required field.
  std::string default_text = {};
  // As JSON.
  std::string example = {};
  bool required = false;
};

struct FieldInfo {
  FieldText text;
  TypeInfo type;
};

// An object of a language, without the C++ type that it fills.
struct ObjectInfo {
  // In definitions and links: "alloc-step".
  std::string name;
  std::string title;
  std::string doc;
  // A whole object, as JSON.
  std::string example = {};
  // Markdown after the fields, on the reference page only.
  std::string notes = {};
  // The object has exactly one of its fields: a choice between kinds.
  bool one_of_fields = false;
  std::vector<FieldInfo> fields = {};

  std::vector<std::string_view> FieldNames() const;
};

// A language: objects in the order of its reference page, the document first.
struct LanguageInfo {
  std::string title;
  // Markdown under the title of the reference page.
  std::string introduction;
  std::vector<const ObjectInfo*> objects;
  // Objects of another language that this one's refer to.
  std::vector<const ObjectInfo*> borrowed = {};
};

// "must be an object, got a list", unknown keys with the nearest spelling,
// missing required keys, and the rule of `one_of_fields`. False if there is
// nothing to read.
bool CheckObject(const ObjectInfo& info, const JsonValue& value,
                 Reader& reader);

// How an object of `info` is described where it is the type of a field.
TypeInfo ReferenceTo(std::string_view name, std::string_view expected);

// The fields of a `T`. Fields are read in the order of the table, whatever
// their order in the file; a field that is absent leaves its member alone, so
// that reading onto a filled `T` changes what the file names and no more.
template <class T>
class ObjectTable {
 public:
  using Check = std::function<void(const JsonValue&, const T&, Reader&)>;

  // `info` without fields.
  explicit ObjectTable(ObjectInfo info) : info_(std::move(info)) {}

  template <class V>
  ObjectTable& Add(FieldText text, V T::*member, ValueType<V> type) {
    auto read = [member, type_read = std::move(type.read)](
                    const JsonValue& value, T& target, Reader& reader) {
      type_read(value, target.*member, reader);
    };
    AddRead(std::move(text), std::move(type.info), std::move(read));
    if (type.write) {
      writes_.back() = [member,
                        type_write = std::move(type.write)](const T& source) {
        return type_write(source.*member);
      };
    }
    return *this;
  }

  // For what is not simply a member: `store` gets each good value. It is a
  // setting (Write()) if `load` is given, which gets a `V` from a `T`.
  template <class V, class Store>
  ObjectTable& AddStored(FieldText text, ValueType<V> type, Store store) {
    auto read = [store, type_read = std::move(type.read)](
                    const JsonValue& value, T& target, Reader& reader) {
      const size_t nr_errors = reader.nr_errors();
      V read_value{};
      type_read(value, read_value, reader);
      if (reader.nr_errors() == nr_errors) {
        store(target, std::move(read_value));
      }
    };
    return AddRead(std::move(text), std::move(type.info), std::move(read));
  }
  template <class V, class Store, class Load>
  ObjectTable& AddStored(FieldText text, ValueType<V> type, Store store,
                         Load load) {
    auto write = [load, type_write = type.write](const T& source) {
      return type_write(load(source));
    };
    AddStored(std::move(text), std::move(type), std::move(store));
    writes_.back() = std::move(write);
    return *this;
  }

  ObjectTable& AddRead(
      FieldText text, TypeInfo type,
      std::function<void(const JsonValue&, T&, Reader&)> read) {
    info_.fields.push_back(FieldInfo{std::move(text), std::move(type)});
    reads_.push_back(std::move(read));
    writes_.emplace_back();
    return *this;
  }

  // Runs after the fields, if they are all good.
  ObjectTable& SetCheck(Check check) {
    check_ = std::move(check);
    return *this;
  }
  // Runs after the fields; those that were not good have their defaults.
  ObjectTable& SetLenientCheck(Check check) {
    lenient_ = true;
    return SetCheck(std::move(check));
  }

  const ObjectInfo& info() const { return info_; }

  void Read(const JsonValue& value, T& target, Reader& reader) const {
    const size_t nr_errors = reader.nr_errors();
    if (!CheckObject(info_, value, reader)) return;
    if constexpr (requires { target.position = value.position(); }) {
      target.position = value.position();
    }
    for (size_t i = 0; i < reads_.size(); ++i) {
      const std::string& name = info_.fields[i].text.name;
      const JsonValue* member = value.Find(name);
      if (member == nullptr) continue;
      const Reader::Scope scope(reader, name);
      reads_[i](*member, target, reader);
    }
    if (check_ && (lenient_ || reader.nr_errors() == nr_errors)) {
      check_(value, target, reader);
    }
  }

  // The fields that are settings, in the order of the table; objects without
  // any are left out.
  JsonValue Write(const T& source) const {
    JsonValue object = JsonValue::Object();
    for (size_t i = 0; i < writes_.size(); ++i) {
      if (!writes_[i]) continue;
      JsonValue value = writes_[i](source);
      if (value.is_object() && value.members().empty()) continue;
      object.Set(info_.fields[i].text.name, std::move(value));
    }
    return object;
  }

 private:
  ObjectInfo info_;
  std::vector<std::function<void(const JsonValue&, T&, Reader&)>> reads_;
  // Empty for what is no setting.
  std::vector<std::function<JsonValue(const T&)>> writes_;
  Check check_;
  bool lenient_ = false;
};

// A `T` as the object that `table()` describes. The table is looked up when a
// value is read, so tables may contain each other.
template <class T>
ValueType<T> ObjectType(std::string_view name, std::string_view expected,
                        const ObjectTable<T>& (*table)()) {
  return ValueType<T>{
      ReferenceTo(name, expected),
      [table](const JsonValue& value, T& target, Reader& reader) {
        table().Read(value, target, reader);
      },
      [table](const T& source) { return table().Write(source); }};
}

// The position of a member, or of the object that lacks it.
TextPosition PositionOf(const JsonValue& object, std::string_view member);
// The position of the item of a list in the object, as far as it is there.
TextPosition PositionOf(const JsonValue& object, std::string_view list,
                        size_t index);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_LANGUAGE_FIELD_TABLE_H_
