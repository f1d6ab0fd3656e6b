#include "pagelab/report/svg_axis.h"

#include <algorithm>
#include <cmath>

#include "pagelab/base/check.h"

namespace pagelab {
namespace {

// The largest power of ten that is not above `value`.
double PowerOfTenBelow(double value) {
  double power = std::pow(10.0, std::floor(std::log10(value)));
  // A logarithm a rounding away from a whole number.
  if (power > value) power /= 10;
  if (power * 10 <= value) power *= 10;
  return power;
}

std::vector<double> LogTicksOf(double low, double high,
                               const std::vector<double>& digits) {
  std::vector<double> ticks;
  for (double power = PowerOfTenBelow(low);; power *= 10) {
    for (const double digit : digits) {
      const double tick = digit * power;
      if (tick <= low) ticks.clear();
      ticks.push_back(tick);
      if (tick >= high && ticks.size() > 1) return ticks;
    }
  }
}

}  // namespace

std::vector<double> LinearTicks(double high, int most) {
  PAGELAB_CHECK(high > 0 && most >= 2);
  const double least_step = high / (most - 1);
  const double power = PowerOfTenBelow(least_step);
  double step = 10 * power;
  for (const double digit : {5.0, 2.0, 1.0}) {
    if (digit * power >= least_step) step = digit * power;
  }
  std::vector<double> ticks;
  const double nr_steps = std::ceil(high / step);
  for (int i = 0; i <= static_cast<int>(nr_steps); ++i) {
    ticks.push_back(step * i);
  }
  return ticks;
}

std::vector<double> LogTicks(double low, double high, int most) {
  PAGELAB_CHECK(low > 0 && low <= high);
  std::vector<double> ticks = LogTicksOf(low, high, {1, 2, 5});
  if (ticks.size() > static_cast<size_t>(most)) {
    ticks = LogTicksOf(low, high, {1});
  }
  return ticks;
}

double SvgScale::At(double value) const {
  const double clamped = std::clamp(value, low_, high_);
  const double part = log_ ? (std::log(clamped) - std::log(low_)) /
                                 (std::log(high_) - std::log(low_))
                           : (clamped - low_) / (high_ - low_);
  return begin_ + part * (end_ - begin_);
}

}  // namespace pagelab
