// The hand-written searches against the expressions that they stand for.

#include <regex.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "pagelab/base/random.h"
#include "pagelab/owner/sort/field_search.h"
#include "pagelab/owner/sort/strict_head.h"
#include "pagelab/owner/sort/word_search.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

using Found = std::optional<std::string_view>;

class Expression {
 public:
  explicit Expression(const char* text) {
    REQUIRE(regcomp(&compiled_, text, REG_EXTENDED | REG_NEWLINE) == 0);
  }
  ~Expression() { regfree(&compiled_); }
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;

  Found Find(const std::string& text) const {
    std::array<regmatch_t, 2> groups;
    if (regexec(&compiled_, text.c_str(), groups.size(), groups.data(),
                REG_NOTBOL) != 0) {
      return std::nullopt;
    }
    return std::string_view(text).substr(
        static_cast<size_t>(groups[1].rm_so),
        static_cast<size_t>(groups[1].rm_eo - groups[1].rm_so));
  }

 private:
  regex_t compiled_;
};

struct Search {
  const char* expression;
  Found (*find)(std::string_view text);
};

constexpr Search kSearches[] = {
    {R"(order\s*([0-9]*),)", FindOrder},
    {R"(pid\s*([0-9]*),)", FindPid},
    {R"(tgid\s*([0-9]*) )", FindTgid},
    {R"(tgid\s*[0-9]*\s*\((.*)\),\s*ts)", FindName},
    {R"(ts\s*([0-9]*)\s*ns)", FindTs},
    {R"(ts\s*([0-9]*)\s*ns,)", FindTsBeforeComma},
    {R"(free_ts\s*([0-9]*)\s*ns)", FindFreeTs},
};

// The same digits at the same place; where there are none the place is of no
// use.
bool Same(const Found& a, const Found& b) {
  if (a.has_value() != b.has_value()) return false;
  if (!a.has_value() || (a->empty() && b->empty())) return true;
  return a->data() == b->data() && a->size() == b->size();
}

std::string HostileText(Random& random) {
  static constexpr std::string_view kPieces[] = {"order",
                                                 "pid",
                                                 "tgid",
                                                 "ts",
                                                 "free_ts",
                                                 "ns",
                                                 "t",
                                                 "s",
                                                 " ",
                                                 " ",
                                                 "  ",
                                                 "\n",
                                                 "\t",
                                                 "\r",
                                                 "\v",
                                                 "0",
                                                 "7",
                                                 "12",
                                                 "99999999999999999999999",
                                                 ",",
                                                 ",",
                                                 "(",
                                                 ")",
                                                 "), ts ",
                                                 "),",
                                                 "x",
                                                 "\x80\xff",
                                                 "Page allocated via ",
                                                 "pid 5, tgid 6 (a), ts 7 ns",
                                                 ", free_ts 3 ns"};
  std::string text;
  const uint64_t pieces = random.UniformBetween(1, 24);
  for (uint64_t i = 0; i < pieces; ++i) {
    text += kPieces[random.Uniform(std::size(kPieces))];
  }
  return text;
}

TEST_CASE("FieldSearch: finds what the tool's expressions find",
          "[owner][sort][property]") {
  Random random(612);
  for (const Search& search : kSearches) {
    const Expression expression(search.expression);
    for (int i = 0; i < 20000; ++i) {
      const std::string text = HostileText(random);
      if (Same(search.find(text), expression.Find(text))) continue;
      CAPTURE(search.expression, text);
      FAIL("another match");
    }
  }
}

TEST_CASE(
    "FieldSearch: a first line that is read strictly is read as by "
    "searching, whatever follows",
    "[owner][sort][property]") {
  Random random(613);
  static constexpr std::string_view kNames[] = {
      "init", "a b",     "ts 5 ns",        "fonts",    "tsns",
      "x(",   "pid 3,",  "tgid 4 (q",      "order 9,", "ts",
      "",     "(sd-pam", "accounts-daemon"};
  static constexpr std::string_view kMasks[] = {
      "0xcc0(GFP_KERNEL", "0x1(GFP_KERNEL|__GFP_COMP", "0x1(pid 5,", "0x1",
      "0xcc0(GFP_KERNEL|0x800"};
  StrictHeadParser parser;
  int read = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string line = "Page allocated via order ";
    line += std::to_string(random.Uniform(12)) + ", mask ";
    line += kMasks[random.Uniform(std::size(kMasks))];
    line += "), pid " + std::to_string(random.Uniform(2000));
    line += ", tgid " + std::to_string(random.Uniform(2000)) + " (";
    line += kNames[random.Uniform(std::size(kNames))];
    line += "), ts " + std::to_string(random.Next() >> 2) + " ns";
    if (random.Bernoulli(0.4)) line += ", free_ts 77 ns";
    if (random.Bernoulli(0.1)) line += HostileText(random);
    line += '\n';
    const std::string whole = line + HostileText(random) + "\n\n";
    const std::string_view head =
        std::string_view(whole).substr(0, line.size());
    StrictHead strict;
    if (head.find('\n') != line.size() - 1 || !parser.Parse(head, strict)) {
      continue;
    }
    ++read;
    CAPTURE(whole);
    CHECK(strict.pages == PagesOfOrder(FindOrder(whole).value_or("")));
    CHECK(strict.pid == SignedValue(FindPid(whole).value_or("")));
    CHECK(strict.tgid == SignedValue(FindTgid(whole).value_or("")));
    CHECK(strict.comm == FindName(whole));
    CHECK(Same(strict.ts_digits, FindTs(whole)));
    CHECK(strict.ts == UnsignedValue(strict.ts_digits));
    if (!strict.free_ts_digits.empty()) {
      CHECK(Same(strict.ts_digits, FindTsBeforeComma(whole)));
      CHECK(Same(strict.free_ts_digits, FindFreeTs(whole)));
    }
  }
  CHECK(read > 5000);
}

TEST_CASE("FieldSearch: the name goes to the last parenthesis that will do",
          "[owner][sort]") {
  const std::string text = "tgid 2 (a),(b), ts 9 ns), ts 100 ns\n";
  CHECK(FindName(text) == "a),(b), ts 9 ns");
  CHECK(FindTs(text) == "9");
  CHECK(FindPid("pid -7,") == std::nullopt);
  CHECK(FindTs("pagets 5 ns, ts 6 ns") == "5");
}

TEST_CASE("FieldSearch: numbers that are none or too large are nothing",
          "[owner][sort]") {
  CHECK(SignedValue("") == std::nullopt);
  CHECK(SignedValue("9223372036854775807") == INT64_MAX);
  CHECK(SignedValue("9223372036854775808") == std::nullopt);
  CHECK(UnsignedValue("18446744073709551615") == UINT64_MAX);
  CHECK(UnsignedValue("18446744073709551616") == std::nullopt);
  CHECK(PagesOfOrder("3") == 8);
  CHECK(PagesOfOrder("") == 0);
  CHECK(PagesOfOrder("65") == 0);
}

TEST_CASE("WordSearch: finds what a plain search finds",
          "[owner][sort][property]") {
  Random random(614);
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    const uint64_t size = random.Uniform(80);
    while (text.size() < size) {
      text += static_cast<char>('a' + random.Uniform(3));
    }
    std::string word;
    const uint64_t word_size = random.UniformBetween(2, 6);
    while (word.size() < word_size) {
      word += static_cast<char>('a' + random.Uniform(3));
    }
    const size_t from = random.Uniform(size + 2);
    CAPTURE(text, word, from);
    CHECK(FindWord(text, word, from) == text.find(word, from));
  }
}

}  // namespace
}  // namespace pagelab
