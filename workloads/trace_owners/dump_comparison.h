#ifndef PAGELAB_WORKLOADS_TRACE_OWNERS_DUMP_COMPARISON_H_
#define PAGELAB_WORKLOADS_TRACE_OWNERS_DUMP_COMPARISON_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/workloads/trace_owners/trace_dump.h"
#include "pagelab/workloads/trace_owners/trace_owners.h"

namespace pagelab {

// What is compared of a record that is in both.
enum class ComparedField : uint8_t {
  kOrder,
  kGfpMask,
  kGfpNames,
  kPid,
  kTgid,
  kComm,
  kType,
  kBlockType,
  kStack,
  kMigrated,
};
inline constexpr int kNrComparedFields = 10;
std::string_view ToString(ComparedField field);

// How a recording and a dump of the same machine can differ.
enum class DumpDifference : uint8_t {
  // Explained: the dump was read while the machine went on.
  kAllocatedSince,
  kFreedSince,
  kReallocatedSince,
  // Explained: what has no event.
  kSplitLater,
  kMovedHere,
  kContigRange,
  kBulk,
  // Explained: what the tracer and page_owner print in their own ways.
  kRenamed,
  kPageOwnersOwn,
  // Not explained.
  kOnlyInDump,
  kOnlyInTrace,
  kOtherAllocation,
  // The fields of ComparedField, in their order.
  kFirstField,
};
inline constexpr int kNrDumpDifferences =
    static_cast<int>(DumpDifference::kFirstField) + kNrComparedFields;
DumpDifference DifferenceOf(ComparedField field);
bool IsExplained(DumpDifference kind);
// "freed since the dump was read", ...
std::string_view ToString(DumpDifference kind);

struct ComparedFieldCounts {
  uint64_t compared = 0;
  uint64_t equal = 0;
  // The recording does not know.
  uint64_t left_out = 0;
};

struct DumpDifferenceCounts {
  uint64_t count = 0;
  // The first one.
  std::string example;
};

// A dump of a machine against what its recording tells.
struct DumpComparison {
  std::string dump_name;
  uint64_t records = 0;
  // Allocated before the recording began: not to be known from it.
  uint64_t older_records = 0;
  uint64_t older_pages = 0;
  // Of allocations that the recording has.
  uint64_t shared_records = 0;
  std::array<ComparedFieldCounts, kNrComparedFields> fields{};
  std::array<DumpDifferenceCounts, kNrDumpDifferences> differences{};
  // page_owner's clock less the recording's, where that counts nanoseconds.
  std::optional<int64_t> clock_offset_ns;
  // The recording says when the dump was read.
  bool has_dump_time = false;

  const ComparedFieldCounts& field(ComparedField field) const {
    return fields[static_cast<size_t>(field)];
  }
  const DumpDifferenceCounts& difference(DumpDifference kind) const {
    return differences[static_cast<size_t>(kind)];
  }
  uint64_t unexplained() const;
};

struct DumpComparisonOptions {
  PageblockTypes pageblock_type = {};
};

// Compares with the text of a real page_owner file of the same machine, which
// was read at the end of the recording or, where the recording says when
// (TraceOwners::dump_time), before it. Not compared, because no recording has
// them: offsets and sizes in stacks, and page flags. Memory grows with the
// dump.
absl::StatusOr<DumpComparison> CompareWithDump(
    const TraceOwners& owners, InputStream& dump,
    const DumpComparisonOptions& options);

// For people.
std::string DumpComparisonText(const DumpComparison& comparison);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_OWNERS_DUMP_COMPARISON_H_
