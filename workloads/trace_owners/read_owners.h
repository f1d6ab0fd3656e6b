#ifndef PAGELAB_WORKLOADS_TRACE_OWNERS_READ_OWNERS_H_
#define PAGELAB_WORKLOADS_TRACE_OWNERS_READ_OWNERS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "pagelab/alloc/types.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/workloads/snapshot/snapshot.h"
#include "pagelab/workloads/trace/trace_stats.h"
#include "pagelab/workloads/trace_owners/dump_comparison.h"
#include "pagelab/workloads/trace_owners/trace_owners.h"

namespace pagelab {

// Pages in use at the end of a recording, by what it knows of them.
struct PagesInUse {
  // With their owners.
  uint64_t blocks = 0;
  uint64_t pages = 0;
  // Moved by migration, and from where is not known.
  uint64_t moved_from_unknown = 0;
  // Since before the recording; known where a snapshot tells what was in use
  // then.
  std::optional<uint64_t> older;
};

// What a recording said, apart from the owners themselves. Plain numbers;
// printers turn them into text or JSON.
struct OwnersReport {
  std::string trace_name;
  TraceStats trace;
  TraceOwnersCounts counts;
  PagesInUse in_use;
};

struct OwnersOptions {
  // The machine when the recording began, or at a marker in it with the
  // snapshot's label; null: not known.
  const AllocatorSnapshot* from = nullptr;
  // The machine at the end; null: not known.
  const AllocatorSnapshot* expect = nullptr;
  // Called every few thousand events. May be empty.
  std::function<void(const TraceStats& so_far)> on_progress;
};

// Reads the recording `input` to its end into `owners`, which must be new.
// Lines that make no sense are counted; only an input without a trace in it is
// an error.
absl::StatusOr<OwnersReport> ReadOwners(InputStream& input,
                                        const OwnersOptions& options,
                                        TraceOwners& owners);

// For people.
std::string OwnersText(const OwnersReport& report);

// For programs: the report, and the comparison where there is one.
std::string OwnersJson(const OwnersReport& report,
                       const DumpComparison* comparison);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_OWNERS_READ_OWNERS_H_
