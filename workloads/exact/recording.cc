#include "pagelab/workloads/exact/recording.h"

#include <algorithm>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/workloads/exact/recording_builder.h"

namespace pagelab {
namespace {

constexpr uint64_t kProgressInterval = 16384;
// Entries this far back are given back to the disk.
constexpr uint64_t kKeptEntries = uint64_t{1} << 18;

// The frames of the zone: where it has no memory map, it has none.
void AppendMemory(const SnapshotZone& zone, std::vector<PfnRange>& ranges) {
  bool adjoins = false;
  for (const SnapshotPageblocks& blocks : zone.pageblocks) {
    const PfnRange range{std::max(blocks.range.begin, zone.span.begin),
                         std::min(blocks.range.end, zone.span.end)};
    if (blocks.migratetype < 0 || range.end <= range.begin) {
      adjoins = false;
      continue;
    }
    if (adjoins && ranges.back().end == range.begin) {
      ranges.back().end = range.end;
    } else {
      ranges.push_back(range);
    }
    adjoins = true;
  }
}

}  // namespace

RecordingBounds BoundsOf(const AllocatorSnapshot& from,
                         const AllocatorSnapshot* expect) {
  std::vector<PfnRange> zones;
  int nr_cpus = 0;
  for (const SnapshotZone& zone : from.zones) {
    if (zone.populated) AppendMemory(zone, zones);
    for (const SnapshotPcp& pcp : zone.pcps) {
      nr_cpus = std::max(nr_cpus, pcp.cpu + 1);
    }
  }
  return {.from_label = from.label,
          .to_label = expect == nullptr ? std::string() : expect->label,
          .zones = std::move(zones),
          .nr_cpus = static_cast<uint64_t>(nr_cpus),
          .vmemmap = from.vmemmap,
          .sizeof_struct_page = from.sizeof_struct_page};
}

absl::StatusOr<Recording> ReadRecording(
    TraceReader& reader, const RecordingBounds& bounds,
    const std::function<void(const TraceStats&)>& on_progress) {
  PAGELAB_ASSIGN_OR_RETURN(EventSpool spool, EventSpool::Create());
  Recording recording(std::move(spool));
  RecordingBuilder builder(recording, bounds);
  uint64_t forgotten = 0;
  TraceEvent event;
  while (reader.Next(event)) {
    PAGELAB_RETURN_IF_ERROR(builder.Add(event));
    const uint64_t total = reader.stats().total_events;
    if (total % kProgressInterval == 0) {
      if (on_progress) on_progress(reader.stats());
      const uint64_t size = recording.events.size();
      if (size > forgotten + 2 * kKeptEntries) {
        recording.events.Forget(forgotten, size - kKeptEntries);
        forgotten = size - kKeptEntries;
      }
    }
  }
  if (!reader.status().ok()) return reader.status();
  PAGELAB_RETURN_IF_ERROR(recording.events.Flush());
  recording.events.Forget(0, recording.events.size());
  recording.stats = reader.stats();
  return recording;
}

}  // namespace pagelab
