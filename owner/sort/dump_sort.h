#ifndef PAGELAB_OWNER_SORT_DUMP_SORT_H_
#define PAGELAB_OWNER_SORT_DUMP_SORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/owner/dump/read_statistics.h"
#include "pagelab/owner/dump/scan_dump.h"
#include "pagelab/owner/sort/sort_plan.h"

namespace pagelab {

struct DumpSortOptions {
  // Of SortGeneration::kPagelab.
  SortPlan plan;
  // A damaged record is an error.
  bool strict = false;
  ScanOptions scan;
};

// Reads the dumps, of any kernel version and as tolerantly as DumpParser, one
// after the other; groups and sorts their blocks, and writes them in the form
// of page_owner_sort (page-owner-sort.md 6). An input that has text and no
// record is an error.
absl::StatusOr<ReadStatistics> SortDumps(absl::Span<const std::string> paths,
                                         const DumpSortOptions& options,
                                         OutputStream& out);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_DUMP_SORT_H_
