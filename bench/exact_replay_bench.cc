// Exact replay of a recording, from text and from the entries it was read
// into. Which: PAGELAB_BENCH_TRACE and PAGELAB_BENCH_SNAPSHOT, a trace and the
// snapshot that it starts from.

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "pagelab/base/input_stream.h"
#include "pagelab/workloads/exact/exact_run.h"
#include "pagelab/workloads/exact/replay_session.h"
#include "pagelab/workloads/snapshot/snapshot.h"

namespace pagelab {
namespace {

struct Recorded {
  std::string trace;
  AllocatorSnapshot from;
};

// Null, and the benchmark skipped, without the two variables or with a wrong
// one.
const Recorded* Load(benchmark::State& state) {
  static std::unique_ptr<Recorded> recorded;
  if (recorded != nullptr) return recorded.get();
  const char* trace = std::getenv("PAGELAB_BENCH_TRACE");
  const char* snapshot = std::getenv("PAGELAB_BENCH_SNAPSHOT");
  if (trace == nullptr || snapshot == nullptr) {
    state.SkipWithError(
        "PAGELAB_BENCH_TRACE and PAGELAB_BENCH_SNAPSHOT name no recording");
    return nullptr;
  }
  absl::StatusOr<std::string> text = ReadWholeFile(trace);
  const auto input = InputStream::Open(snapshot);
  if (!text.ok() || !input.ok()) {
    state.SkipWithError("the recording cannot be read");
    return nullptr;
  }
  absl::StatusOr<AllocatorSnapshot> from = ReadSnapshot(**input);
  if (!from.ok()) {
    state.SkipWithError("the snapshot cannot be read");
    return nullptr;
  }
  recorded =
      std::make_unique<Recorded>(Recorded{*std::move(text), *std::move(from)});
  return recorded.get();
}

void BM_ExactReplayText(benchmark::State& state) {
  const Recorded* recorded = Load(state);
  if (recorded == nullptr) return;
  uint64_t events = 0;
  for (auto _ : state) {
    const auto trace = InputStream::FromString("trace", recorded->trace);
    const absl::StatusOr<ExactReport> report =
        ReplayExactly(**trace, recorded->from, nullptr, {});
    if (!report.ok() || !report->all_checks_passed) {
      state.SkipWithError("the recording does not replay exactly");
      return;
    }
    events += report->replayed;
  }
  state.SetItemsProcessed(static_cast<int64_t>(events));
}
BENCHMARK(BM_ExactReplayText)->Unit(benchmark::kMillisecond);

// The walk alone: setting the machine up again is not counted, a search would
// be.
void BM_ExactReplayParsed(benchmark::State& state) {
  const Recorded* recorded = Load(state);
  if (recorded == nullptr) return;
  const auto trace = InputStream::FromString("trace", recorded->trace);
  const auto reader = OpenTrace(**trace);
  const absl::StatusOr<Recording> recording =
      ReadRecording(**reader, BoundsOf(recorded->from, nullptr), {});
  uint64_t events = 0;
  for (auto _ : state) {
    state.PauseTiming();
    absl::StatusOr<ReplaySession> session =
        ReplaySession::Create(recorded->from, *recording);
    const SearchOptions options;
    ReplaySearch search(*session, *recording, options);
    state.ResumeTiming();
    const absl::StatusOr<SearchResult> result = search.Run();
    if (!result.ok() || !result->exact) {
      state.SkipWithError("the recording does not replay exactly");
      return;
    }
    events += recording->events.size();
  }
  state.SetItemsProcessed(static_cast<int64_t>(events));
}
BENCHMARK(BM_ExactReplayParsed)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pagelab
