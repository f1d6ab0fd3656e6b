#ifndef PAGELAB_WORKLOADS_TRACE_OWNERS_CLOCK_LINE_H_
#define PAGELAB_WORKLOADS_TRACE_OWNERS_CLOCK_LINE_H_

#include <cmath>
#include <cstdint>

namespace pagelab {

// From the recording's clock to the dump's: the straight line through the
// first and the last allocation that both have.
class ClockLine {
 public:
  void Add(uint64_t trace, uint64_t dump) {
    const Point point{static_cast<double>(trace), static_cast<double>(dump)};
    if (!known_ || point.trace < first_.trace) first_ = point;
    if (!known_ || point.trace > last_.trace) last_ = point;
    known_ = true;
  }
  bool known() const { return known_; }
  // REQUIRES: known.
  double DumpTime(uint64_t trace) const {
    const double width = last_.trace - first_.trace;
    const double slope = width == 0 ? 1 : (last_.dump - first_.dump) / width;
    return first_.dump + (static_cast<double>(trace) - first_.trace) * slope;
  }
  // At the last allocation. REQUIRES: known.
  int64_t Offset() const { return std::llround(last_.dump - last_.trace); }

 private:
  struct Point {
    double trace = 0;
    double dump = 0;
  };
  bool known_ = false;
  Point first_;
  Point last_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_OWNERS_CLOCK_LINE_H_
