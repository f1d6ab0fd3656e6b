#include "pagelab/workloads/exact/exact_run.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/exact/event_words.h"
#include "pagelab/workloads/exact/recording.h"
#include "pagelab/workloads/exact/replay_session.h"
#include "pagelab/workloads/trace/trace_reader.h"

namespace pagelab {
namespace {

// Entries shown before a divergence.
constexpr size_t kEventsBefore = 12;
constexpr uint64_t kFewInHundred = 100;
// More ticks of the vmstat worker than that are not looked for.
constexpr int kMostTicks = 64;

std::string WithoutFolders(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

// What happened before the failed check, on its CPU or to its frames.
std::vector<std::string> EventsBefore(const Recording& recording,
                                      const Divergence& divergence) {
  std::vector<std::string> lines;
  const RecordedEvent& failed = recording.events[divergence.index];
  for (uint64_t i = divergence.index + 1;
       i-- > 0 && lines.size() < kEventsBefore;) {
    const RecordedEvent& event = recording.events[i];
    if (event.cpu == failed.cpu) lines.push_back(WordsWithPlace(event));
  }
  std::reverse(lines.begin(), lines.end());
  return lines;
}

// Ticks of the vmstat worker leave no event where its probe is missing: as
// many as bring `high` to the expected value (page-allocator.md 25.6).
void InferTicks(AllocatorState& state, const AllocatorSnapshot& expect,
                ReplayCounts& counts) {
  for (const SnapshotZone& expected : expect.zones) {
    if (!expected.populated) continue;
    for (Zone& zone : state.all_zones()) {
      if (!zone.populated() || zone.node != expected.node ||
          Index(zone.type) != expected.index) {
        continue;
      }
      for (const SnapshotPcp& wanted : expected.pcps) {
        if (wanted.cpu >= state.nr_cpus) continue;
        PerCpuPages& pcp = zone.pcp[wanted.cpu];
        int32_t high = pcp.high;
        int ticks = 0;
        while (high > wanted.high && ticks < kMostTicks) {
          high = std::max(
              {pcp.count - (pcp.batch << 5), high - (high >> 3), pcp.high_min});
          ++ticks;
        }
        if (high != wanted.high || ticks == 0) continue;
        pcp.high = high;
        counts.Note(Applied::kInferredTicks, static_cast<uint64_t>(ticks));
      }
    }
  }
}

// `high` is not decided where neither probe nor the expected value tells.
void MoveUndecidedHigh(SnapshotDifference& difference) {
  std::vector<std::string> kept;
  for (std::string& line : difference.lines) {
    if (line.find(" pcp cpu=") == std::string::npos ||
        line.find(" high: ") == std::string::npos) {
      kept.push_back(std::move(line));
      continue;
    }
    --difference.fields_differing;
    difference.undecided.push_back(std::move(line) +
                                   " (no decay_pcp_high probe)");
  }
  difference.lines = std::move(kept);
}

ExactReport ReportOf(const Recording& recording, std::string trace_name) {
  ExactReport report;
  report.trace_name = std::move(trace_name);
  report.trace = recording.stats;
  report.replayed = recording.events.size();
  report.found_from = recording.found_from;
  report.found_to = recording.found_to;
  report.impossible = recording.impossible;
  report.first_impossible_line = recording.first_impossible_line;
  report.orphan_batched = recording.orphan_batched;
  return report;
}

// A few such events are damage; many are another machine's.
absl::Status CheckCpus(const Recording& recording, const AllocatorState& state,
                       const AllocatorSnapshot& from,
                       const std::string& trace_name) {
  const auto nr_cpus = static_cast<uint64_t>(state.nr_cpus);
  if (recording.foreign_cpu * kFewInHundred <= recording.events.size()) {
    return absl::OkStatus();
  }
  return InvalidInput(fmt::format(
      "{}: has events of CPU {}, the snapshot \"{}\" is of a machine with {} "
      "CPUs; expected a trace and a snapshot of the same machine",
      trace_name, recording.nr_cpus - 1, from.label, nr_cpus));
}

// The moment before the failed check is made once more, for the lists as they
// were then. Afterwards the replay stands behind the failure, or, with resync,
// at the end.
absl::Status Describe(ReplaySession& session, const Recording& recording,
                      const ExactOptions& options, ExactReport& report) {
  const Divergence& divergence = *report.divergence;
  report.events_before = EventsBefore(recording, divergence);
  PAGELAB_RETURN_IF_ERROR(session.GoBack(divergence.step));
  session.replay().RunTo(divergence.step);
  report.lists_before = session.replay().DescribeLists(divergence.index);
  session.replay().set_resync(options.resync);
  session.replay().RunTo(options.resync ? recording.events.size()
                                        : divergence.step + 1);
  return absl::OkStatus();
}

void CompareEnd(const Recording& recording, AllocatorState& state,
                const AllocatorSnapshot& from, const AllocatorSnapshot* expect,
                ExactReport& report) {
  if (expect == nullptr) {
    report.end = TakeSnapshot(state, from);
    return;
  }
  const bool has_probe = !recording.visited_zones.empty();
  if (!has_probe) InferTicks(state, *expect, report.counts);
  report.end = TakeSnapshot(state, *expect);
  report.difference = CompareSnapshots(*expect, report.end);
  if (!has_probe) MoveUndecidedHigh(*report.difference);
}

}  // namespace

absl::StatusOr<ExactReport> ReplayExactly(InputStream& trace,
                                          const AllocatorSnapshot& from,
                                          const AllocatorSnapshot* expect,
                                          const ExactOptions& options) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<TraceReader> reader,
                           OpenTrace(trace));
  PAGELAB_ASSIGN_OR_RETURN(
      const Recording recording,
      ReadRecording(*reader, BoundsOf(from, expect),
                    [&options](const TraceStats& so_far) {
                      if (options.on_progress) {
                        options.on_progress("reading", so_far.total_events, 0);
                      }
                    }));
  if (recording.events.size() == 0 && !recording.found_from) {
    return InvalidInput(trace.name() +
                        ": has no event of the page allocator; expected a "
                        "trace with kmem events");
  }
  PAGELAB_ASSIGN_OR_RETURN(ReplaySession session,
                           ReplaySession::Create(from, recording));
  ExactReport report = ReportOf(recording, WithoutFolders(trace.name()));
  PAGELAB_RETURN_IF_ERROR(
      CheckCpus(recording, session.allocator(), from, report.trace_name));

  SearchOptions search_options;
  // What was lost cannot be found by flipping what was not.
  search_options.infer = options.infer && recording.stats.lost_reports == 0;
  search_options.on_progress = [&options](uint64_t done, uint64_t of) {
    if (options.on_progress) options.on_progress("replaying", done, of);
  };
  if (expect != nullptr) {
    search_options.distance_at_end = [&] {
      SnapshotDifference difference =
          CompareSnapshots(*expect, TakeSnapshot(session.allocator(), *expect));
      if (recording.visited_zones.empty()) MoveUndecidedHigh(difference);
      return difference.lists_differing + difference.fields_differing;
    };
  }
  ReplaySearch search(session, recording, search_options);
  PAGELAB_ASSIGN_OR_RETURN(SearchResult result, search.Run());
  report.all_checks_passed = result.exact;
  report.choices = std::move(result.choices);
  report.trials = result.replays;
  report.no_checkpoints = std::string(FromAbsl(result.checkpoints.message()));
  report.divergence = session.replay().divergence();
  if (report.divergence.has_value()) {
    PAGELAB_RETURN_IF_ERROR(Describe(session, recording, options, report));
  }
  report.counts = session.replay().counts();
  CompareEnd(recording, session.allocator(), from, expect, report);
  return report;
}

}  // namespace pagelab
