#ifndef PAGELAB_OWNER_DUMP_NEWEST_TIMESTAMP_H_
#define PAGELAB_OWNER_DUMP_NEWEST_TIMESTAMP_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/owner/dump/scan_dump.h"

namespace pagelab {

// The latest time of an allocation in the dumps, in nanoseconds since boot:
// the least that "now" can have been when they were read. Nothing if no record
// says a time, as before Linux 5.11. An error for what can be read only once,
// standard input and pipes, in words that say to give --now.
absl::StatusOr<std::optional<uint64_t>> NewestTimestamp(
    absl::Span<const std::string> paths, const ScanOptions& options);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_NEWEST_TIMESTAMP_H_
