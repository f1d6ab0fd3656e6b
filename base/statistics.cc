#include "pagelab/base/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "pagelab/base/check.h"

namespace pagelab {
namespace {

std::vector<double> Sorted(absl::Span<const double> values) {
  PAGELAB_CHECK(!values.empty());
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

double QuantileOfSorted(const std::vector<double>& sorted, double p) {
  PAGELAB_CHECK(p >= 0 && p <= 1);
  const double at = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double part = at - static_cast<double>(below);
  return sorted[below] + part * (sorted[above] - sorted[below]);
}

// P(X <= k) for k = 0, 1, ... of the binomial distribution of n fair coins.
// Summed from terms relative to the largest, so that no n underflows.
std::vector<double> FairCoinTails(size_t n) {
  std::vector<double> terms(n + 1);
  const size_t middle = n / 2;
  terms[middle] = 1;
  for (size_t k = middle; k > 0; --k) {
    terms[k - 1] =
        terms[k] * static_cast<double>(k) / static_cast<double>(n - k + 1);
  }
  for (size_t k = middle; k < n; ++k) {
    terms[k + 1] =
        terms[k] * static_cast<double>(n - k) / static_cast<double>(k + 1);
  }
  std::partial_sum(terms.begin(), terms.end(), terms.begin());
  const double all = terms.back();
  for (double& term : terms) term /= all;
  return terms;
}

struct Ranked {
  // Pairs with b > a, equal ones half.
  double u = 0;
  // Sum of t^3 - t over groups of t equal values.
  double ties = 0;
};

Ranked CountPairs(absl::Span<const double> a, absl::Span<const double> b) {
  struct Value {
    double value;
    bool is_b;
  };
  std::vector<Value> all;
  for (const double value : a) all.push_back({value, false});
  for (const double value : b) all.push_back({value, true});
  std::sort(all.begin(), all.end(), [](const Value& left, const Value& right) {
    return left.value < right.value;
  });
  Ranked result;
  double smaller_a = 0;
  for (size_t i = 0; i < all.size();) {
    double equal_a = 0;
    double equal_b = 0;
    const size_t first = i;
    for (; i < all.size() && all[i].value == all[first].value; ++i) {
      (all[i].is_b ? equal_b : equal_a) += 1;
    }
    result.u += equal_b * (smaller_a + equal_a / 2);
    smaller_a += equal_a;
    const double equal = equal_a + equal_b;
    result.ties += equal * equal * equal - equal;
  }
  return result;
}

// P(U <= u) when every order of n + m different values is equally likely.
double ExactTail(size_t n, size_t m, size_t u) {
  // orders[j][s]: of the ranks looked at so far, ways to choose j whose sum is
  // s above the least possible one, j (j - 1) / 2.
  const size_t sums = n * m + 1;
  std::vector<std::vector<double>> orders(n + 1,
                                          std::vector<double>(sums, 0.0));
  orders[0][0] = 1;
  for (size_t rank = 0; rank < n + m; ++rank) {
    for (size_t j = std::min(n, rank + 1); j > 0; --j) {
      const size_t added = rank - (j - 1);
      for (size_t s = added; s < sums; ++s) {
        orders[j][s] += orders[j - 1][s - added];
      }
    }
  }
  const std::vector<double>& counts = orders[n];
  const double all = std::accumulate(counts.begin(), counts.end(), 0.0);
  const auto end = counts.begin() + static_cast<std::ptrdiff_t>(u + 1);
  return std::accumulate(counts.begin(), end, 0.0) / all;
}

double NormalTwoSided(const Ranked& ranked, double n, double m) {
  const double total = n + m;
  const double variance =
      n * m / 12 * ((total + 1) - ranked.ties / (total * (total - 1)));
  if (variance <= 0) return 1;  // all values are equal
  const double distance = std::abs(ranked.u - n * m / 2);
  const double z = std::max(0.0, distance - 0.5) / std::sqrt(variance);
  return std::min(1.0, std::erfc(z / std::sqrt(2.0)));
}

}  // namespace

double Median(absl::Span<const double> values) { return Quantile(values, 0.5); }

double Quantile(absl::Span<const double> values, double p) {
  return QuantileOfSorted(Sorted(values), p);
}

double InterquartileRange(absl::Span<const double> values) {
  const std::vector<double> sorted = Sorted(values);
  return QuantileOfSorted(sorted, 0.75) - QuantileOfSorted(sorted, 0.25);
}

double MedianAbsoluteDeviation(absl::Span<const double> values) {
  const double median = Median(values);
  std::vector<double> distances;
  for (const double value : values) {
    distances.push_back(std::abs(value - median));
  }
  return Median(distances);
}

std::optional<Interval> MedianInterval(absl::Span<const double> values,
                                       double confidence) {
  PAGELAB_CHECK(confidence > 0 && confidence < 1);
  if (values.empty()) return std::nullopt;
  // The interval from the (k+1)-th value from below to that from above misses
  // the median when at most k values lie on one side of it.
  const std::vector<double> tails = FairCoinTails(values.size());
  size_t k = 0;
  if (1 - 2 * tails[0] < confidence) return std::nullopt;
  while (1 - 2 * tails[k + 1] >= confidence) ++k;
  const std::vector<double> sorted = Sorted(values);
  return Interval{sorted[k], sorted[sorted.size() - 1 - k], 1 - 2 * tails[k]};
}

size_t ValuesForMedianInterval(double confidence) {
  PAGELAB_CHECK(confidence > 0 && confidence < 1);
  size_t n = 1;
  for (double outside = 1; 1 - outside < confidence; outside /= 2) ++n;
  return n;
}

std::vector<double> PairedDifferences(absl::Span<const double> variant,
                                      absl::Span<const double> reference) {
  PAGELAB_CHECK_EQ(variant.size(), reference.size());
  std::vector<double> differences;
  for (size_t i = 0; i < variant.size(); ++i) {
    differences.push_back(variant[i] - reference[i]);
  }
  return differences;
}

MannWhitneyResult MannWhitney(absl::Span<const double> a,
                              absl::Span<const double> b) {
  PAGELAB_CHECK(!a.empty() && !b.empty());
  const Ranked ranked = CountPairs(a, b);
  MannWhitneyResult result;
  result.u = ranked.u;
  const auto pairs = static_cast<double>(a.size() * b.size());
  if (ranked.ties == 0 && std::max(a.size(), b.size()) <= kMaxExactSize) {
    result.exact = true;
    const double smaller = std::min(ranked.u, pairs - ranked.u);
    result.p_value = std::min(
        1.0, 2 * ExactTail(a.size(), b.size(), static_cast<size_t>(smaller)));
  } else {
    result.p_value = NormalTwoSided(ranked, static_cast<double>(a.size()),
                                    static_cast<double>(b.size()));
  }
  std::vector<double> differences;
  differences.reserve(a.size() * b.size());
  for (const double left : a) {
    for (const double right : b) differences.push_back(right - left);
  }
  result.shift = Median(differences);
  return result;
}

double SmallestMannWhitneyP(size_t a_size, size_t b_size) {
  PAGELAB_CHECK(a_size > 0 && b_size > 0);
  // One order of all, and its mirror image.
  double orders = 1;
  for (size_t i = 1; i <= a_size; ++i) {
    orders *= static_cast<double>(b_size + i) / static_cast<double>(i);
  }
  return std::min(1.0, 2 / orders);
}

std::vector<double> HolmAdjusted(absl::Span<const double> p_values) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [p_values](size_t a, size_t b) {
    return p_values[a] < p_values[b];
  });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const auto left = static_cast<double>(order.size() - i);
    largest = std::max(largest, std::min(1.0, left * p_values[order[i]]));
    adjusted[order[i]] = largest;
  }
  return adjusted;
}

}  // namespace pagelab
