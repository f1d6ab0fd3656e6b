#include "pagelab/workloads/language/json_reader.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace pagelab {
namespace {

// Deeper documents are nobody's scenario, and values are read recursively.
constexpr size_t kMaxDepth = 64;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Reads a text and tells how far it got.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, size_t* count) : at_(at), count_(count) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*count_;
    return *this;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }

 private:
  const char* at_;
  size_t* count_;
};

// Line and column of an offset; columns count characters, not bytes.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text) : text_(text) {
    starts_.push_back(0);
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') starts_.push_back(i + 1);
    }
  }

  TextPosition At(size_t offset) const {
    offset = std::min(offset, text_.size());
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const size_t start = *(next - 1);
    int column = 1;
    for (size_t i = start; i < offset; ++i) {
      if ((static_cast<unsigned char>(text_[i]) & 0xC0) != 0x80) ++column;
    }
    if (start == 0 && text_.starts_with(kByteOrderMark)) --column;
    return TextPosition{static_cast<int>(next - starts_.begin()), column};
  }

 private:
  std::string_view text_;
  std::vector<size_t> starts_;
};

// Builds the value from the events of the JSON parser. An event comes when its
// token has been read, perhaps with one character more after a number; so a
// token starts at the first character after the event before that is neither
// blank nor comma nor colon.
class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  TreeBuilder(std::string_view text, Reader& reader)
      : text_(text), reader_(reader), lines_(text) {}

  size_t* counter() { return &consumed_; }
  JsonValue TakeRoot() { return std::move(root_); }

  bool null() override { return Scalar(JsonValue::Null()); }
  bool boolean(bool value) override { return Scalar(JsonValue::Bool(value)); }
  bool number_integer(number_integer_t value) override {
    return Scalar(JsonValue::NumberSpelt(std::to_string(value)));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Scalar(JsonValue::Number(value));
  }
  bool number_float(number_float_t, const string_t& spelling) override {
    return Scalar(JsonValue::NumberSpelt(spelling));
  }
  bool string(string_t& value) override {
    return Scalar(JsonValue::String(value));
  }
  bool binary(binary_t&) override { return false; }  // not in JSON text
  bool start_object(size_t) override { return Open(JsonValue::Object()); }
  bool key(string_t& name) override {
    Level& top = stack_.back();
    top.key = name;
    top.key_position = NextToken();
    top.duplicate = top.value.Find(name) != nullptr;
    if (top.duplicate) ReportDuplicate(top);
    return true;
  }
  bool end_object() override { return Close(); }
  bool start_array(size_t) override { return Open(JsonValue::Array()); }
  bool end_array() override { return Close(); }
  bool parse_error(size_t, const std::string&,
                   const nlohmann::json::exception& error) override;

 private:
  struct Level {
    JsonValue value;
    std::string key;
    TextPosition key_position;
    bool duplicate = false;
  };

  size_t TokenStart() const {
    if (event_end_ == 0 && text_.starts_with(kByteOrderMark)) {
      return text_.find_first_not_of(" \t\r\n", kByteOrderMark.size());
    }
    return std::min(text_.find_first_not_of(" \t\r\n,:", event_end_),
                    text_.size());
  }
  // The position of the token that was just read.
  TextPosition NextToken() {
    const TextPosition position = lines_.At(TokenStart());
    event_end_ = consumed_;
    return position;
  }
  bool Scalar(JsonValue value) {
    value.set_position(NextToken());
    return Place(std::move(value));
  }
  bool Open(JsonValue value);
  bool Close();
  bool Place(JsonValue value);
  void ReportDuplicate(const Level& top);
  std::string ExplainSyntax(size_t offset, std::string_view library) const;

  std::string_view text_;
  Reader& reader_;
  LineIndex lines_;
  size_t consumed_ = 0;
  size_t event_end_ = 0;
  std::vector<Level> stack_;
  JsonValue root_;
};

bool TreeBuilder::Open(JsonValue value) {
  value.set_position(NextToken());
  if (stack_.size() == kMaxDepth) {
    reader_.Error(value, "nested more than " + std::to_string(kMaxDepth) +
                             " levels deep");
    return false;
  }
  stack_.push_back({std::move(value), {}, {}, false});
  return true;
}

bool TreeBuilder::Close() {
  event_end_ = consumed_;
  JsonValue value = std::move(stack_.back().value);
  stack_.pop_back();
  return Place(std::move(value));
}

bool TreeBuilder::Place(JsonValue value) {
  if (stack_.empty()) {
    root_ = std::move(value);
    return true;
  }
  Level& top = stack_.back();
  if (top.value.is_array()) {
    top.value.Append(std::move(value));
  } else if (!top.duplicate) {
    top.value.Set(top.key, std::move(value), top.key_position);
  }
  return true;
}

void TreeBuilder::ReportDuplicate(const Level& top) {
  for (const JsonMember& member : top.value.members()) {
    if (member.name != top.key) continue;
    reader_.Error(top.key_position, QuoteJson(top.key) +
                                        " is here twice, first in line " +
                                        std::to_string(member.position.line));
  }
}

// The common slips by name; anything else in the words of the parser.
std::string TreeBuilder::ExplainSyntax(size_t offset,
                                       std::string_view library) const {
  const std::string_view rest = text_.substr(std::min(offset, text_.size()));
  if (rest.starts_with("//") || rest.starts_with("/*") ||
      rest.starts_with("#")) {
    return "JSON has no comments: put the text into a \"description\"";
  }
  if (rest.starts_with("'")) return "strings are written in double quotes";
  if (rest.empty()) {
    return stack_.empty()
               ? "there is no JSON value here"
               : "the file ends inside of " +
                     std::string(stack_.back().value.is_array() ? "a list"
                                                                : "an object");
  }
  const size_t before = text_.find_last_not_of(" \t\r\n", offset - 1);
  if ((rest[0] == '}' || rest[0] == ']') && offset > 0 &&
      before != std::string_view::npos && text_[before] == ',') {
    return "a comma before '" + std::string(1, rest[0]) + "' is not JSON";
  }
  // "[json.exception...] parse error at line 1, column 2: syntax error while
  // parsing value - <what>; last read: '<text>'".
  const size_t dash = library.find(" - ");
  std::string_view what =
      dash == std::string_view::npos ? library : library.substr(dash + 3);
  const size_t last_read = what.find("; last read: ");
  const size_t expected = what.find("; expected ");
  if (what.find("number overflow") != std::string_view::npos) {
    return "the number is too large";
  }
  std::string text = "not JSON: ";
  text += what.substr(0, last_read);
  if (last_read != std::string_view::npos &&
      expected != std::string_view::npos && expected > last_read) {
    text += what.substr(expected);
  }
  return text;
}

bool TreeBuilder::parse_error(size_t, const std::string&,
                              const nlohmann::json::exception& error) {
  const std::string_view what = error.what();
  // TokenStart() takes a comma in the wrong place for one between values.
  const bool comma = what.find("unexpected ','") != std::string_view::npos;
  const size_t offset = comma ? consumed_ - 1 : TokenStart();
  reader_.Error(lines_.At(offset), ExplainSyntax(offset, what));
  return false;
}

}  // namespace

std::optional<JsonValue> ReadJson(std::string_view text, Reader& reader) {
  TreeBuilder builder(text, reader);
  const CountingIterator begin(text.data(), builder.counter());
  const CountingIterator end(text.data() + text.size(), builder.counter());
  if (!nlohmann::json::sax_parse(begin, end, &builder)) return std::nullopt;
  return builder.TakeRoot();
}

}  // namespace pagelab
