#include "pagelab/report/bench/hotpath_report.h"

#include "pagelab/base/text.h"
#include "pagelab/report/bench/hotpath_statistics.h"
#include "pagelab/test/report/bench_documents.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

HotpathDocument Document(const std::vector<VariantText>& variants,
                         int rounds = 8) {
  const auto document = ReadHotpathDocument(
      "test", HotpathDocumentText(
                  {HotpathRowText("order 0, per-cpu list", variants, rounds)}));
  INFO(document.status());
  REQUIRE(document.ok());
  return *document;
}

std::string ErrorOf(const std::string& json) {
  const auto document = ReadHotpathDocument("f.json", json);
  REQUIRE_FALSE(document.ok());
  CHECK(absl::IsInvalidArgument(document.status()));
  return std::string(FromAbsl(document.status().message()));
}

std::string Replaced(std::string text, const std::string& from,
                     const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string FirstLine(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

TEST_CASE("Hotpath: a difference that is everywhere is shown through drift",
          "[report][hotpath]") {
  std::vector<VariantText> variants = OffVariants();
  variants[1] = {"branch", "branch", "off", 0.5, "161", 0.1};
  const HotpathDocument document = Document(variants);
  const HotpathRowStatistics row = AnalyzeHotpathRow(document.rows[0]);
  CHECK(row.reference == 0);
  CHECK(row.variants[0].median_ns == CatchApprox(11.75));
  CHECK(row.variants[0].verdict == TimeVerdict::kReference);
  CHECK(row.variants[1].verdict == TimeVerdict::kDiffers);
  CHECK(row.variants[1].difference_ns == CatchApprox(0.5));
  CHECK(row.variants[1].difference_interval->low == CatchApprox(0.4));
  CHECK(row.variants[1].difference_interval->high == CatchApprox(0.6));
  CHECK(row.variants[1].resolution_ns == CatchApprox(0.1));
  CHECK(row.variants[1].more_instructions == 3);
  CHECK(FirstLine(HotpathText(document)) ==
        "page_owner off costs an order-0 pair +3 instructions with branches, "
        "+2 with static keys; branches +0.50 ns (+0.40 to +0.60), static keys "
        "do not show in time (resolution 0.05 ns)");
}

TEST_CASE("Hotpath: what the machine does not resolve gets no number",
          "[report][hotpath]") {
  const HotpathDocument document = Document(OffVariants());
  const HotpathRowStatistics row = AnalyzeHotpathRow(document.rows[0]);
  CHECK(row.variants[1].verdict == TimeVerdict::kUnresolved);
  CHECK(row.variants[1].resolution_ns == CatchApprox(0.1));
  const std::string text = HotpathText(document);
  CHECK(FirstLine(text) ==
        "page_owner off costs an order-0 pair +3 instructions with branches, "
        "+2 with static keys; neither shows in time on this machine "
        "(resolution 0.1 ns)");
  CHECK_THAT(text, ContainsText("below what this machine resolves (0.1 ns)"));
  CHECK_THAT(text, !ContainsText("+0.00 ns"));
}

TEST_CASE("Hotpath: a control that differs from itself lowers the resolution",
          "[report][hotpath]") {
  std::vector<VariantText> variants = OffVariants();
  variants[1] = {"branch", "branch", "off", 0.5, "161"};
  variants.push_back({"absent, again", "absent", "off", -0.8, "158"});
  const HotpathRowStatistics row =
      AnalyzeHotpathRow(Document(variants).rows[0]);
  CHECK(row.variants[1].verdict == TimeVerdict::kUnresolved);
  CHECK(row.variants[1].resolution_ns == CatchApprox(0.8));
}

TEST_CASE("Hotpath: outliers to one side do not hide a difference",
          "[report][hotpath]") {
  HotpathRow row;
  row.variants = {
      {"absent", "absent", "off", std::vector<double>(8, 10.0), {}, {}, {}},
      {"branch",
       "branch",
       "off",
       {15, 15, 15, 15, 15, 15, 900, 950},
       {},
       {},
       {}}};
  const VariantStatistics branch = AnalyzeHotpathRow(row).variants[1];
  CHECK(branch.verdict == TimeVerdict::kDiffers);
  CHECK(branch.difference_ns == 5);
  CHECK(branch.resolution_ns == 0);
}

TEST_CASE("Hotpath: too few rounds give no interval", "[report][hotpath]") {
  const HotpathDocument document = Document(OffVariants(), 5);
  CHECK_THAT(HotpathText(document),
             ContainsText("too few rounds for an interval (6 are needed)"));
  CHECK_THAT(HotpathAnswer(document),
             ContainsText("branches: too few rounds for times"));
}

TEST_CASE("Hotpath: without counters the answer says so", "[report][hotpath]") {
  std::vector<VariantText> variants = OffVariants();
  for (VariantText& variant : variants) variant.instructions = "null";
  CHECK(HotpathAnswer(Document(variants)) ==
        "what page_owner off costs an order-0 pair in instructions was not "
        "counted; neither shows in time on this machine (resolution 0.1 ns)");
}

TEST_CASE("Hotpath: sizes as the kernel's documents have them",
          "[report][hotpath]") {
  const std::string text = HotpathText(Document(OffVariants()));
  CHECK_THAT(
      text,
      ContainsText("  40662    1493     644   42799    a72f     4000") &&
          ContainsText("  40892    1493     644   43029    a815     4115       "
                       "+230       +115  allocator, branches\n") &&
          ContainsText("-62        +10  allocator, static keys\n") &&
          ContainsText("   1427      24       8    1459     5b3        -"));
  CHECK_THAT(text, ContainsText("page_alloc.o grows by 230 bytes (a later "
                                "kernel: 520), half of it in the hot path\n") &&
                       ContainsText("measured: branches: +230 bytes, +115 of "
                                    "them hot; static keys: -62 bytes, +10 of "
                                    "them hot\n"));
}

TEST_CASE("Hotpath: the text says what it is not", "[report][hotpath]") {
  const std::string text = HotpathText(Document(OffVariants()));
  for (const char* words :
       {"CONFIG_PAGE_OWNER=n", "CONFIG_JUMP_LABEL", "interrupts off",
        "none of this is overhead of a kernel", "mprotect()",
        "no counters here", "A <CPU>, 2 CPUs, Linux 6.1, g++ 12.2.0 -O2"}) {
    CHECK_THAT(text, ContainsText(words));
  }
}

TEST_CASE("Hotpath: JSON is the document and its statistics",
          "[report][hotpath]") {
  const HotpathDocument document = Document(OffVariants());
  const std::string json = HotpathJson(document);
  CHECK_THAT(json, ContainsText("\"schema_version\": 1") &&
                       ContainsText("\"pairs\": 20000") &&
                       ContainsText("\"median_ns\": 11.75") &&
                       ContainsText("\"verdict\": \"below resolution\"") &&
                       ContainsText("\"more_instructions\": 3"));
  // It is such a document itself, and nothing is added twice.
  const auto again = ReadHotpathDocument("again", json);
  REQUIRE(again.ok());
  CHECK(HotpathJson(*again) == json);
}

TEST_CASE("Hotpath: the plot has every variant, and its text escaped",
          "[report][hotpath]") {
  const std::string svg = HotpathSvg(Document(OffVariants()));
  CHECK_THAT(svg, ContainsText(">absent</text>") &&
                      ContainsText(">static key</text>") &&
                      ContainsText("A &lt;CPU&gt;") &&
                      ContainsText("neither shows in time"));
  CHECK(HotpathSvg(Document(OffVariants())) == svg);
}

TEST_CASE("Hotpath: a wrong document is refused by place and name",
          "[report][hotpath]") {
  const std::string good = HotpathDocumentText(
      {HotpathRowText("order 0, per-cpu list", OffVariants())});
  CHECK_THAT(ErrorOf("{\"kind\": \"hotpath\",\n \"x\": tru}"),
             ContainsText("f.json:2:7: not JSON"));
  CHECK_THAT(ErrorOf("[]"), ContainsText("f.json:1:1: must be an object"));
  CHECK_THAT(ErrorOf("{}"), ContainsText("\"kind\" is missing"));
  CHECK_THAT(ErrorOf(Replaced(good, "\"hotpath\"", "\"scale\"")),
             ContainsText("kind \"scale\", not \"hotpath\""));
  CHECK_THAT(
      ErrorOf(Replaced(good, "\"schema_version\": 1", "\"schema_version\": 2")),
      ContainsText("schema_version 2 is not known here, only 1"));
  CHECK_THAT(ErrorOf(Replaced(good, "\"pairs\": 20000, ", "")),
             ContainsText("rows[0]: \"pairs\" is missing"));
  CHECK_THAT(ErrorOf(Replaced(good, "\"pairs\": 20000", "\"pairs\": \"x\"")),
             ContainsText("rows[0].pairs: must be a whole number, got \"x\""));
  CHECK_THAT(ErrorOf(Replaced(good, "[10,", "[-10,")),
             ContainsText("rows[0].variants[0].ns[0]: must be a number of at "
                          "least 0, got -10"));
  CHECK_THAT(
      ErrorOf(Replaced(good, "\"hooks\": \"absent\"", "\"hooks\": \"branch\"")),
      ContainsText("no variant has \"hooks\": \"absent\""));
  CHECK_THAT(ErrorOf(Replaced(good, "[10, ", "[")),
             ContainsText("rows[0].variants[1]: \"ns\" has 8 rounds, the first "
                          "variant 7"));
  CHECK_THAT(ErrorOf(HotpathDocumentText({})),
             ContainsText("\"rows\" is empty"));
}

}  // namespace
}  // namespace pagelab
