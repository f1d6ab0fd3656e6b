#include <benchmark/benchmark.h>

#include "pagelab/bench/bench_machine.h"
#include "pagelab/bench/page_traffic.h"

namespace pagelab {
namespace {

constexpr uint64_t kPairsPerIteration = 1000;

using PairLoop = void (*)(const TrafficSource&, const AllocRequest&, uint64_t);

// What does one allocation and its free cost, by order and by how the hot path
// asks whether anybody watches? Nobody does.
void BM_PageAllocator_Pair(benchmark::State& bench, PairLoop loop) {
  Machine machine = BootForBench("qemu-2g", "");
  Task& task = machine.NewTask("bench", 1, 1);
  ExecutionContext context = machine.ContextOf(task);
  const Order order(static_cast<int>(bench.range(0)));
  for (auto _ : bench) {
    loop({machine.state(), context}, {.gfp = gfp::kKernel, .order = order},
         kPairsPerIteration);
  }
  bench.SetItemsProcessed(bench.iterations() *
                          static_cast<int64_t>(kPairsPerIteration));
}
BENCHMARK_CAPTURE(BM_PageAllocator_Pair, hooks_absent,
                  hooks_absent::RepeatPairs)
    ->ArgName("order")
    ->Arg(0)
    ->Arg(3)
    ->Arg(9);
BENCHMARK_CAPTURE(BM_PageAllocator_Pair, hooks_branch,
                  hooks_branch::RepeatPairs)
    ->ArgName("order")
    ->Arg(0)
    ->Arg(3)
    ->Arg(9);
BENCHMARK_CAPTURE(BM_PageAllocator_Pair, hooks_static_key,
                  hooks_static_key::RepeatPairs)
    ->ArgName("order")
    ->Arg(0)
    ->Arg(3)
    ->Arg(9);

// The same with page_owner on: the cost of watching.
void BM_PageAllocator_PairOwnerOn(benchmark::State& bench) {
  Machine machine = BootForBench("qemu-2g", "page_owner=on");
  Task& task = machine.NewTask("bench", 1, 1);
  ExecutionContext context = machine.ContextOf(task);
  context.frames = DriverStack(machine);
  const Order order(static_cast<int>(bench.range(0)));
  for (auto _ : bench) {
    hooks_static_key::RepeatPairs({machine.state(), context},
                                  {.gfp = gfp::kKernel, .order = order},
                                  kPairsPerIteration);
  }
  bench.SetItemsProcessed(bench.iterations() *
                          static_cast<int64_t>(kPairsPerIteration));
}
BENCHMARK(BM_PageAllocator_PairOwnerOn)
    ->ArgName("order")
    ->Arg(0)
    ->Arg(3)
    ->Arg(9);

// The same for a caller that had its stack interned before.
void BM_PageAllocator_PairHandleGiven(benchmark::State& bench) {
  Machine machine = BootForBench("qemu-2g", "page_owner=on");
  Task& task = machine.NewTask("bench", 1, 1);
  ExecutionContext context = machine.ContextOf(task);
  context.frames = DriverStack(machine);
  context.interned =
      machine.page_owner()->InternAlloc(context, gfp::kKernel).value();
  context.stack_kind = StackKind::kInterned;
  for (auto _ : bench) {
    hooks_static_key::RepeatPairs({machine.state(), context},
                                  {.gfp = gfp::kKernel, .order = Order(0)},
                                  kPairsPerIteration);
  }
  bench.SetItemsProcessed(bench.iterations() *
                          static_cast<int64_t>(kPairsPerIteration));
}
BENCHMARK(BM_PageAllocator_PairHandleGiven);

// How long does a machine take to boot?
void BM_Machine_Boot(benchmark::State& bench, const char* name) {
  uint64_t resident = 0;
  for (auto _ : bench) {
    const Machine machine = BootForBench(name, "");
    resident = machine.resident_bytes();
  }
  bench.counters["resident_bytes"] = static_cast<double>(resident);
}
BENCHMARK_CAPTURE(BM_Machine_Boot, 2GiB, "qemu-2g");
BENCHMARK_CAPTURE(BM_Machine_Boot, 64GiB, "pc-64g");
BENCHMARK_CAPTURE(BM_Machine_Boot, 1TiB, "big-1t");

}  // namespace
}  // namespace pagelab
