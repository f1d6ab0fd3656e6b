#include "pagelab/report/bench/compare_results.h"

#include <algorithm>
#include <map>

#include "pagelab/base/check.h"
#include "pagelab/base/statistics.h"
#include "pagelab/base/status.h"

namespace pagelab {
namespace {

// By name, with the program before it where two programs have the same name.
using SamplesByName = std::map<std::string, const BenchmarkSamples*>;

std::string NameIn(const BenchmarkSamples& samples,
                   const BenchmarkResults& results) {
  const auto same =
      std::count_if(results.benchmarks.begin(), results.benchmarks.end(),
                    [&samples](const BenchmarkSamples& other) {
                      return other.name == samples.name;
                    });
  return same == 1 ? samples.name : samples.program + ": " + samples.name;
}

SamplesByName ByName(const BenchmarkResults& results) {
  SamplesByName by_name;
  for (const BenchmarkSamples& samples : results.benchmarks) {
    by_name.emplace(NameIn(samples, results), &samples);
  }
  return by_name;
}

// As many on each side that the least likely outcome is significant even when
// it is one of so many comparisons.
size_t RepetitionsNeeded(size_t nr_comparisons, double alpha) {
  size_t repetitions = 1;
  while (SmallestMannWhitneyP(repetitions, repetitions) *
             static_cast<double>(nr_comparisons) >
         alpha) {
    ++repetitions;
  }
  return repetitions;
}

BenchmarkComparison CompareOne(const std::string& name,
                               const BenchmarkSamples& a,
                               const BenchmarkSamples& b) {
  const MannWhitneyResult test = MannWhitney(a.ns, b.ns);
  BenchmarkComparison comparison;
  comparison.name = name;
  comparison.repetitions_a = a.ns.size();
  comparison.repetitions_b = b.ns.size();
  comparison.median_a_ns = Median(a.ns);
  comparison.median_b_ns = Median(b.ns);
  comparison.shift_ns = test.shift;
  comparison.p_value = test.p_value;
  comparison.instructions_a = a.instructions;
  comparison.instructions_b = b.instructions;
  // Which way the test saw it; the medians may be equal.
  const auto pairs = static_cast<double>(a.ns.size() * b.ns.size());
  comparison.verdict =
      test.u > pairs / 2 ? CompareVerdict::kSlower : CompareVerdict::kFaster;
  return comparison;
}

// Leaves the direction only where it is significant.
void Judge(double alpha, std::vector<BenchmarkComparison>& comparisons) {
  std::vector<double> p_values;
  p_values.reserve(comparisons.size());
  for (const BenchmarkComparison& each : comparisons) {
    p_values.push_back(each.p_value);
  }
  const std::vector<double> adjusted = HolmAdjusted(p_values);
  for (size_t i = 0; i < comparisons.size(); ++i) {
    BenchmarkComparison& each = comparisons[i];
    each.adjusted_p = adjusted[i];
    if (each.adjusted_p <= alpha) continue;
    const double smallest =
        SmallestMannWhitneyP(each.repetitions_a, each.repetitions_b);
    if (smallest * static_cast<double>(comparisons.size()) > alpha) {
      each.verdict = CompareVerdict::kTooFew;
      each.repetitions_needed = RepetitionsNeeded(comparisons.size(), alpha);
    } else {
      each.verdict = CompareVerdict::kNoDifference;
    }
  }
}

}  // namespace

std::string_view ToString(CompareVerdict verdict) {
  switch (verdict) {
    case CompareVerdict::kFaster:
      return "faster";
    case CompareVerdict::kSlower:
      return "slower";
    case CompareVerdict::kNoDifference:
      return "no difference shown";
    case CompareVerdict::kTooFew:
      return "too few repetitions";
  }
  return "";
}

std::optional<double> BenchmarkComparison::ratio() const {
  if (median_a_ns == 0) return std::nullopt;
  return median_b_ns / median_a_ns;
}

size_t ResultComparison::Count(CompareVerdict verdict) const {
  return static_cast<size_t>(
      std::count_if(benchmarks.begin(), benchmarks.end(),
                    [verdict](const BenchmarkComparison& each) {
                      return each.verdict == verdict;
                    }));
}

absl::StatusOr<ResultComparison> CompareResults(const BenchmarkResults& a,
                                                const BenchmarkResults& b,
                                                double alpha) {
  PAGELAB_CHECK(alpha > 0 && alpha < 1);
  if (a.kind != b.kind) {
    return InvalidInput("the results are of different kinds, \"" + a.kind +
                        "\" and \"" + b.kind + "\"");
  }
  ResultComparison comparison;
  comparison.alpha = alpha;
  const SamplesByName in_a = ByName(a);
  const SamplesByName in_b = ByName(b);
  for (const BenchmarkSamples& samples : a.benchmarks) {
    const std::string name = NameIn(samples, a);
    const auto found = in_b.find(name);
    if (found == in_b.end()) {
      comparison.only_in_a.push_back(name);
    } else {
      comparison.benchmarks.push_back(
          CompareOne(name, samples, *found->second));
    }
  }
  for (const BenchmarkSamples& samples : b.benchmarks) {
    const std::string name = NameIn(samples, b);
    if (!in_a.contains(name)) comparison.only_in_b.push_back(name);
  }
  if (comparison.benchmarks.empty()) {
    return InvalidInput("the results have no benchmark in common");
  }
  Judge(alpha, comparison.benchmarks);
  return comparison;
}

}  // namespace pagelab
