#ifndef PAGELAB_REPORT_BENCH_HOTPATH_STATISTICS_H_
#define PAGELAB_REPORT_BENCH_HOTPATH_STATISTICS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pagelab/base/statistics.h"
#include "pagelab/report/bench/hotpath_document.h"

namespace pagelab {

enum class TimeVerdict : uint8_t {
  // It is what the others are compared with.
  kReference,
  // No interval can be had of so few rounds.
  kTooFewRounds,
  // The difference may be none, or is no larger than what the reference may
  // differ from its control by, or than what a build with hooks is faster by
  // while they are off.
  kUnresolved,
  kDiffers,
};

// "reference", "too few rounds", "below resolution", "differs".
std::string_view ToString(TimeVerdict verdict);

struct VariantStatistics {
  double median_ns = 0;
  // Interquartile range of the rounds.
  double spread_ns = 0;
  std::optional<Interval> median_interval;

  TimeVerdict verdict = TimeVerdict::kReference;
  // To the reference: the median of the differences round by round, and an
  // interval for it.
  double difference_ns = 0;
  std::optional<Interval> difference_interval;
  // Where the difference is unresolved, what it is below at that confidence;
  // otherwise the smallest one that would have been resolved.
  double resolution_ns = 0;
  // To the reference, where both were counted.
  std::optional<double> more_instructions;
  std::optional<double> more_branches;
};

struct HotpathRowStatistics {
  // Index of the reference among the variants.
  size_t reference = 0;
  std::vector<VariantStatistics> variants;
};

// A further variant that is_reference() is the control: what it differs from
// the first by, the machine makes of nothing.
HotpathRowStatistics AnalyzeHotpathRow(const HotpathRow& row);
std::vector<HotpathRowStatistics> AnalyzeHotpath(
    const HotpathDocument& document);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_BENCH_HOTPATH_STATISTICS_H_
