#ifndef PAGELAB_REPORT_SVG_AXIS_H_
#define PAGELAB_REPORT_SVG_AXIS_H_

#include <vector>

namespace pagelab {

// Round positions for the marks of an axis.
//
// Multiples of 1, 2 or 5 times a power of ten, at most `most` of them, from
// 0 to at least `high`. REQUIRES: high > 0, most >= 2.
std::vector<double> LinearTicks(double high, int most);

// 1, 2 and 5 times powers of ten, or powers of ten alone where those are more
// than `most`, from at most `low` to at least `high`.
// REQUIRES: 0 < low <= high.
std::vector<double> LogTicks(double low, double high, int most);

// Where values lie between two pixels.
class SvgScale {
 public:
  static SvgScale Linear(double low, double high, double begin, double end) {
    return SvgScale(low, high, begin, end, false);
  }
  // REQUIRES: low > 0.
  static SvgScale Log(double low, double high, double begin, double end) {
    return SvgScale(low, high, begin, end, true);
  }

  // Values outside are put on the border.
  double At(double value) const;

 private:
  SvgScale(double low, double high, double begin, double end, bool log)
      : low_(low), high_(high), begin_(begin), end_(end), log_(log) {}

  double low_;
  double high_;
  double begin_;
  double end_;
  bool log_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_SVG_AXIS_H_
