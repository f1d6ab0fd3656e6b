#include "pagelab/owner/dump/text_table.h"

#include <string>
#include <string_view>
#include <vector>

#include "pagelab/base/random.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {

TEST_CASE("TextTable: numbers in the order of arrival", "[owner][text_table]") {
  TextTable table;
  CHECK(table.size() == 0);
  CHECK(table.Intern("b") == 0);
  CHECK(table.Intern("a") == 1);
  CHECK(table.Intern("a") == 1);
  CHECK(table.Intern("b") == 0);
  CHECK(table[0] == "b");
  CHECK(table[1] == "a");
  CHECK(table.size() == 2);
  CHECK(table.bytes() == 2);
}

TEST_CASE("TextTable: the empty text is one of them", "[owner][text_table]") {
  TextTable table;
  CHECK(table.Intern(std::string_view()) == 0);
  CHECK(table.Intern("") == 0);
  CHECK(table.Intern("a") == 1);
  CHECK(table.Intern("") == 0);
  CHECK(table[0].empty());
}

TEST_CASE("TextTable: equal halves of a hash are told apart",
          "[owner][text_table]") {
  TextTable table;
  CHECK(table.Intern("a", 0x1'0000'0005) == 0);
  CHECK(table.Intern("b", 0x2'0000'0005) == 1);
  CHECK(table.Intern("a", 0x1'0000'0005) == 0);
  CHECK(table.Intern("", 5) == 2);
  CHECK(table.size() == 3);
}

TEST_CASE("TextTable: views stay while it grows", "[owner][text_table]") {
  TextTable table;
  std::vector<std::string> texts;
  std::vector<std::string_view> views;
  Random random(7);
  for (int i = 0; i < 20000; ++i) {
    std::string text = std::to_string(i);
    text.resize(text.size() + random.Uniform(i % 1000 == 0 ? 2'000'000 : 60),
                'x');
    texts.push_back(text);
    REQUIRE(table.Intern(text) == static_cast<uint32_t>(i));
    views.push_back(table[static_cast<uint32_t>(i)]);
  }
  size_t bytes = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    REQUIRE((views[i] == texts[i]));
    REQUIRE(table.Intern(texts[i]) == i);
    bytes += texts[i].size();
  }
  CHECK(table.bytes() == bytes);
}

TEST_CASE("TextTable: begins anew after Clear", "[owner][text_table]") {
  TextTable table;
  table.Intern("a");
  table.Intern("b");
  table.Clear();
  CHECK(table.size() == 0);
  CHECK(table.bytes() == 0);
  CHECK(table.Intern("b") == 0);
  CHECK(table.Intern("") == 1);
  CHECK(table[0] == "b");
}

}  // namespace pagelab
