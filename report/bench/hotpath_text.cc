#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "pagelab/base/text.h"
#include "pagelab/report/bench/hotpath_parts.h"
#include "pagelab/report/bench/hotpath_report.h"
#include "pagelab/report/bench/number_text.h"

namespace pagelab {
namespace {

constexpr std::string_view kLine =
    "  {:<{}}  {:>9}  {:>7}  {:>8}  {:>8}  {:>8}  {:>7}  {}\n";

size_t NameWidth(const HotpathDocument& document) {
  size_t width = 0;
  for (const HotpathRow& row : document.rows) {
    for (const HotpathVariant& variant : row.variants) {
      width = std::max(width, variant.name.size());
    }
  }
  return width;
}

std::string RowTable(const HotpathRow& row, size_t width) {
  const HotpathRowStatistics statistics = AnalyzeHotpathRow(row);
  std::string text =
      fmt::format("{} ({} pairs a round)\n", row.name, Grouped(row.pairs));
  text += fmt::format(fmt::runtime(kLine), "", width, "ns a pair", "spread",
                      "instr.", "vs abs.", "branches", "misses",
                      "time more than absent");
  for (size_t i = 0; i < row.variants.size(); ++i) {
    const HotpathVariant& variant = row.variants[i];
    const VariantStatistics& of = statistics.variants[i];
    std::string line = fmt::format(
        fmt::runtime(kLine), variant.name, width, NanosecondsText(of.median_ns),
        NanosecondsText(of.spread_ns), CountText(variant.instructions),
        i == statistics.reference ? "" : SignedCountText(of.more_instructions),
        CountText(variant.branches), CountText(variant.branch_misses),
        DifferenceText(of));
    line.erase(line.find_last_not_of(" \n") + 1);
    text += line + "\n";
  }
  return text;
}

// In lines of at most kWidth letters, where words allow it.
std::string Wrapped(std::string_view text) {
  constexpr size_t kWidth = 90;
  std::string lines;
  while (text.size() > kWidth) {
    size_t end = text.rfind(' ', kWidth);
    if (end == std::string_view::npos) end = text.find(' ');
    if (end == std::string_view::npos) break;
    lines += std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(end + 1);
  }
  return lines + std::string(text) + "\n";
}

// "60", or "58 to 60" where rows differ.
std::string Rounds(const HotpathDocument& document) {
  size_t least = document.rows.front().variants.front().ns.size();
  size_t most = least;
  for (const HotpathRow& row : document.rows) {
    const size_t rounds = row.variants.front().ns.size();
    least = std::min(least, rounds);
    most = std::max(most, rounds);
  }
  if (least == most) return std::to_string(least);
  return fmt::format("{} to {}", least, most);
}

}  // namespace

std::string HotpathText(const HotpathDocument& document) {
  std::string text = HotpathAnswer(document) + "\n\n";
  text += fmt::format(
      "{}\nSimulated machine {}; {} rounds, in each of which all variants take "
      "turns.\nns a pair: median of the rounds; spread: their interquartile "
      "range; in brackets: the\n95 % confidence interval of the median "
      "difference, round by round.\n",
      ToString(document.host), document.machine, Rounds(document));
  if (!document.counters_note.empty()) {
    text += Wrapped("Instructions and branches: " + document.counters_note);
  }
  const size_t width = NameWidth(document);
  for (const HotpathRow& row : document.rows) {
    text += "\n" + RowTable(row, width);
  }
  const std::string sizes = SizeTable(document.sizes);
  if (!sizes.empty()) text += "\n" + sizes;
  return text + "\n" + ClaimsText(document) + "\n" + LimitsText();
}

}  // namespace pagelab
