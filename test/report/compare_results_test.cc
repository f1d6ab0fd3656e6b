#include "pagelab/report/bench/compare_results.h"

#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

BenchmarkSamples Samples(std::string name, double first, size_t count = 8) {
  BenchmarkSamples samples;
  samples.name = std::move(name);
  for (size_t i = 0; i < count; ++i) {
    samples.ns.push_back(first + 0.01 * static_cast<double>(i));
  }
  return samples;
}

BenchmarkResults Results(std::vector<BenchmarkSamples> samples) {
  return {"benchmarks", std::move(samples), {}};
}

ResultComparison Compared(const BenchmarkResults& a, const BenchmarkResults& b,
                          double alpha = kDefaultAlpha) {
  const auto comparison = CompareResults(a, b, alpha);
  INFO(comparison.status());
  REQUIRE(comparison.ok());
  return *comparison;
}

TEST_CASE("Compare: slower, faster, and neither", "[report][compare]") {
  const ResultComparison comparison = Compared(
      Results({Samples("up", 10), Samples("down", 10), Samples("same", 10)}),
      Results(
          {Samples("same", 10.005), Samples("down", 8), Samples("up", 12)}));
  REQUIRE(comparison.benchmarks.size() == 3);
  const BenchmarkComparison& up = comparison.benchmarks[0];
  CHECK(up.name == "up");
  CHECK(up.verdict == CompareVerdict::kSlower);
  CHECK(up.ratio() == CatchApprox(12.035 / 10.035));
  CHECK(up.shift_ns == CatchApprox(2));
  // 2 of C(16, 8), three comparisons.
  CHECK(up.p_value == CatchApprox(2.0 / 12870));
  CHECK(up.adjusted_p == CatchApprox(3 * 2.0 / 12870));
  CHECK(comparison.benchmarks[1].verdict == CompareVerdict::kFaster);
  CHECK(comparison.benchmarks[2].verdict == CompareVerdict::kNoDifference);
}

TEST_CASE("Compare: says how many repetitions it takes", "[report][compare]") {
  // 2 of C(6, 3) = 0.1 is above any usual alpha; C(8, 4) gives 0.0286.
  const ResultComparison one =
      Compared(Results({Samples("x", 10, 3)}), Results({Samples("x", 20, 3)}));
  CHECK(one.benchmarks[0].verdict == CompareVerdict::kTooFew);
  CHECK(one.benchmarks[0].repetitions_needed == 4);
  CHECK_THAT(CompareText(one, {"a", "b"}),
             ContainsText("too few repetitions to tell: 4 each are needed"));
  // Of many comparisons, five are not enough: 0.0079 * 40.
  std::vector<BenchmarkSamples> a;
  std::vector<BenchmarkSamples> b;
  for (int i = 0; i < 40; ++i) {
    a.push_back(Samples("x" + std::to_string(i), 10, 5));
    b.push_back(Samples("x" + std::to_string(i), 20, 5));
  }
  const ResultComparison many = Compared(Results(a), Results(b));
  CHECK(many.Count(CompareVerdict::kTooFew) == 40);
  CHECK(many.benchmarks[0].repetitions_needed == 7);
}

TEST_CASE("Compare: chance among many is not called slower",
          "[report][compare]") {
  // Alone 0.0286 and significant; of two, corrected, no more.
  const BenchmarkResults a =
      Results({Samples("x", 10, 4), Samples("y", 10, 4)});
  const BenchmarkResults b =
      Results({Samples("x", 20, 4), Samples("y", 10.001, 4)});
  CHECK(Compared(a, b).Count(CompareVerdict::kSlower) == 0);
  CHECK(Compared(Results({Samples("x", 10, 4)}), Results({Samples("x", 20, 4)}))
            .Count(CompareVerdict::kSlower) == 1);
}

TEST_CASE("Compare: what is in one only is named", "[report][compare]") {
  const ResultComparison comparison =
      Compared(Results({Samples("x", 10), Samples("gone", 1)}),
               Results({Samples("x", 10), Samples("new", 1)}));
  CHECK(comparison.only_in_a == std::vector<std::string>{"gone"});
  CHECK(comparison.only_in_b == std::vector<std::string>{"new"});
  const std::string text = CompareText(comparison, {"a.json", "b.json"});
  CHECK_THAT(text, ContainsText("only in a.json: gone\n") &&
                       ContainsText("only in b.json: new\n") &&
                       ContainsText("corrected by Holm"));
  CHECK_THAT(CompareJson(comparison, {"a.json", "b.json"}),
             ContainsText("\"only_in_a\": [\"gone\"]") &&
                 ContainsText("\"schema_version\": 1"));
}

TEST_CASE("Compare: the same name in two programs is two benchmarks",
          "[report][compare]") {
  BenchmarkSamples p = Samples("x", 10);
  p.program = "p";
  BenchmarkSamples q = Samples("x", 20);
  q.program = "q";
  const BenchmarkResults both = Results({p, q});
  const ResultComparison comparison = Compared(both, both);
  REQUIRE(comparison.benchmarks.size() == 2);
  CHECK(comparison.benchmarks[1].name == "q: x");
}

TEST_CASE("Compare: kinds do not mix, and something must be common",
          "[report][compare]") {
  BenchmarkResults hotpath = Results({Samples("x", 1)});
  hotpath.kind = "hotpath";
  const auto mixed = CompareResults(hotpath, Results({Samples("x", 1)}), 0.05);
  REQUIRE_FALSE(mixed.ok());
  CHECK_THAT(std::string(FromAbsl(mixed.status().message())),
             ContainsText("different kinds, \"hotpath\" and \"benchmarks\""));
  CHECK_FALSE(CompareResults(Results({Samples("x", 1)}),
                             Results({Samples("y", 1)}), 0.05)
                  .ok());
}

}  // namespace
}  // namespace pagelab
