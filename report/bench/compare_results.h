// Two results of the same benchmarks: what became faster or slower, beyond
// chance.

#ifndef PAGELAB_REPORT_BENCH_COMPARE_RESULTS_H_
#define PAGELAB_REPORT_BENCH_COMPARE_RESULTS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/report/bench/benchmark_results.h"

namespace pagelab {

inline constexpr double kDefaultAlpha = 0.05;

enum class CompareVerdict : uint8_t {
  kFaster,
  kSlower,
  kNoDifference,
  // No outcome of so few repetitions could have been significant among so many
  // comparisons.
  kTooFew,
};

// "faster", "slower", "no difference shown", "too few repetitions".
std::string_view ToString(CompareVerdict verdict);

struct BenchmarkComparison {
  std::string name;
  size_t repetitions_a = 0;
  size_t repetitions_b = 0;
  double median_a_ns = 0;
  double median_b_ns = 0;
  // Hodges-Lehmann, b to a.
  double shift_ns = 0;
  // Of Mann-Whitney's test, and as corrected by Holm for all comparisons.
  double p_value = 1;
  double adjusted_p = 1;
  CompareVerdict verdict = CompareVerdict::kNoDifference;
  // How many on each side it takes; for kTooFew.
  size_t repetitions_needed = 0;
  std::optional<double> instructions_a;
  std::optional<double> instructions_b;

  // Of the medians; nothing if a's is 0.
  std::optional<double> ratio() const;
};

struct ResultComparison {
  double alpha = kDefaultAlpha;
  // Of what is in both, in the order of a.
  std::vector<BenchmarkComparison> benchmarks;
  std::vector<std::string> only_in_a;
  std::vector<std::string> only_in_b;

  // Benchmarks with this verdict.
  size_t Count(CompareVerdict verdict) const;
};

// InvalidArgument when they are of different kinds or have nothing in common.
// REQUIRES: 0 < alpha < 1.
absl::StatusOr<ResultComparison> CompareResults(const BenchmarkResults& a,
                                                const BenchmarkResults& b,
                                                double alpha);

// What the files are called, for the report.
struct ComparedNames {
  std::string a;
  std::string b;
};
std::string CompareText(const ResultComparison& comparison,
                        const ComparedNames& names);
std::string CompareJson(const ResultComparison& comparison,
                        const ComparedNames& names);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_BENCH_COMPARE_RESULTS_H_
