#ifndef PAGELAB_OWNER_DUMP_GROUP_DUMPS_H_
#define PAGELAB_OWNER_DUMP_GROUP_DUMPS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/owner/dump/group_counter.h"
#include "pagelab/owner/dump/read_statistics.h"
#include "pagelab/owner/dump/record_filter.h"
#include "pagelab/owner/dump/scan_dump.h"

namespace pagelab {

struct GroupOptions {
  std::vector<DumpField> by = {DumpField::kStack};
  StackIdentity identity = StackIdentity::kFrames;
  // Only these records; all if null. Outlives the call.
  const RecordFilter* filter = nullptr;
  // What ages are counted from, in nanoseconds since boot.
  std::optional<uint64_t> now;
  ScanOptions scan;
};

// Dumps, added up.
struct GroupedDumps {
  std::vector<DumpField> by;
  StackIdentity identity = StackIdentity::kFrames;
  // Most pages first, of equals most records, then by their values.
  std::vector<DumpGroup> groups;
  // Of all of them.
  GroupCount total;
  ReadStatistics statistics;
};

// Reads the dumps as one, with all processors where they are plain files.
// Memory use is proportional to the number of groups.
absl::StatusOr<GroupedDumps> GroupDumps(absl::Span<const std::string> paths,
                                        const GroupOptions& options);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_GROUP_DUMPS_H_
