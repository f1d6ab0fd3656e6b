#include "pagelab/report/bench/number_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>

#include "pagelab/base/text.h"

namespace pagelab {
namespace {

std::string WithoutZeros(std::string text) {
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace

std::string NanosecondsText(double ns) {
  const double size = std::abs(ns);
  if (size >= 999.95) {
    return (ns < 0 ? "-" : "") +
           Grouped(static_cast<uint64_t>(std::llround(size)));
  }
  return fmt::format("{:.{}f}", ns, size >= 99.995 ? 1 : 2);
}

std::string ResolutionText(double ns) {
  if (ns >= 99.95) return NanosecondsText(std::ceil(ns));
  // A rounding above a step is not the next step.
  constexpr double kSlack = 1e-9;
  if (ns > 0.09) {
    return fmt::format("{:.1f}", std::ceil(ns * 10 - kSlack) / 10);
  }
  const double hundredths = std::max(1.0, std::ceil(ns * 100 - kSlack));
  return fmt::format("{:.2f}", hundredths / 100);
}

std::string CountText(const std::optional<double>& count) {
  if (!count.has_value()) return "-";
  return WithoutZeros(fmt::format("{:.2f}", *count));
}

std::string SignedCountText(const std::optional<double>& count) {
  if (!count.has_value()) return "-";
  const std::string text = CountText(count);
  return text.starts_with('-') ? text : "+" + text;
}

std::string SignedNanosecondsText(double ns) {
  const std::string text = NanosecondsText(ns);
  return text.starts_with('-') ? text : "+" + text;
}

std::string TimeText(double ns) {
  constexpr std::string_view kUnits[] = {"ns", "us", "ms", "s"};
  size_t unit = 0;
  while (unit + 1 < std::size(kUnits) && ns >= 999.95) {
    ns /= 1000;
    ++unit;
  }
  const int decimals = ns >= 99.995 ? 1 : ns >= 9.9995 || unit == 0 ? 2 : 3;
  return fmt::format("{:.{}f} {}", ns, decimals, kUnits[unit]);
}

}  // namespace pagelab
