#include <fmt/format.h>

#include <utility>

#include "pagelab/report/bench/hotpath_parts.h"
#include "pagelab/report/bench/hotpath_report.h"
#include "pagelab/report/bench/number_text.h"
#include "pagelab/report/svg_plot.h"

namespace pagelab {
namespace {

// "12.34 ns; +3 instructions; below what this machine resolves (0.1 ns)".
std::string Note(const VariantStatistics& statistics) {
  std::string note = NanosecondsText(statistics.median_ns) + " ns";
  if (statistics.verdict == TimeVerdict::kReference) return note;
  if (statistics.more_instructions.has_value()) {
    note +=
        "; " + SignedCountText(statistics.more_instructions) + " instructions";
  }
  note += "; " + DifferenceText(statistics);
  return note;
}

}  // namespace

std::string HotpathSvg(const HotpathDocument& document) {
  IntervalPlot plot;
  plot.titles.title = "The page allocator's hot path, with and without hooks";
  plot.titles.subtitle =
      ToString(document.host) + "; simulated machine " + document.machine;
  plot.titles.description =
      HotpathAnswer(document) +
      ". Dots are medians of nanoseconds a pair of allocation and free, bars "
      "their 95 % confidence intervals.";
  plot.axis_label = "ns a pair, median with 95 % confidence interval";
  for (const HotpathRow& row : document.rows) {
    const HotpathRowStatistics statistics = AnalyzeHotpathRow(row);
    IntervalGroup group;
    group.title = row.name;
    for (size_t i = 0; i < row.variants.size(); ++i) {
      const VariantStatistics& of = statistics.variants[i];
      const double low =
          of.median_interval ? of.median_interval->low : of.median_ns;
      const double high =
          of.median_interval ? of.median_interval->high : of.median_ns;
      IntervalMark mark{row.variants[i].name, of.median_ns, low, high,
                        Note(of)};
      // The reference is the first mark.
      const auto at =
          i == statistics.reference ? group.marks.begin() : group.marks.end();
      group.marks.insert(at, std::move(mark));
    }
    plot.groups.push_back(std::move(group));
  }
  return IntervalPlotSvg(plot);
}

}  // namespace pagelab
