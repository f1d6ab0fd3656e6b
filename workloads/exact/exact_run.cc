#include "pagelab/workloads/exact/exact_run.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/workloads/exact/event_words.h"
#include "pagelab/workloads/exact/exact_replay.h"
#include "pagelab/workloads/exact/recording.h"
#include "pagelab/workloads/trace/trace_reader.h"

namespace pagelab {
namespace {

// Entries shown before a divergence.
constexpr size_t kEventsBefore = 12;
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

bool HasDecayProbe(const Recording& recording) {
  return !recording.visited_zones.empty();
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
    if (line.find(" high: ") == std::string::npos) {
      kept.push_back(std::move(line));
      continue;
    }
    --difference.fields_differing;
    difference.undecided.push_back(std::move(line) +
                                   " (no decay_pcp_high probe)");
  }
  difference.lines = std::move(kept);
}

RecordingBounds BoundsOf(const AllocatorSnapshot& from,
                         const AllocatorSnapshot* expect, Pfn end_pfn) {
  return {.from_label = from.label,
          .to_label = expect == nullptr ? std::string() : expect->label,
          .end_pfn = end_pfn,
          .vmemmap = from.vmemmap,
          .sizeof_struct_page = from.sizeof_struct_page};
}

// The moment before the failed check, made again from the start.
absl::Status Describe(const AllocatorSnapshot& from, const Recording& recording,
                      const Choices& choices, ExactReport& report) {
  report.events_before = EventsBefore(recording, *report.divergence);
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<SnapshotMachine> machine,
                           SnapshotMachine::Load(from));
  ExactReplay replay(*machine, recording);
  replay.choices() = choices;
  replay.RunTo(report.divergence->step);
  report.lists_before = replay.DescribeLists(report.divergence->index);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExactReport> ReplayExactly(InputStream& trace,
                                          const AllocatorSnapshot& from,
                                          const AllocatorSnapshot* expect,
                                          const ExactOptions& options) {
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<SnapshotMachine> machine,
                           SnapshotMachine::Load(from));
  PAGELAB_ASSIGN_OR_RETURN(const std::unique_ptr<TraceReader> reader,
                           OpenTrace(trace));
  const RecordingBounds bounds =
      BoundsOf(from, expect, machine->memory().end_pfn());
  PAGELAB_ASSIGN_OR_RETURN(
      const Recording recording,
      ReadRecording(*reader, bounds, [&options](const TraceStats& so_far) {
        if (options.on_progress) {
          options.on_progress("reading", so_far.total_events, 0);
        }
      }));
  ExactReport report;
  report.trace_name = WithoutFolders(trace.name());
  report.trace = recording.stats;
  report.replayed = recording.events.size();
  report.found_from = recording.found_from;
  report.found_to = recording.found_to;
  report.impossible = recording.impossible;
  report.first_impossible_line = recording.first_impossible_line;
  report.orphan_batched = recording.orphan_batched;
  if (recording.nr_cpus > static_cast<uint64_t>(machine->state().nr_cpus)) {
    return InvalidInput(
        report.trace_name + ": has events of CPU " +
        std::to_string(recording.nr_cpus - 1) + ", the snapshot \"" +
        from.label + "\" only of " + std::to_string(machine->state().nr_cpus) +
        " CPUs; expected a trace and a snapshot of the same machine");
  }

  ExactReplay replay(*machine, recording);
  PAGELAB_ASSIGN_OR_RETURN(CheckpointStore store, CheckpointStore::Create());
  SearchOptions search_options;
  search_options.infer = options.infer;
  search_options.on_progress = [&options](uint64_t done, uint64_t of) {
    if (options.on_progress) options.on_progress("replaying", done, of);
  };
  ReplaySearch search(replay, recording, store, search_options);
  PAGELAB_ASSIGN_OR_RETURN(SearchResult result, search.Run());
  if (replay.divergence().has_value()) {
    report.divergence = replay.divergence();
    PAGELAB_RETURN_IF_ERROR(
        Describe(from, recording, replay.choices(), report));
    if (options.resync) {
      replay.set_resync(true);
      replay.RunTo(recording.events.size());
    }
  }
  report.all_checks_passed = result.exact;
  report.choices = std::move(result.choices);
  report.trials = result.replays;
  report.counts = replay.counts();
  if (expect != nullptr) {
    if (!HasDecayProbe(recording)) {
      InferTicks(machine->state(), *expect, report.counts);
    }
    report.end = TakeSnapshot(machine->state(), *expect);
    report.difference = CompareSnapshots(*expect, report.end);
    if (!HasDecayProbe(recording)) MoveUndecidedHigh(*report.difference);
  } else {
    report.end = TakeSnapshot(machine->state(), from);
  }
  return report;
}

}  // namespace pagelab
