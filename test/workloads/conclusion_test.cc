#include "pagelab/workloads/conclusion/conclusion.h"

#include <map>
#include <string>

#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

double Value(std::string_view text) {
  const auto expression = Expression::Parse(text);
  REQUIRE(expression.ok());
  const std::map<std::string, double> known = {
      {"free(9)", 12}, {"free(9)@before", 20}, {"vmstat.pgfault", 7}};
  const auto value = expression->Evaluate(
      [&](const QuantityName& name) -> absl::StatusOr<Quantum> {
        return known.at(name.text());
      });
  REQUIRE(value.ok());
  return std::get<double>(*value);
}

std::string ParseError(std::string_view text) {
  const auto expression = Expression::Parse(text);
  REQUIRE_FALSE(expression.ok());
  return std::string(FromAbsl(expression.status().message()));
}

std::string ConclusionError(std::string_view text) {
  const auto conclusion = Conclusion::Parse(text);
  REQUIRE_FALSE(conclusion.ok());
  return std::string(FromAbsl(conclusion.status().message()));
}

TEST_CASE("Conclusion: expressions calculate in the usual order",
          "[workloads][conclusion]") {
  CHECK(Value("1 + 2 * 3") == 7);
  CHECK(Value("(1 + 2) * 3") == 9);
  CHECK(Value("10 - 4 - 3") == 3);
  CHECK(Value("-2 * -3.5") == 7);
  CHECK(Value("12 / 4 / 3") == 1);
  CHECK(Value("5 / 0") == 0);
  CHECK(Value("free(9)@before - free(9)") == 8);
  CHECK(Value("vmstat.pgfault*2") == 14);
}

TEST_CASE("Conclusion: what is no expression is refused with its place",
          "[workloads][conclusion]") {
  CHECK(ParseError("1 +") ==
        "\"1 +\", character 4: expected a number, a name or '(', got its end");
  CHECK(ParseError("free(9") ==
        "\"free(9\", character 7: expected ',' or ')', got its end");
  CHECK(ParseError("pages_of('x)") ==
        "\"pages_of('x)\", character 13: expected a closing ', got its end");
  CHECK(ParseError("1 2") ==
        "\"1 2\", character 3: expected nothing more, got '2'");
  CHECK(ParseError("free(9)@") ==
        "\"free(9)@\", character 9: expected the name of a capture, got its "
        "end");
  std::string sum = "1";
  for (int i = 0; i < 2000; ++i) sum += "+1";
  CHECK(ParseError(sum).find("at most 1000 terms") != std::string::npos);
  CHECK(ParseError(std::string(200, '(')).find("less nesting") !=
        std::string::npos);
}

TEST_CASE("Conclusion: names and formats that do not exist are refused",
          "[workloads][conclusion]") {
  CHECK(ConclusionError("{fre(9)}") ==
        "no quantity \"fre\" (did you mean \"free\"?)");
  CHECK(ConclusionError("{free(11)}") == "\"free(11)\": orders are 0 to 10");
  CHECK(ConclusionError("{free('x')}") == "\"free('x')\": free takes (order)");
  CHECK(ConclusionError("{managed(1)}") ==
        "\"managed(1)\": managed takes no argument");
  CHECK(ConclusionError("{managed:3}") ==
        "unknown format \"3\": a colon is followed by 1, 2, % or size");
  CHECK(ConclusionError("only {managed") == "'{' without '}' after \"only \"");
}

TEST_CASE("Conclusion: a run ends with the sentence, figures filled in",
          "[workloads][conclusion]") {
  RunWorld world(*LoadMachine("qemu-2g"));
  const RunReport report = world.MustRun(R"({
    "conclusion": "{vmstat.nr_anon_pages - vmstat.nr_anon_pages@before} pages, {vmstat.nr_anon_pages:size}, {unusable(0):%}, {all_failures:1}.",
    "tasks": [{"name": "t", "steps": [
      {"capture": "before"},
      {"mmap": {"as": "heap", "size": "8M"}},
      {"fault": {"area": "heap"}}]}]})");
  CHECK(report.conclusion == "2,048 pages, 8.0 MiB, 0 %, 0.0.");
}

}  // namespace
}  // namespace pagelab
