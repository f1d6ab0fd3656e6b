// The answer in one sentence.

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "pagelab/report/bench/hotpath_parts.h"
#include "pagelab/report/bench/hotpath_report.h"
#include "pagelab/report/bench/number_text.h"

namespace pagelab {
namespace {

struct Build {
  // "branches", "static keys".
  std::string name;
  VariantStatistics statistics;
};

std::vector<Build> BuildsOf(const HotpathRow& row) {
  const HotpathRowStatistics statistics = AnalyzeHotpathRow(row);
  std::vector<Build> builds;
  for (const auto& [hooks, name] : {std::pair("branch", "branches"),
                                    std::pair("static key", "static keys")}) {
    const int variant = OffVariant(row, hooks);
    if (variant < 0) continue;
    builds.push_back({name, statistics.variants[static_cast<size_t>(variant)]});
  }
  return builds;
}

std::string InstructionsPart(const std::vector<Build>& builds,
                             const std::string& pair) {
  std::string text;
  for (const Build& build : builds) {
    const std::optional<double>& more = build.statistics.more_instructions;
    if (!more.has_value()) continue;
    const std::string count = SignedCountText(*more);
    text +=
        text.empty()
            ? fmt::format("page_owner off costs {} {} {} with {}", pair, count,
                          count == "+1" ? "instruction" : "instructions",
                          build.name)
            : fmt::format(", {} with {}", count, build.name);
  }
  if (!text.empty()) return text;
  return "what page_owner off costs " + pair +
         " in instructions was not counted";
}

bool Unresolved(const Build& build) {
  return build.statistics.verdict == TimeVerdict::kUnresolved;
}

std::string TimePart(const std::vector<Build>& builds) {
  double resolution = 0;
  for (const Build& build : builds) {
    if (!Unresolved(build)) continue;
    resolution = std::max(resolution, build.statistics.resolution_ns);
  }
  const std::string resolved =
      "(resolution " + ResolutionText(resolution) + " ns)";
  if (builds.size() == 2 &&
      std::all_of(builds.begin(), builds.end(), Unresolved)) {
    return "neither shows in time on this machine " + resolved;
  }
  std::string text;
  for (const Build& build : builds) {
    if (!text.empty()) text += ", ";
    text += build.name;
    switch (build.statistics.verdict) {
      case TimeVerdict::kDiffers:
        text += " " + DifferenceText(build.statistics);
        break;
      case TimeVerdict::kUnresolved:
        text += " do not show in time " + resolved;
        break;
      default:
        text += ": too few rounds for times";
    }
  }
  return text;
}

}  // namespace

size_t AnswerRow(const HotpathDocument& document) {
  for (size_t i = 0; i < document.rows.size(); ++i) {
    if (document.rows[i].name.starts_with("order 0")) return i;
  }
  return 0;
}

int OffVariant(const HotpathRow& row, std::string_view hooks) {
  for (size_t i = 0; i < row.variants.size(); ++i) {
    const HotpathVariant& variant = row.variants[i];
    if (variant.hooks == hooks && variant.owner == "off") {
      return static_cast<int>(i);
    }
  }
  return -1;
}

std::string HotpathAnswer(const HotpathDocument& document) {
  const HotpathRow& row = document.rows[AnswerRow(document)];
  const std::string pair = row.name.starts_with("order 0")
                               ? "an order-0 pair"
                               : "a pair of \"" + row.name + "\"";
  const std::vector<Build> builds = BuildsOf(row);
  if (builds.empty()) {
    return "no build with hooks was measured with page_owner off";
  }
  return InstructionsPart(builds, pair) + "; " + TimePart(builds);
}

}  // namespace pagelab
