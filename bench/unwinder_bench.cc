#include <benchmark/benchmark.h>

#include <array>

#include "pagelab/stackdepot/unwinder.h"

namespace pagelab {
namespace {

constexpr int kDepth = 12;

using Frames = std::array<uintptr_t, 16>;

// A chain of calls with the capture, or nothing, at its end.
[[gnu::noinline]] size_t Call(int depth, const Unwinder* unwinder,
                              Frames& frames) {
  size_t count = 0;
  if (depth > 1) {
    count = Call(depth - 1, unwinder, frames);
  } else if (unwinder != nullptr) {
    count = unwinder->Capture(absl::MakeSpan(frames));
  }
  benchmark::DoNotOptimize(count);
  return count;
}

// What does it cost to capture a stack of 12 frames and what the benchmark
// library adds? The bare chain is to be subtracted.
void BM_Unwinder_Capture(benchmark::State& bench, const Unwinder* unwinder) {
  Frames frames;
  size_t count = 0;
  for (auto _ : bench) {
    count = Call(kDepth, unwinder, frames);
    benchmark::DoNotOptimize(frames);
  }
  bench.counters["frames"] = static_cast<double>(count);
}
BENCHMARK_CAPTURE(BM_Unwinder_Capture, bare_chain, nullptr);
BENCHMARK_CAPTURE(BM_Unwinder_Capture, libunwind, &LibunwindUnwinder());
// Not on every processor.
[[maybe_unused]] const bool kHasFramePointers = [] {
  if (FramePointerUnwinder() == nullptr) return false;
  benchmark::RegisterBenchmark("BM_Unwinder_Capture/frame_pointers",
                               BM_Unwinder_Capture, FramePointerUnwinder());
  return true;
}();

}  // namespace
}  // namespace pagelab
