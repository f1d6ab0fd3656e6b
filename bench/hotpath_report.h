#ifndef PAGELAB_BENCH_HOTPATH_REPORT_H_
#define PAGELAB_BENCH_HOTPATH_REPORT_H_

#include <string>
#include <string_view>
#include <vector>

#include "pagelab/bench/hotpath_rows.h"

namespace pagelab {

struct HotpathReport {
  std::string_view machine;
  int rounds = 0;
  // "perf", "trap" or "none": who counted instructions, and in which sense.
  std::string_view counter_source;
  std::string counter_note;
  std::vector<RowFigures> rows;
};

// The document for machines, with this host and the sizes of this build.
std::string HotpathJson(const HotpathReport& report);
// Instructions and branches alone, for people.
std::string CountTable(const HotpathReport& report);

}  // namespace pagelab

#endif  // PAGELAB_BENCH_HOTPATH_REPORT_H_
