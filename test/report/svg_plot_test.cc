#include "pagelab/report/svg_plot.h"

#include <algorithm>

#include "pagelab/report/svg_axis.h"
#include "pagelab/report/svg_canvas.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

TEST_CASE("Svg: text is escaped", "[report][svg]") {
  CHECK(EscapedXml("a<b> & \"c\"\x01") ==
        "a&lt;b&gt; &amp; &quot;c&quot;\uFFFD");
}

TEST_CASE("Svg: numbers have one form", "[report][svg]") {
  CHECK(SvgNumber(12) == "12");
  CHECK(SvgNumber(12.34) == "12.3");
  CHECK(SvgNumber(-0.01) == "0");
  CHECK(SvgNumber(1e7) == "10000000");
}

TEST_CASE("Svg: marks of an axis are round and enclose the values",
          "[report][svg]") {
  CHECK(LinearTicks(9.7, 7) == std::vector<double>{0, 2, 4, 6, 8, 10});
  CHECK(LinearTicks(0.9, 2).size() == 2);
  CHECK(LogTicks(12, 90, 8) == std::vector<double>{10, 20, 50, 100});
  CHECK(LogTicks(10, 10, 8) == std::vector<double>{10, 20});
  CHECK(LogTicks(12, 2e5, 8) ==
        std::vector<double>{10, 100, 1000, 1e4, 1e5, 1e6});
  const SvgScale scale = SvgScale::Log(1, 100, 0, 200);
  CHECK(scale.At(10) == CatchApprox(100));
  CHECK(scale.At(0.1) == CatchApprox(0));
}

TEST_CASE("Svg: a chart has a background, a title and a description",
          "[report][svg]") {
  const IntervalPlot plot{
      {"T", "S", "D <1>"}, "ns", {{"group", {{"mark", 10, 9, 11, "10 ns"}}}}};
  const std::string svg = IntervalPlotSvg(plot);
  CHECK(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK_THAT(svg, ContainsText("role=\"img\" aria-labelledby=\"title desc\"") &&
                      ContainsText("<title id=\"title\">T</title>") &&
                      ContainsText("<desc id=\"desc\">D &lt;1&gt;</desc>") &&
                      ContainsText("fill=\"#ffffff\"") &&
                      ContainsText("<title>mark: 10 ns</title>"));
}

TEST_CASE("Svg: nothing to draw is a chart all the same", "[report][svg]") {
  CHECK(IntervalPlotSvg({}).ends_with("</svg>\n"));
  CHECK(SizeLinePlotSvg({}).ends_with("</svg>\n"));
  CHECK_THAT(SizeLinePlotSvg({{}, {{"y", {}}}}), !ContainsText("nan"));
}

// The base line of the label in the chart.
double LabelY(const std::string& svg, const std::string& label) {
  const size_t at = svg.find(">" + label + "</text>");
  REQUIRE(at != std::string::npos);
  const size_t y = svg.rfind(" y=\"", at) + 4;
  return std::stod(svg.substr(y, svg.find('"', y) - y));
}

TEST_CASE("Svg: labels of lines that end together stay apart",
          "[report][svg]") {
  const SizeLinePlot plot{{"T", "S", "D"},
                          {{"ns",
                            {{"one", {{1, 5}, {2, 10}}},
                             {"two", {{1, 5}, {2, 10}}},
                             {"low", {{1, 0}, {2, 0}}},
                             {"lower", {{1, 0}, {2, 0}}}}}}};
  const std::string svg = SizeLinePlotSvg(plot);
  CHECK(LabelY(svg, "two") - LabelY(svg, "one") >= 15);
  CHECK(LabelY(svg, "lower") - LabelY(svg, "low") >= 15);
}

}  // namespace
}  // namespace pagelab
