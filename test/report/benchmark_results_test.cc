#include "pagelab/report/bench/benchmark_results.h"

#include "pagelab/base/text.h"
#include "pagelab/report/bench/run_report.h"
#include "pagelab/test/report/bench_documents.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

BenchmarkResults Read(const std::string& json) {
  const auto results = ReadBenchmarkResults("test", json);
  INFO(results.status());
  REQUIRE(results.ok());
  return *results;
}

std::string ErrorOf(const std::string& json) {
  const auto results = ReadBenchmarkResults("f.json", json);
  REQUIRE_FALSE(results.ok());
  return std::string(FromAbsl(results.status().message()));
}

TEST_CASE("BenchmarkResults: repetitions of Google Benchmark, no aggregates",
          "[report][benchmark_results]") {
  const BenchmarkResults results = Read(GoogleText("BM_X/order:0", {1, 2, 3}));
  CHECK(results.kind == "benchmarks");
  REQUIRE(results.benchmarks.size() == 1);
  CHECK(results.benchmarks[0].name == "BM_X/order:0");
  CHECK(results.benchmarks[0].ns == std::vector<double>{1, 2, 3});
  CHECK(results.benchmarks[0].instructions == 150);
}

TEST_CASE("BenchmarkResults: units, and the time that a name asks for",
          "[report][benchmark_results]") {
  CHECK(Read(GoogleText("BM_X", {1.5}, "us")).benchmarks[0].ns[0] == 1500);
  CHECK(Read(GoogleText("BM_X/real_time", {1.5}, "ms")).benchmarks[0].ns[0] ==
        3e6);
  CHECK_THAT(ErrorOf(GoogleText("BM_X", {1.5}, "h")),
             ContainsText("benchmarks[0]: \"time_unit\" must be \"ns\""));
}

TEST_CASE("BenchmarkResults: repetitions in random order, benchmarks not",
          "[report][benchmark_results]") {
  const auto entry = [](int family, int instance, int time) {
    const std::string name =
        "BM_" + std::to_string(family) + "/" + std::to_string(instance);
    return "{\"name\": \"" + name +
           "\", \"family_index\": " + std::to_string(family) +
           ", \"per_family_instance_index\": " + std::to_string(instance) +
           ", \"cpu_time\": " + std::to_string(time) +
           ", \"time_unit\": \"ns\"}";
  };
  const BenchmarkResults results =
      Read("{\"benchmarks\": [" + entry(1, 0, 1) + ", " + entry(0, 10, 2) +
           ", " + entry(0, 9, 3) + ", " + entry(1, 0, 4) + "]}");
  REQUIRE(results.benchmarks.size() == 3);
  CHECK(results.benchmarks[0].name == "BM_0/9");
  CHECK(results.benchmarks[1].name == "BM_0/10");
  CHECK(results.benchmarks[2].ns == std::vector<double>{1, 4});
}

TEST_CASE("BenchmarkResults: a benchmark that failed is named",
          "[report][benchmark_results]") {
  const BenchmarkResults results = Read(
      R"({"benchmarks": [{"name": "BM_Y", "run_type": "iteration",
          "error_occurred": true, "error_message": "NaN, \"no file\""}]})");
  CHECK(results.benchmarks.empty());
  REQUIRE(results.failed.size() == 1);
  CHECK(results.failed[0] == "BM_Y: NaN, \"no file\"");
}

TEST_CASE("BenchmarkResults: what is none is refused",
          "[report][benchmark_results]") {
  CHECK_THAT(ErrorOf("{}"), ContainsText("is no result of benchmarks"));
  CHECK_THAT(ErrorOf("{\"kind\": \"other\"}"),
             ContainsText("is no result of benchmarks"));
  CHECK_THAT(ErrorOf(GoogleText("BM_X", {})),
             ContainsText("holds aggregates only"));
  CHECK_THAT(ErrorOf(R"({"benchmarks": [{"name": "a", "time_unit": "ns"}]})"),
             ContainsText("benchmarks[0]: \"cpu_time\" is missing"));
}

TEST_CASE("BenchmarkResults: outputs of programs become one document",
          "[report][benchmark_results]") {
  const auto joined =
      JoinProgramOutputs({{"pagelab_a_bench", GoogleText("BM_A", {1, 3, 2})},
                          {"pagelab_b_bench", GoogleText("BM_B", {2000})}});
  REQUIRE(joined.ok());
  const BenchmarkResults results = Read(*joined);
  REQUIRE(results.benchmarks.size() == 2);
  CHECK(results.benchmarks[1].program == "pagelab_b_bench");
  const std::string text = RunText(results);
  CHECK_THAT(text, ContainsText("pagelab_a_bench") && ContainsText("BM_A") &&
                       ContainsText("2.00 ns") && ContainsText("2.000 us"));
  const std::string json = RunJson(*joined, results);
  CHECK_THAT(json, ContainsText("\"statistics\"") &&
                       ContainsText("\"median_ns\": 2,"));
  CHECK(Read(json).benchmarks.size() == 2);
  const auto wrong = JoinProgramOutputs({{"pagelab_c_bench", "oops"}});
  REQUIRE_FALSE(wrong.ok());
  CHECK_THAT(std::string(FromAbsl(wrong.status().message())),
             ContainsText("pagelab_c_bench:1:1: not JSON"));
}

TEST_CASE("BenchmarkResults: the other documents by row and variant",
          "[report][benchmark_results]") {
  const BenchmarkResults hotpath = Read(
      HotpathDocumentText({HotpathRowText("order 0, buddy", OffVariants())}));
  CHECK(hotpath.kind == "hotpath");
  REQUIRE(hotpath.benchmarks.size() == 3);
  CHECK(hotpath.benchmarks[1].name == "order 0, buddy: branch");
  const BenchmarkResults scale = Read(ScaleDocumentText());
  REQUIRE(scale.benchmarks.size() == 3);
  CHECK(scale.benchmarks[1].name == "order 0, same frame: 1.0 TiB");
}

}  // namespace
}  // namespace pagelab
