// Statistics of measurements that follow no known distribution: nothing here
// assumes one, and an outlier moves nothing far.

#ifndef PAGELAB_BASE_STATISTICS_H_
#define PAGELAB_BASE_STATISTICS_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace pagelab {

inline constexpr double kDefaultConfidence = 0.95;

struct Interval {
  double low = 0;
  double high = 0;
  // The probability that it covers what it is of, at least what was asked for.
  double confidence = 0;

  bool Contains(double value) const { return low <= value && value <= high; }
  double half_width() const { return (high - low) / 2; }
};

// REQUIRES, for these four: `values` not empty. The order does not matter.
double Median(absl::Span<const double> values);
// The value below which the part `p` of the values lies, interpolated linearly
// between neighbours (type 7 of Hyndman and Fan, the usual one).
// REQUIRES: 0 <= p <= 1.
double Quantile(absl::Span<const double> values, double p);
// The width of the middle half.
double InterquartileRange(absl::Span<const double> values);
// The median distance from the median, unscaled.
double MedianAbsoluteDeviation(absl::Span<const double> values);

// An interval for the median of what the values were drawn from: the two order
// statistics that enclose it with at least `confidence`, by the binomial
// distribution. Nothing if so few values allow no such interval.
std::optional<Interval> MedianInterval(absl::Span<const double> values,
                                       double confidence = kDefaultConfidence);
// The smallest number of values for which there is one: 6 for 0.95.
size_t ValuesForMedianInterval(double confidence = kDefaultConfidence);

// variant[i] - reference[i]: what both have in common, such as drift of the
// machine, cancels. REQUIRES: the same number of values.
std::vector<double> PairedDifferences(absl::Span<const double> variant,
                                      absl::Span<const double> reference);

struct MannWhitneyResult {
  // Pairs in which the value of `b` is larger; equal ones count a half.
  double u = 0;
  // Two-sided: how probable so uneven a U is when both are drawn from one
  // distribution.
  double p_value = 1;
  // Counted over all orders; otherwise the normal approximation, corrected for
  // ties and continuity.
  bool exact = false;
  // Hodges-Lehmann: the median of all differences b - a.
  double shift = 0;
};

// Whether `b` tends to be larger or smaller than `a`. Exact without ties and
// up to kMaxExactSize values each. REQUIRES: neither is empty.
inline constexpr size_t kMaxExactSize = 40;
MannWhitneyResult MannWhitney(absl::Span<const double> a,
                              absl::Span<const double> b);

// The smallest p-value that samples of these sizes can give. REQUIRES: both
// sizes > 0.
double SmallestMannWhitneyP(size_t a_size, size_t b_size);

// Holm's correction: p-values, in the order given, such that calling all those
// up to alpha significant is wrong anywhere with a probability of at most
// alpha.
std::vector<double> HolmAdjusted(absl::Span<const double> p_values);

}  // namespace pagelab

#endif  // PAGELAB_BASE_STATISTICS_H_
