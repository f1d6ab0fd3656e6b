#ifndef PAGELAB_WORKLOADS_LANGUAGE_JSON_VALUE_H_
#define PAGELAB_WORKLOADS_LANGUAGE_JSON_VALUE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pagelab/workloads/scenario.h"

namespace pagelab {

struct JsonMember;

// A JSON value and where it stood in its file. Objects keep the order of their
// members. Numbers keep their spelling, so that nothing is rounded.
class JsonValue {
 public:
  enum class Kind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

  JsonValue();
  JsonValue(const JsonValue&);
  JsonValue(JsonValue&&) noexcept;
  JsonValue& operator=(const JsonValue&);
  JsonValue& operator=(JsonValue&&) noexcept;
  ~JsonValue();
  static JsonValue Null() { return JsonValue(); }
  static JsonValue Bool(bool value);
  static JsonValue Number(uint64_t value);
  // `spelling` must be a JSON number.
  static JsonValue NumberSpelt(std::string_view spelling);
  static JsonValue String(std::string_view text);
  static JsonValue Array();
  static JsonValue Array(std::vector<JsonValue> items);
  static JsonValue Object();
  static JsonValue Object(std::vector<JsonMember> members);

  Kind kind() const { return kind_; }
  bool is_bool() const { return kind_ == Kind::kBool; }
  bool is_number() const { return kind_ == Kind::kNumber; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_array() const { return kind_ == Kind::kArray; }
  bool is_object() const { return kind_ == Kind::kObject; }

  // REQUIRES: is_bool().
  bool boolean() const { return boolean_; }
  // The characters of a string, or the spelling of a number.
  const std::string& text() const { return text_; }
  const std::vector<JsonValue>& items() const { return items_; }
  const std::vector<JsonMember>& members() const { return members_; }
  // Null if there is no such member.
  const JsonValue* Find(std::string_view name) const;

  TextPosition position() const { return position_; }
  void set_position(TextPosition position) { position_ = position; }

  // REQUIRES: is_array().
  void Append(JsonValue item) { items_.push_back(std::move(item)); }
  // REQUIRES: is_object(), which has no member of that name.
  void Set(std::string_view name, JsonValue value, TextPosition at = {});

  // How an error names it: the number, the quoted string (a long one cut),
  // "a list", "an object".
  std::string Describe() const;

  // As JSON text: `indent` blanks a level, or on one line if it is negative.
  std::string ToText(int indent = 2) const;

 private:
  void AppendTo(std::string& out, int indent, int level) const;
  bool fits_on_a_line() const;

  Kind kind_ = Kind::kNull;
  bool boolean_ = false;
  TextPosition position_;
  std::string text_;
  std::vector<JsonValue> items_;
  std::vector<JsonMember> members_;
};

struct JsonMember {
  std::string name;
  JsonValue value;
  TextPosition position = {};
};

// `text` as a JSON string, quotes included.
std::string QuoteJson(std::string_view text);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_LANGUAGE_JSON_VALUE_H_
