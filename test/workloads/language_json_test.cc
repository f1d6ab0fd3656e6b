#include <string>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/language/json_reader.h"

namespace pagelab {
namespace {

std::string ErrorOf(const std::string& text) {
  Reader reader("f.json");
  ReadJson(text, reader);
  return std::string(FromAbsl(reader.status().message()));
}

JsonValue ValueOf(const std::string& text) {
  Reader reader("f.json");
  const auto value = ReadJson(text, reader);
  CAPTURE(text, reader.status().ToString());
  REQUIRE(value.has_value());
  REQUIRE(reader.ok());
  return *value;
}

TEST_CASE("JsonReader: every value knows its line and column",
          "[workloads][language]") {
  const JsonValue root = ValueOf(
      "{\n"
      "  \"a\": [1,22 ,-3 , 4.50,\n"
      "    \"x\\ny\"],\n"
      "  \"é\": {\"b\" :null}, \"c\":true\n"
      "}\n");
  CHECK(root.position() == TextPosition{1, 1});
  const JsonValue* a = root.Find("a");
  REQUIRE(a != nullptr);
  CHECK(a->position() == TextPosition{2, 8});
  REQUIRE(a->items().size() == 5);
  CHECK(a->items()[0].position() == TextPosition{2, 9});
  CHECK(a->items()[1].position() == TextPosition{2, 11});
  CHECK(a->items()[2].position() == TextPosition{2, 15});
  CHECK(a->items()[3].position() == TextPosition{2, 20});
  CHECK(a->items()[4].position() == TextPosition{3, 5});
  // Columns count characters.
  CHECK(root.members()[1].position == TextPosition{4, 3});
  CHECK(root.Find("é")->position() == TextPosition{4, 8});
  CHECK(root.Find("é")->Find("b")->position() == TextPosition{4, 14});
  CHECK(root.members()[2].position == TextPosition{4, 21});
  CHECK(root.Find("c")->position() == TextPosition{4, 25});
}

TEST_CASE("JsonReader: a byte order mark does not count",
          "[workloads][language]") {
  const JsonValue root = ValueOf("\xEF\xBB\xBF{\"a\": 1}");
  CHECK(root.position() == TextPosition{1, 1});
  CHECK(root.members()[0].position == TextPosition{1, 2});
}

TEST_CASE("JsonReader: numbers keep what they were", "[workloads][language]") {
  const JsonValue root = ValueOf("[18446744073709551615, -5, 1.25, 1e3, 0.1]");
  CHECK(root.items()[0].text() == "18446744073709551615");
  CHECK(root.items()[1].text() == "-5");
  CHECK(root.items()[2].text() == "1.25");
  CHECK(root.items()[3].text() == "1e3");
  CHECK(root.items()[4].text() == "0.1");
}

TEST_CASE("JsonReader: what is not JSON is explained",
          "[workloads][language]") {
  CHECK(ErrorOf("") == "f.json:1:1: there is no JSON value here");
  CHECK(ErrorOf("{\"a\":1,}") == "f.json:1:8: a comma before '}' is not JSON");
  CHECK(ErrorOf("[1,\n ]") == "f.json:2:2: a comma before ']' is not JSON");
  CHECK(ErrorOf("[1 2]") ==
        "f.json:1:4: not JSON: unexpected number literal; expected ']'");
  CHECK(ErrorOf("[,1]") ==
        "f.json:1:2: not JSON: unexpected ','; expected '[', '{', or a "
        "literal");
  CHECK(ErrorOf("{\"a\": // why\n 1}") ==
        "f.json:1:7: JSON has no comments: put the text into a "
        "\"description\"");
  CHECK(ErrorOf("/* why */ {}") ==
        "f.json:1:1: JSON has no comments: put the text into a "
        "\"description\"");
  CHECK(ErrorOf("# why\n{}") ==
        "f.json:1:1: JSON has no comments: put the text into a "
        "\"description\"");
  CHECK(ErrorOf("{'a':1}") ==
        "f.json:1:2: strings are written in double "
        "quotes");
  CHECK(ErrorOf("{\"a\":\"abc") ==
        "f.json:1:6: not JSON: invalid string: missing closing quote");
  CHECK(ErrorOf("{\"a\":[1,2") ==
        "f.json:1:10: the file ends inside of a list");
  CHECK(ErrorOf("{\"a\":1\n") ==
        "f.json:2:1: the file ends inside of an "
        "object");
  CHECK(ErrorOf("[1e400]") == "f.json:1:2: the number is too large");
  CHECK(ErrorOf("{} x") ==
        "f.json:1:4: not JSON: invalid literal; expected end of input");
}

TEST_CASE("JsonReader: a key that is there twice is refused",
          "[workloads][language]") {
  CHECK(ErrorOf("{\"a\": 1,\n \"b\": {\"a\": 2},\n \"a\": 3}") ==
        "f.json:3:2: \"a\" is here twice, first in line 1");
}

TEST_CASE("JsonReader: deep nesting is refused, not recursed into",
          "[workloads][language]") {
  CHECK(ErrorOf(std::string(100000, '[')) ==
        "f.json:1:65: nested more than 64 levels deep");
  CHECK(ErrorOf(std::string(64, '[') + std::string(64, ']')).empty());
}

TEST_CASE("JsonValue: text is quoted and cut for messages",
          "[workloads][language]") {
  CHECK(JsonValue::String("a\"b\\c\n\x01").Describe() ==
        "\"a\\\"b\\\\c\\n\\u0001\"");
  CHECK(JsonValue::String(std::string(50, 'x')).Describe() ==
        "\"" + std::string(40, 'x') + "...\"");
  CHECK(JsonValue::Array().Describe() == "a list");
  CHECK(JsonValue::Object().Describe() == "an object");
}

TEST_CASE("JsonValue: what is written reads back the same",
          "[workloads][language]") {
  const std::string text =
      "{\n"
      "  \"name\": \"a \\\"quoted\\\" text\",\n"
      "  \"list\": [1, 2, 3],\n"
      "  \"empty\": {},\n"
      "  \"nested\": {\"only\": [true, false, null]}\n"
      "}";
  CHECK(ValueOf(text).ToText() == text);
  CHECK(ValueOf(text).ToText(-1) ==
        "{\"name\": \"a \\\"quoted\\\" text\", \"list\": [1, 2, 3], \"empty\": "
        "{}, \"nested\": {\"only\": [true, false, null]}}");
}

TEST_CASE("Reader: errors come in the order of the file, twenty at most",
          "[workloads][language]") {
  Reader reader("f.json");
  for (int line = 25; line > 0; --line) {
    reader.Error(TextPosition{line, 1}, "wrong");
  }
  const std::string message(FromAbsl(reader.status().message()));
  CHECK(message.substr(0, 32) == "f.json:1:1: wrong\nf.json:2:1: wr");
  CHECK_THAT(message, ContainsText("\nf.json:20:1: wrong\nf.json: and 5 more "
                                   "errors"));
  CHECK(message.find("f.json:21:") == std::string::npos);
}

}  // namespace
}  // namespace pagelab
