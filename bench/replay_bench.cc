// Recordings of real machines: read, as a workload of a machine of ours, and
// frame by frame. Which: PAGELAB_BENCH_TRACE, and for the last the snapshot
// PAGELAB_BENCH_SNAPSHOT that it starts from; else those in test/data.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/status.h"
#include "pagelab/bench/bench_data.h"
#include "pagelab/bench/bench_machine.h"
#include "pagelab/workloads/exact/exact_run.h"
#include "pagelab/workloads/exact/replay_session.h"
#include "pagelab/workloads/replay/replay.h"
#include "pagelab/workloads/snapshot/snapshot.h"
#include "pagelab/workloads/trace/trace_reader.h"

namespace pagelab {
namespace {

// The text of the recording, without compression.
const absl::StatusOr<std::string>& TraceText() {
  static const auto& text =
      *new absl::StatusOr<std::string>([]() -> absl::StatusOr<std::string> {
        PAGELAB_ASSIGN_OR_RETURN(
            const std::string path,
            FindBenchData("PAGELAB_BENCH_TRACE", "exact/smp2/trace.txt.xz"));
        return ReadWholeFile(path);
      }());
  return text;
}

// What it starts from.
const absl::StatusOr<AllocatorSnapshot>& Snapshot() {
  static const auto& snapshot = *new absl::StatusOr<AllocatorSnapshot>(
      []() -> absl::StatusOr<AllocatorSnapshot> {
        PAGELAB_ASSIGN_OR_RETURN(const std::string path,
                                 FindBenchData("PAGELAB_BENCH_SNAPSHOT",
                                               "exact/smp2/snap_T0.txt.xz"));
        PAGELAB_ASSIGN_OR_RETURN(const auto input, InputStream::Open(path));
        return ReadSnapshot(*input);
      }());
  return snapshot;
}

// `replay` is timed as it says and returns how many events it had.
template <class Replay>
void MeasureEvents(benchmark::State& bench, Replay replay) {
  uint64_t events = 0;
  for (auto _ : bench) {
    const absl::StatusOr<uint64_t> done = replay();
    if (!done.ok()) {
      bench.SkipWithError(std::string(done.status().message()).c_str());
      return;
    }
    events += *done;
  }
  bench.counters["events_per_second"] = benchmark::Counter(
      static_cast<double>(events), benchmark::Counter::kIsRate);
}

void SetTraceBytes(benchmark::State& bench) {
  if (!TraceText().ok()) return;
  bench.SetBytesProcessed(bench.iterations() *
                          static_cast<int64_t>(TraceText()->size()));
}

// How fast does the text of a trace become events?
void BM_TraceReader_Text(benchmark::State& bench) {
  MeasureEvents(bench, []() -> absl::StatusOr<uint64_t> {
    PAGELAB_RETURN_IF_ERROR(TraceText().status());
    PAGELAB_ASSIGN_OR_RETURN(const auto input,
                             InputStream::FromString("trace", *TraceText()));
    PAGELAB_ASSIGN_OR_RETURN(const auto reader, OpenTrace(*input));
    TraceEvent event;
    while (reader->Next(event)) benchmark::DoNotOptimize(event);
    PAGELAB_RETURN_IF_ERROR(reader->status());
    return reader->stats().total_events;
  });
  SetTraceBytes(bench);
}
BENCHMARK(BM_TraceReader_Text)->Unit(benchmark::kMillisecond);

// How fast does a trace drive a machine of ours, booted before, whose page
// frames are its own?
void BM_Replay_Workload(benchmark::State& bench) {
  MeasureEvents(bench, [&]() -> absl::StatusOr<uint64_t> {
    bench.PauseTiming();
    PAGELAB_RETURN_IF_ERROR(TraceText().status());
    Machine machine = BootForBench("qemu-2g-2cpu",
                                   bench.range(0) == 0 ? "" : "page_owner=on");
    PAGELAB_ASSIGN_OR_RETURN(const auto input,
                             InputStream::FromString("trace", *TraceText()));
    bench.ResumeTiming();
    PAGELAB_ASSIGN_OR_RETURN(const ReplayReport report,
                             ReplayTrace(machine, *input, {}));
    return report.trace.total_events;
  });
  SetTraceBytes(bench);
}
BENCHMARK(BM_Replay_Workload)
    ->Unit(benchmark::kMillisecond)
    ->ArgName("owner")
    ->Arg(0)
    ->Arg(1);

// How fast is a recording replayed frame by frame, from its text and with what
// has to be searched?
void BM_ExactReplay_Text(benchmark::State& bench) {
  MeasureEvents(bench, []() -> absl::StatusOr<uint64_t> {
    PAGELAB_RETURN_IF_ERROR(TraceText().status());
    PAGELAB_RETURN_IF_ERROR(Snapshot().status());
    PAGELAB_ASSIGN_OR_RETURN(const auto input,
                             InputStream::FromString("trace", *TraceText()));
    PAGELAB_ASSIGN_OR_RETURN(const ExactReport report,
                             ReplayExactly(*input, *Snapshot(), nullptr, {}));
    if (!report.all_checks_passed) return InvalidInput("it is not exact");
    return report.replayed;
  });
  SetTraceBytes(bench);
}
BENCHMARK(BM_ExactReplay_Text)->Unit(benchmark::kMillisecond);

absl::StatusOr<Recording> ReadEntries() {
  PAGELAB_RETURN_IF_ERROR(TraceText().status());
  PAGELAB_RETURN_IF_ERROR(Snapshot().status());
  PAGELAB_ASSIGN_OR_RETURN(const auto input,
                           InputStream::FromString("trace", *TraceText()));
  PAGELAB_ASSIGN_OR_RETURN(const auto reader, OpenTrace(*input));
  return ReadRecording(*reader, BoundsOf(*Snapshot(), nullptr), {});
}

// The walk alone, from the entries that the text was read into: setting the
// machine up again is not counted, a search would be.
void BM_ExactReplay_Entries(benchmark::State& bench) {
  const absl::StatusOr<Recording> recording = ReadEntries();
  MeasureEvents(bench, [&]() -> absl::StatusOr<uint64_t> {
    bench.PauseTiming();
    PAGELAB_RETURN_IF_ERROR(recording.status());
    PAGELAB_ASSIGN_OR_RETURN(ReplaySession session,
                             ReplaySession::Create(*Snapshot(), *recording));
    const SearchOptions options;
    ReplaySearch search(session, *recording, options);
    bench.ResumeTiming();
    PAGELAB_ASSIGN_OR_RETURN(const SearchResult result, search.Run());
    if (!result.exact) return InvalidInput("it is not exact");
    return recording->events.size();
  });
}
BENCHMARK(BM_ExactReplay_Entries)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pagelab
