#ifndef PAGELAB_OWNER_DUMP_GREP_DUMP_H_
#define PAGELAB_OWNER_DUMP_GREP_DUMP_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/owner/dump/read_statistics.h"
#include "pagelab/owner/dump/record_filter.h"
#include "pagelab/owner/dump/scan_dump.h"

namespace pagelab {

struct GrepOptions {
  // The records that do not match.
  bool invert = false;
  // A damaged record is an error.
  bool strict = false;
  // What ages are counted from, in nanoseconds since boot.
  std::optional<uint64_t> now = std::nullopt;
  // Its `stop` and `failed` are not used.
  ScanOptions scan = {};
};

struct GrepResult {
  // What was chosen, and of what.
  uint64_t records = 0;
  uint64_t pages = 0;
  ReadStatistics statistics;
};

// Writes the records that match as they are, in their order, to `out`; only
// counts them if that is null. A record without an empty line behind it gets
// one, so that the output is a dump. Plain files are read with all processors;
// memory use is bounded. An input that holds something, but no record, is an
// error, and so is the failure of `out`.
absl::StatusOr<GrepResult> GrepDumps(absl::Span<const std::string> paths,
                                     const RecordFilter& filter,
                                     const GrepOptions& options,
                                     OutputStream* out);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_GREP_DUMP_H_
