#ifndef PAGELAB_WORKLOADS_DUMPS_DIFF_REPORT_H_
#define PAGELAB_WORKLOADS_DUMPS_DIFF_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "pagelab/owner/dump/diff_dumps.h"

namespace pagelab {

// Which groups of a comparison are shown.
enum class DiffShow : uint8_t {
  // That grew, most first.
  kGrown,
  // That shrank, most first.
  kShrunk,
  // That are not in the first dump, most pages in the last first.
  kNew,
  // With pages that never went away, most of them first.
  kStayed,
  // That grew from every dump to the next, most first.
  kAlways,
};

struct DiffReportOptions {
  DiffShow show = DiffShow::kGrown;
  // Groups to show; 0 is all.
  size_t groups = 10;
  // All frames of each stack below its line.
  bool stacks = false;
};

// Those that are shown, in order.
std::vector<const DiffGroup*> ShownGroups(const DumpDiff& diff,
                                          const DiffReportOptions& options);

// What grew: a sentence that says it, the dumps, and a table.
std::string DiffText(const DumpDiff& diff, const DiffReportOptions& options);

// The same for machines: an object, and lines of comma-separated values with a
// heading. Nothing is rounded; null as for TopJson().
std::string DiffJson(const DumpDiff& diff, const DiffReportOptions& options);
std::string DiffCsv(const DumpDiff& diff, const DiffReportOptions& options);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_DUMPS_DIFF_REPORT_H_
