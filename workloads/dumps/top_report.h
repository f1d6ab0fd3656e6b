#ifndef PAGELAB_WORKLOADS_DUMPS_TOP_REPORT_H_
#define PAGELAB_WORKLOADS_DUMPS_TOP_REPORT_H_

#include <cstddef>
#include <string>

#include "pagelab/owner/dump/group_dumps.h"

namespace pagelab {

struct TopReportOptions {
  // Groups to show; 0 is all.
  size_t groups = 10;
  // All frames of each stack below its line.
  bool stacks = false;
  // The groups are of those records that a filter let through.
  bool filtered = false;
};

// Those that are shown.
absl::Span<const DumpGroup> ShownGroups(const GroupedDumps& dumps,
                                        const TopReportOptions& options);

// Who holds the memory: a sentence that says it, and a table.
std::string TopText(const GroupedDumps& dumps, const TopReportOptions& options);

// The same for machines: an object, and lines of comma-separated values with
// a heading. Stacks come with their stable ids; nothing is rounded. In JSON an
// unknown value is null, and so is a task named "-": groups do not tell them
// apart.
std::string TopJson(const GroupedDumps& dumps, const TopReportOptions& options);
std::string TopCsv(const GroupedDumps& dumps, const TopReportOptions& options);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_DUMPS_TOP_REPORT_H_
