#include "pagelab/owner/dump/record_filter.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "pagelab/base/random.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/era_records.h"

namespace pagelab {
namespace {

using era_records::k319;
using era_records::k510;
using era_records::k612;
using era_records::k63;

constexpr std::string_view kStackPages =
    " alloc_pages+0x1/0x2\n"
    " drv_fill+0x4/0x90 [drv]\n"
    "nr_base_pages: 16\n"
    "\n";

// Whether the expression holds for the first record of the text.
bool Holds(std::string_view expression, std::string_view text,
           std::optional<uint64_t> now = std::nullopt) {
  const absl::StatusOr<RecordFilter> filter = RecordFilter::Compile(expression);
  INFO(expression);
  INFO(filter.status().ToString());
  REQUIRE(filter.ok());
  DumpParser parser;
  DumpRecord record;
  size_t taken = 0;
  REQUIRE(parser.Next(text, true, record, taken) == DumpParser::Found::kRecord);
  FieldReader fields(now);
  return filter->Matches(record, fields);
}

std::string ErrorOf(std::string_view expression) {
  const absl::StatusOr<RecordFilter> filter = RecordFilter::Compile(expression);
  if (filter.ok()) return "";
  return std::string(FromAbsl(filter.status().message()));
}

TEST_CASE("RecordFilter: every field can be compared", "[owner][filter]") {
  for (const std::string_view expression :
       {"order==0",
        "gfp==GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO",
        "mask~__GFP_ZERO",
        "pid==4711",
        "tgid==4700",
        "comm==worker-3",
        "name=worker-3",
        "ts==81233445566",
        "alloc_ts>81s",
        "age==18766554434ns",
        "age<18.8s",
        "pfn==0x7a3c1",
        "pfn=500673",
        "migratetype==Movable",
        "mt!=Unmovable",
        "block==Movable",
        "zone==Normal",
        "node==0",
        "flags~swapbacked",
        "pages==1",
        "function==do_anonymous_page",
        "func~anonymous",
        "module==kernel",
        "memcg==app.slice",
        "cgroup~slice",
        "migrate_reason==compaction",
        "allocator==others",
        "stack~do_anonymous_page+0x1f3/0x7c0",
        "stacktrace!~ath11k",
        "free_ts==-"}) {
    CHECK(Holds(expression, k612, 100'000'000'000));
    CHECK_FALSE(
        Holds("!(" + std::string(expression) + ")", k612, 100'000'000'000));
  }
  CHECK(DumpFields().size() == 21);
  for (const DumpFieldInfo& field : DumpFields()) {
    CHECK(ErrorOf(std::string(field.name) + "==0").empty());
    CHECK(RecordFilter::Compile(std::string(field.name) + "!=0")
              ->Uses(field.field));
  }
}

TEST_CASE("RecordFilter: every operator on numbers and texts",
          "[owner][filter]") {
  // Order 3.
  for (const auto& [expression, holds] :
       {std::pair{"order==3", true}, {"order==2", false},
        {"order=3", true},           {"order!=3", false},
        {"order!=2", true},          {"order<4", true},
        {"order<3", false},          {"order<=3", true},
        {"order<=2", false},         {"order>2", true},
        {"order>3", false},          {"order>=3", true},
        {"order>=4", false},         {"order>-1", true},
        {"order==0x3", true},        {"comm==swapper/0", true},
        {"comm==swapper", false},    {"comm!=swapper", true},
        {"comm~swap", true},         {"comm~Swap", false},
        {"comm!~swap", false},       {"comm!~init", true}}) {
    CAPTURE(expression);
    CHECK(Holds(expression, k63) == holds);
  }
}

TEST_CASE("RecordFilter: what a record does not say is only different",
          "[owner][filter]") {
  for (const std::string_view field : {"pid", "ts", "free_ts", "age", "node"}) {
    const std::string name(field);
    CAPTURE(name);
    for (const std::string_view op : {"==", "<", "<=", ">", ">="}) {
      CHECK_FALSE(Holds(name + std::string(op) + "0", k319, 5));
    }
    CHECK(Holds(name + "!=0", k319, 5));
    CHECK(Holds(name + "==-", k319, 5));
    CHECK_FALSE(Holds(name + "!=-", k319, 5));
  }
  CHECK_FALSE(Holds("comm==init", k510));
  CHECK_FALSE(Holds("comm~-", k510));
  CHECK(Holds("comm!=init && comm!~init && comm==-", k510));
  CHECK(Holds("!(comm==init)", k510));
  CHECK(Holds("comm!=-", k63));
  CHECK(Holds("gfp==0x280da", k319));
  // Without a time that "now" is.
  CHECK_FALSE(Holds("age>=0", k63));
  CHECK(Holds("pages==16 && module==drv && order==- && pfn!=0", kStackPages));
}

TEST_CASE("RecordFilter: && binds more than ||, and ! more than both",
          "[owner][filter]") {
  // t and f are true and false of the record.
  const auto holds = [](std::string expression) {
    std::string text;
    for (const char c : expression) {
      if (c == 't') {
        text += "order==3";
      } else if (c == 'f') {
        text += "order==4";
      } else {
        text += c;
      }
    }
    return Holds(text, k63);
  };
  CHECK(holds("t || f && f"));
  CHECK_FALSE(holds("(t || f) && f"));
  CHECK(holds("f && f || t"));
  CHECK(holds("!f && t"));
  CHECK_FALSE(holds("!t || f"));
  CHECK_FALSE(holds("!(t || f)"));
  CHECK(holds("!(t && f)"));
  CHECK(holds("!!t"));
  CHECK_FALSE(holds("! ! !t"));
  CHECK(holds("((t))&&(!(f))"));
  CHECK(Holds("not order==4 and order==3 or order==7", k63));
  CHECK(Holds("not (order==4 or order==5)", k63));
  CHECK(Holds("\torder==3\n&&\norder>2 ", k63));
}

TEST_CASE("RecordFilter: values in quotation marks", "[owner][filter]") {
  constexpr std::string_view kOdd =
      "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 1, tgid 1 "
      "(a) \"b\\c && d), ts 5 ns\n"
      "PFN 0x1 type Movable Block 0 type Movable Flags 0x0()\n"
      " f+0x1/0x2\n\n";
  CHECK(Holds(R"(comm=="a) \"b\\c && d")", kOdd));
  CHECK(Holds(R"(comm=='a) "b\\c && d')", kOdd));
  CHECK(Holds(R"(comm~"")", kOdd));
  CHECK_FALSE(Holds(R"(comm=="")", kOdd));
  CHECK(Holds(R"(order<"3")", kOdd));
  // Words are words, not operators, where a value stands.
  CHECK_FALSE(Holds("comm==and and comm==or or comm==not", kOdd));
  CHECK(Holds("gfp!=a|b||order==1", kOdd));
}

TEST_CASE("RecordFilter: what is wrong is said with its place",
          "[owner][filter]") {
  const std::string comparison = "expected a comparison, as in \"order>=4\"";
  const std::string value =
      "; a text with blanks, parentheses or operators in it needs quotation "
      "marks";
  const std::pair<std::string, std::string> kErrors[] = {
      {"", "1:1: " + comparison},
      {"  ", "1:3: " + comparison},
      {"ordr>3", "1:1: unknown field \"ordr\" (did you mean \"order\"?)"},
      {"order>3 &&\n xyzzy==3", "2:2: unknown field \"xyzzy\""},
      {"order", "1:6: expected ==, !=, <, <=, > or >= behind \"order\""},
      {"comm init", "1:6: expected ==, !=, ~ or !~ behind \"comm\""},
      {"order~3",
       "1:6: \"order\" is a number: ==, !=, <, <=, > or >=, not \"~\""},
      {"name>=a", "1:5: \"comm\" is a text: ==, !=, ~ or !~, not \">=\""},
      {"comm==", "1:7: expected a value behind \"==\"" + value},
      {"comm==(sd-pam)", "1:7: expected a value behind \"==\"" + value},
      {"order==many",
       "1:8: \"many\" is not a number, and \"order\" is one; write it in "
       "decimal, or in hexadecimal after 0x"},
      {"order==0x-1",
       "1:8: \"0x-1\" is not a number, and \"order\" is one; write it in "
       "decimal, or in hexadecimal after 0x"},
      {"pfn==9223372036854775808",
       "1:6: \"9223372036854775808\" is not a number, and \"pfn\" is one; "
       "write it in decimal, or in hexadecimal after 0x"},
      {"age>10x",
       "1:5: \"10x\" is not a duration; write a number with ns, us, ms, s, "
       "min, h or d, as in \"10ms\""},
      {"age>18446744073709551615",
       "1:5: \"18446744073709551615\" is too large"},
      {"order>-",
       "1:7: \"-\" is not a number, and \"order\" is one; write it "
       "in decimal, or in hexadecimal after 0x"},
      {"order==3 order==4", "1:10: expected && or || in front of \"order\""},
      {"(order==3 order==4)",
       "1:11: expected &&, || or \")\" in front of \"order\""},
      {"order==3)", "1:9: this \")\" closes nothing"},
      {"order==1 && ((order==3)", "1:13: this \"(\" is not closed"},
      {"()", "1:2: " + comparison + ", not \")\""},
      {"order==3 &&", "1:12: " + comparison},
      {"&& order==3", "1:1: " + comparison + ", not \"&&\""},
      {"order==3 & order==4", "1:10: expected &&, not a single &"},
      {"order==3 | order==4", "1:10: expected ||, not a single |"},
      {"comm==\"init", "1:7: this text has no closing \""},
      {"comm=='init\\", "1:7: this text has no closing '"},
      {"comm==\"a\\n\"", "1:9: expected \\\\ or \\\" behind the backslash"},
      {"!", "1:2: " + comparison},
      {"\"order\"==3", "1:1: " + comparison + ", not \"order\""},
  };
  for (const auto& [expression, error] : kErrors) {
    CAPTURE(expression);
    CHECK(ErrorOf(expression) == "expression:" + error);
  }
}

TEST_CASE("RecordFilter: hostile expressions are refused or cost little",
          "[owner][filter]") {
  constexpr int kMany = 100'000;
  CHECK(ErrorOf(std::string(kMany, '(')) ==
        "expression:1:201: more than 200 parentheses inside each other");
  CHECK_THAT(ErrorOf("order==1 && " + std::string(kMany, '!')),
             ContainsText("expected a comparison"));
  CHECK(Holds(std::string(kMany, '!') + "order==3", k63));
  CHECK(Holds(std::string(200, '(') + "order==3" + std::string(200, ')'), k63));
  std::string either = "order==9";
  std::string both = "order==3";
  std::string mixed = "order==3";
  for (int i = 0; i < kMany; ++i) {
    either += " || order==9";
    both += " && order==3";
    mixed += i % 2 == 0 ? " || order==9" : " && order==3";
  }
  CHECK_FALSE(Holds(either, k63));
  CHECK(Holds(either + " || order==3", k63));
  CHECK(Holds(both, k63));
  CHECK_FALSE(Holds(both + " && order==9", k63));
  CHECK(Holds(mixed, k63));
  CHECK_FALSE(ErrorOf(std::string("order\0==3", 9)).empty());
  CHECK_FALSE(ErrorOf("\xff\xfe==3").empty());
}

// A random expression, fully in parentheses, and what it is worth.
struct Drawn {
  std::string text;
  bool value;
};

Drawn Draw(Random& random, int depth) {
  const uint64_t form = depth == 0 ? 0 : random.Uniform(5);
  if (form <= 1) {
    const bool value = random.Bernoulli(0.5);
    return {value ? "order==3" : "order==4", value};
  }
  if (form == 2) {
    const Drawn inner = Draw(random, depth - 1);
    return {"!(" + inner.text + ")", !inner.value};
  }
  const bool is_and = form == 3;
  const Drawn left = Draw(random, depth - 1);
  const Drawn right = Draw(random, depth - 1);
  return {"(" + left.text + ")" + (is_and ? " && " : " || ") + "(" +
              right.text + ")",
          is_and ? left.value && right.value : left.value || right.value};
}

TEST_CASE("RecordFilter: random expressions are worth what they should be",
          "[owner][filter][property]") {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Drawn drawn = Draw(random, 7);
    CHECK(Holds(drawn.text, k63) == drawn.value);
  }
}

// Without parentheses: a || b && c is a || (b && c).
TEST_CASE("RecordFilter: random chains are worth what they should be",
          "[owner][filter][property]") {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    std::string text;
    bool any = false;
    bool all = true;
    for (uint64_t i = 0; i < 20; ++i) {
      if (i > 0 && random.Bernoulli(0.5)) {
        text += " || ";
        any = any || all;
        all = true;
      } else if (i > 0) {
        text += " && ";
      }
      const bool negated = random.Bernoulli(0.3);
      const bool value = random.Bernoulli(0.7);
      if (negated) text += '!';
      text += value ? "order<4" : "order>3";
      all = all && value != negated;
    }
    CHECK(Holds(text, k63) == (any || all));
  }
}

}  // namespace
}  // namespace pagelab
