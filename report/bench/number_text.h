// Measured numbers as people read them.

#ifndef PAGELAB_REPORT_BENCH_NUMBER_TEXT_H_
#define PAGELAB_REPORT_BENCH_NUMBER_TEXT_H_

#include <optional>
#include <string>

namespace pagelab {

// "12.34", "123.4", "1,234": four digits or all before the point.
std::string NanosecondsText(double ns);
// What is resolved, rounded up: "0.1", "2.3", and "0.01" below 0.1.
std::string ResolutionText(double ns);
// "158", "158.25": at most two decimals, no zeros at the end; "-" for none.
std::string CountText(const std::optional<double>& count);
// With its sign: "+3", "-0.5", "+0"; "-" for none.
std::string SignedCountText(const std::optional<double>& count);
// "+0.31", "-12.3".
std::string SignedNanosecondsText(double ns);

// With its unit, four digits: "12.34 ns", "1.234 us", "56.78 ms", "1.5 s".
std::string TimeText(double ns);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_BENCH_NUMBER_TEXT_H_
