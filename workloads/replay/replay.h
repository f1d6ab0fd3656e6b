#ifndef PAGELAB_WORKLOADS_REPLAY_REPLAY_H_
#define PAGELAB_WORKLOADS_REPLAY_REPLAY_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/replay/redrive.h"
#include "pagelab/workloads/trace/trace_stats.h"

namespace pagelab {

// What a replay did. Plain numbers; printers turn them into text or JSON.
struct ReplayReport {
  // The file's name without its folders, or "stdin".
  std::string trace_name;
  // HashOf() the decompressed text.
  std::string trace_hash;
  TraceStats trace;
  RedriveCounts counts;
  // Simulated time at the first and after the last event.
  Nanoseconds begin;
  Nanoseconds end;
};

struct ReplayOptions {
  RedriveOptions redrive;
  // Called every few thousand events. May be empty.
  std::function<void(const TraceStats& so_far)> on_progress;
};

// Reads the ftrace text `input` to its end and drives `machine` with it
// (Redrive). Memory use does not depend on its length. An error if it cannot
// be read or is no trace; damage in parts of it is in the report.
absl::StatusOr<ReplayReport> ReplayTrace(Machine& machine, InputStream& input,
                                         const ReplayOptions& options);

// The numbers of a replay, under the names of docs/replay.md.
std::vector<std::pair<std::string, uint64_t>> CountsOf(
    const ReplayReport& report);

// The report for people, several lines.
std::string ReplayText(const ReplayReport& report);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_REPLAY_REPLAY_H_
