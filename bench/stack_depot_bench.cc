#include <benchmark/benchmark.h>

#include <vector>

#include "pagelab/bench/bench_machine.h"

namespace pagelab {
namespace {

constexpr size_t kDepth = 16;

// What does it cost to find a stack that is stored already? 16 frames, round
// robin over the stored ones.
void BM_StackDepot_SaveHit(benchmark::State& bench) {
  Machine machine = BootForBench("qemu-2g", "page_owner=on");
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  const auto stacks = static_cast<size_t>(bench.range(0));
  std::vector<SimAddress> frames(stacks * kDepth);
  for (size_t i = 0; i < frames.size(); ++i) {
    frames[i] = 0xffffffff81000000 + i * 64;
  }
  const auto stack = [&](size_t i) {
    return absl::MakeConstSpan(&frames[i * kDepth], kDepth);
  };
  for (size_t i = 0; i < stacks; ++i) {
    machine.stack_depot().Save(context, stack(i), gfp::kKernel);
  }
  size_t next = 0;
  for (auto _ : bench) {
    benchmark::DoNotOptimize(
        machine.stack_depot().Save(context, stack(next), gfp::kKernel));
    if (++next == stacks) next = 0;
  }
}
BENCHMARK(BM_StackDepot_SaveHit)->ArgName("stacks")->Arg(1000)->Arg(100000);

}  // namespace
}  // namespace pagelab
