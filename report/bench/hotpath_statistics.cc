#include "pagelab/report/bench/hotpath_statistics.h"

#include <algorithm>
#include <cmath>

namespace pagelab {
namespace {

std::optional<double> Difference(const std::optional<double>& variant,
                                 const std::optional<double>& reference) {
  if (!variant.has_value() || !reference.has_value()) return std::nullopt;
  return *variant - *reference;
}

// The largest difference that the interval allows.
double Bound(const Interval& interval) {
  return std::max(std::abs(interval.low), std::abs(interval.high));
}

// What the machine makes of nothing: the most that a control may differ by.
double ControlBound(const HotpathRow& row, size_t reference) {
  double bound = 0;
  for (size_t i = reference + 1; i < row.variants.size(); ++i) {
    if (!row.variants[i].is_reference()) continue;
    const std::vector<double> differences =
        PairedDifferences(row.variants[i].ns, row.variants[reference].ns);
    const std::optional<Interval> interval = MedianInterval(differences);
    if (interval.has_value()) bound = std::max(bound, Bound(*interval));
  }
  return bound;
}

VariantStatistics Summarize(const HotpathVariant& variant) {
  VariantStatistics statistics;
  statistics.median_ns = Median(variant.ns);
  statistics.spread_ns = InterquartileRange(variant.ns);
  statistics.median_interval = MedianInterval(variant.ns);
  return statistics;
}

void Compare(const HotpathVariant& variant, const HotpathVariant& reference,
             double control_bound, VariantStatistics& statistics) {
  const std::vector<double> differences =
      PairedDifferences(variant.ns, reference.ns);
  statistics.difference_ns = Median(differences);
  statistics.difference_interval = MedianInterval(differences);
  statistics.more_instructions =
      Difference(variant.instructions, reference.instructions);
  statistics.more_branches = Difference(variant.branches, reference.branches);
  if (!statistics.difference_interval.has_value()) {
    statistics.verdict = TimeVerdict::kTooFewRounds;
    return;
  }
  const Interval& interval = *statistics.difference_interval;
  const double size = std::abs(statistics.difference_ns);
  if (interval.Contains(0) || size <= control_bound) {
    statistics.verdict = TimeVerdict::kUnresolved;
    statistics.resolution_ns = std::max(control_bound, Bound(interval));
  } else {
    statistics.verdict = TimeVerdict::kDiffers;
    // Nearer to 0 by more than this, the interval would contain it. Its other
    // half may be far longer: outliers are to one side.
    const double nearest =
        std::min(std::abs(interval.low), std::abs(interval.high));
    statistics.resolution_ns = std::max(control_bound, size - nearest);
  }
}

// A hook that is off cannot make code faster. Where it seems to, that is what
// the placement of code does, and no difference of that size says more.
void DiscountPlacement(const HotpathRow& row,
                       std::vector<VariantStatistics>& variants) {
  const auto is_off = [&row](size_t i) {
    return row.variants[i].owner == "off" && !row.variants[i].is_reference();
  };
  double placement = 0;
  for (size_t i = 0; i < variants.size(); ++i) {
    if (is_off(i) && variants[i].verdict == TimeVerdict::kDiffers) {
      placement = std::max(placement, -variants[i].difference_ns);
    }
  }
  for (size_t i = 0; i < variants.size(); ++i) {
    VariantStatistics& statistics = variants[i];
    if (is_off(i) && statistics.verdict == TimeVerdict::kDiffers &&
        std::abs(statistics.difference_ns) <= placement) {
      statistics.verdict = TimeVerdict::kUnresolved;
      statistics.resolution_ns = std::max(statistics.resolution_ns, placement);
    }
  }
}

}  // namespace

std::string_view ToString(TimeVerdict verdict) {
  switch (verdict) {
    case TimeVerdict::kReference:
      return "reference";
    case TimeVerdict::kTooFewRounds:
      return "too few rounds";
    case TimeVerdict::kUnresolved:
      return "below resolution";
    case TimeVerdict::kDiffers:
      return "differs";
  }
  return "";
}

HotpathRowStatistics AnalyzeHotpathRow(const HotpathRow& row) {
  HotpathRowStatistics result;
  while (!row.variants[result.reference].is_reference()) ++result.reference;
  const HotpathVariant& reference = row.variants[result.reference];
  const double control_bound = ControlBound(row, result.reference);
  for (size_t i = 0; i < row.variants.size(); ++i) {
    const HotpathVariant& variant = row.variants[i];
    VariantStatistics& statistics =
        result.variants.emplace_back(Summarize(variant));
    if (i != result.reference) {
      Compare(variant, reference, control_bound, statistics);
    }
  }
  DiscountPlacement(row, result.variants);
  return result;
}

std::vector<HotpathRowStatistics> AnalyzeHotpath(
    const HotpathDocument& document) {
  std::vector<HotpathRowStatistics> rows;
  for (const HotpathRow& row : document.rows) {
    rows.push_back(AnalyzeHotpathRow(row));
  }
  return rows;
}

}  // namespace pagelab
