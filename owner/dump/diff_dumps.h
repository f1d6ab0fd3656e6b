#ifndef PAGELAB_OWNER_DUMP_DIFF_DUMPS_H_
#define PAGELAB_OWNER_DUMP_DIFF_DUMPS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/owner/dump/group_dumps.h"

namespace pagelab {

// A group in each of the dumps.
struct DiffGroup {
  // By field, as in DumpGroup.
  std::vector<std::string> values;
  // By dump; zero where it is not.
  std::vector<GroupCount> counts;
  // Of allocations that are in every dump.
  GroupCount stayed;

  // In pages, from the first dump to the last.
  int64_t growth() const;
  // Not in the first dump.
  bool is_new() const { return counts.front().records == 0; }
  // More pages in each dump than in the one before.
  bool grew_always() const;
};

// Dumps, one after another.
struct DumpDiff {
  std::vector<DumpField> by;
  StackIdentity identity = StackIdentity::kFrames;
  // By dump.
  std::vector<std::string> names;
  std::vector<GroupCount> totals;
  // Those that grew most first, of equals by their values; all groups of all
  // dumps, those that did not change included.
  std::vector<DiffGroup> groups;
  // Of allocations that are in every dump.
  GroupCount stayed;
  ReadStatistics statistics;

  int64_t growth() const;
};

// Compares dumps in the order of `paths`, at least two. Ages in a dump count
// from its element of `now`, or from `options.now` if that is empty. An
// allocation is in two dumps if both have a record with the same pfn, order,
// thread, time and call stack; bug reports and stacks without pages are in
// none. Some 30 bytes of memory are held for each record of the first dump,
// besides the groups.
absl::StatusOr<DumpDiff> DiffDumps(
    absl::Span<const std::string> paths, const GroupOptions& options,
    absl::Span<const std::optional<uint64_t>> now = {});

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_DIFF_DUMPS_H_
