#ifndef PAGELAB_REPORT_SOURCE_MEMORY_PICTURE_H_
#define PAGELAB_REPORT_SOURCE_MEMORY_PICTURE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/owner/dump/scan_dump.h"
#include "pagelab/report/source/event_source.h"
#include "pagelab/report/source/recognise_source.h"
#include "pagelab/report/source/rereadable_text.h"
#include "pagelab/report/source/timeline.h"
#include "pagelab/report/source/timeline_sampler.h"
#include "pagelab/report/source/trace_events.h"
#include "pagelab/sim/machine_config.h"
#include "pagelab/workloads/frag/free_memory.h"
#include "pagelab/workloads/scenario.h"
#include "pagelab/workloads/snapshot/snapshot.h"

namespace pagelab {

// More are refused: of no machine, or of a file that was made to fill the
// memory of this one. 16 TiB on x86-64.
inline constexpr uint64_t kMaxPageblocks = uint64_t{1} << 23;

// What can be shown of a machine's memory, whatever it was made from. What is
// not there is absent, and `missing` has a sentence about it.
struct MemoryPicture {
  SourceKind kind = SourceKind::kScenario;
  // "driver-leak on qemu-2g", "dump.txt.xz".
  std::string title;
  // That make the source again, without paths of this host.
  std::vector<std::string> commands;
  // Names of files and machines that `missing` may have, for those who must not
  // show them.
  std::vector<std::string> source_names;
  // Whole sentences, for those who look at the picture: what is not known,
  // damaged, cut off or was passed over. Without paths of this host.
  std::vector<std::string> missing;

  // The text of page_owner, or of show_stacks; null: none.
  std::shared_ptr<const RereadableText> owners;
  // Whether its records name page frames: show_stacks has sums by stack only.
  bool has_records = false;
  // Of the newest record, in nanoseconds since boot: what ages count from.
  std::optional<uint64_t> now;
  // The free lists and pageblocks of the same moment.
  std::optional<AllocatorSnapshot> snapshot;
  // Free blocks by zone, of the snapshot or of buddyinfo and pagetypeinfo.
  std::optional<FreeMemory> free;
  // By the first of the source's files that tells it; none has so far: absent.
  std::optional<Order> told_pageblock_order;
  // Of runs and replays.
  std::optional<Timeline> timeline;
  // Null: none.
  std::shared_ptr<EventSource> events;

  Order pageblock_order() const;
};

// What is wanted of a source. What is not is perhaps there all the same.
struct PictureNeeds {
  bool owners = true;
  bool snapshot = true;
  bool timeline = true;
  TimelineOptions timeline_options = {};
  // Told now and then, in words: "41,000 events". May be empty.
  std::function<void(const std::string& words)> progress;
};

// Runs the scenario to its end.
absl::StatusOr<MemoryPicture> PictureOfRun(const MachineConfig& config,
                                           Scenario scenario,
                                           const PictureNeeds& needs);

// Drives the machine with the recording.
absl::StatusOr<MemoryPicture> PictureOfReplay(
    const MachineConfig& config, std::shared_ptr<const RereadableText> trace,
    const TraceOptions& options, const PictureNeeds& needs);

// The recorded machine, as far as the recording alone tells.
absl::StatusOr<MemoryPicture> PictureOfRecording(
    std::shared_ptr<const RereadableText> trace, const TraceOptions& options,
    const PictureNeeds& needs);

absl::StatusOr<MemoryPicture> PictureOfDump(
    std::shared_ptr<const RereadableText> dump, const PictureNeeds& needs);

absl::StatusOr<MemoryPicture> PictureOfSnapshot(
    std::shared_ptr<const RereadableText> snapshot, const PictureNeeds& needs);

// Whatever of these a directory has.
absl::StatusOr<MemoryPicture> PictureOfDirectory(const std::string& directory,
                                                 const TraceOptions& options,
                                                 const PictureNeeds& needs);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_SOURCE_MEMORY_PICTURE_H_
