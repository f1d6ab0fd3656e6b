#ifndef PAGELAB_WORKLOADS_EXACT_RECORDING_H_
#define PAGELAB_WORKLOADS_EXACT_RECORDING_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/workloads/exact/event_spool.h"
#include "pagelab/workloads/snapshot/snapshot.h"
#include "pagelab/workloads/trace/trace_reader.h"
#include "pagelab/workloads/trace/trace_stats.h"

namespace pagelab {

// What the two snapshots around a recording tell its reader.
struct RecordingBounds {
  // Labels of the marker lines "pagelab snap slot=N label=L". Entries before
  // the first and after the second do not belong to the replay. Empty, or not
  // in the trace: from its beginning, to its end.
  std::string from_label;
  std::string to_label;
  // Where the machine has frames; no range spans two zones.
  std::vector<PfnRange> zones;
  // The machine's CPUs.
  uint64_t nr_cpus = 0;
  // Where struct pages are.
  uint64_t vmemmap = 0;
  uint64_t sizeof_struct_page = 64;
};

// `expect` may be null.
RecordingBounds BoundsOf(const AllocatorSnapshot& from,
                         const AllocatorSnapshot* expect);

// A recording, read and prepared for replay (page-allocator.md 25.2).
struct Recording {
  explicit Recording(EventSpool spool) : events(std::move(spool)) {}

  EventSpool events;
  TraceStats stats;
  bool found_from = false;
  bool found_to = false;
  // Of the last entry that belongs to the replay.
  uint64_t last_line = 0;

  // Zone addresses in the order in which the vmstat worker first visited them,
  // then all others as they appeared.
  std::vector<uint64_t> visited_zones;
  std::vector<uint64_t> other_zones;
  // Entries of kind kContigMigrateRange.
  std::vector<uint64_t> contig_ranges;

  // Entries that cannot be: frames the machine does not have, or misaligned.
  uint64_t impossible = 0;
  uint64_t first_impossible_line = 0;
  // Of these: of a CPU that the machine does not have.
  uint64_t foreign_cpu = 0;
  // Batched frees without the free that they belong to.
  uint64_t orphan_batched = 0;
  uint64_t nr_cpus = 0;
};

// Reads `reader` to its end. `on_progress` may be empty; it is called every few
// thousand entries.
absl::StatusOr<Recording> ReadRecording(
    TraceReader& reader, const RecordingBounds& bounds,
    const std::function<void(const TraceStats&)>& on_progress);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_EXACT_RECORDING_H_
