#include "pagelab/report/bench/scale_report.h"

#include "pagelab/base/text.h"
#include "pagelab/test/report/bench_documents.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

ScaleDocument Document() {
  const auto document = ReadScaleDocument("test", ScaleDocumentText());
  INFO(document.status());
  REQUIRE(document.ok());
  return *document;
}

TEST_CASE("Scale: the answer names the row that grows most",
          "[report][scale]") {
  CHECK(ScaleAnswer(Document()) ==
        "from 1.0 GiB to 1.0 TiB a pair costs at most x1.02 the instructions "
        "(\"order 0, same frame\") and x1.09 the time (\"order 0, same "
        "frame\") of the smallest");
}

TEST_CASE("Scale: a size that was not measured is a line with its reason",
          "[report][scale]") {
  const std::string text = ScaleText(Document());
  CHECK_THAT(text, ContainsText("1.0 TiB      12.00     1.00     x1.09") &&
                       ContainsText("no memory for it") &&
                       ContainsText("40.0 MiB"));
}

TEST_CASE("Scale: JSON is the document and its statistics", "[report][scale]") {
  const std::string json = ScaleJson(Document());
  CHECK_THAT(json, ContainsText("\"kind\": \"scale\"") &&
                       ContainsText("\"instructions_ratio\": 1.02") &&
                       ContainsText("\"median_ns\": null"));
  CHECK(ReadScaleDocument("again", json).ok());
}

TEST_CASE("Scale: two panels where instructions were counted",
          "[report][scale]") {
  const std::string svg = ScaleSvg(Document());
  CHECK_THAT(svg, ContainsText(">order 9 &amp; more</text>") &&
                      ContainsText(">1 GiB</text>") &&
                      ContainsText(">1 TiB</text>") &&
                      ContainsText(">instructions a pair</text>"));
}

TEST_CASE("Scale: sizes must ascend", "[report][scale]") {
  const std::string good = ScaleDocumentText();
  const std::string terabyte = "1099511627776";
  const size_t at = good.find(terabyte);
  REQUIRE(at != std::string::npos);
  const std::string json =
      good.substr(0, at) + "1" + good.substr(at + terabyte.size());
  const auto document = ReadScaleDocument("f.json", json);
  REQUIRE_FALSE(document.ok());
  CHECK_THAT(std::string(FromAbsl(document.status().message())),
             ContainsText("f.json:4:2: rows[0].points[1]: \"bytes\" must be "
                          "above that of the point before"));
}

}  // namespace
}  // namespace pagelab
