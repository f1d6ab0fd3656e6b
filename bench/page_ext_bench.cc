#include <benchmark/benchmark.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "pagelab/bench/bench_machine.h"
#include "pagelab/bench/page_traffic.h"

namespace pagelab {
namespace {

// Argument "random": in which order pages are looked at.
std::vector<Pfn> PagesOf(const Machine& machine, bool random) {
  std::vector<Pfn> pages;
  const AllocatorState& state = machine.state();
  for (int i = 0; i < state.nr_nodes; ++i) {
    const PfnRange span = state.nodes[i].span;
    for (Pfn pfn = span.begin; pfn < span.end; ++pfn) pages.push_back(pfn);
  }
  TrafficRandom generator;
  for (size_t i = pages.size(); random && i > 1; --i) {
    std::swap(pages[i - 1], pages[generator.Next(static_cast<uint32_t>(i))]);
  }
  return pages;
}

// `look(page_ext, pfn)`, which returns a number, for page after page, all of
// them again and again.
template <class Look>
void LookAtPages(benchmark::State& bench, Look look) {
  constexpr size_t kPagesPerCall = 1024;
  Machine machine = BootForBench("qemu-2g", "page_owner=on");
  PageExt& page_ext = *machine.page_ext();
  const std::vector<Pfn> pages = PagesOf(machine, bench.range(0) != 0);
  // Only what was looked up for writing has its memory.
  for (const Pfn pfn : pages) page_ext.Lookup(pfn);
  size_t next = 0;
  while (bench.KeepRunningBatch(kPagesPerCall)) {
    if (next + kPagesPerCall > pages.size()) next = 0;
    uint64_t sum = 0;
    for (size_t i = 0; i < kPagesPerCall; ++i) {
      sum += look(page_ext, pages[next + i]);
    }
    benchmark::DoNotOptimize(sum);
    next += kPagesPerCall;
  }
  bench.counters["pages_per_second"] =
      benchmark::Counter(1, benchmark::Counter::kIsIterationInvariantRate);
  bench.counters["entry_bytes"] = page_ext.entry_size();
}

// What is the way from a page frame to its entry, without looking into it?
void BM_PageExt_Lookup(benchmark::State& bench) {
  LookAtPages(bench, [](PageExt& page_ext, Pfn pfn) {
    return reinterpret_cast<uintptr_t>(page_ext.Lookup(pfn));
  });
}
BENCHMARK(BM_PageExt_Lookup)->ArgName("random")->Arg(0)->Arg(1);

// The same, for walkers.
void BM_PageExt_Peek(benchmark::State& bench) {
  LookAtPages(bench, [](const PageExt& page_ext, Pfn pfn) {
    return reinterpret_cast<uintptr_t>(page_ext.Peek(pfn));
  });
}
BENCHMARK(BM_PageExt_Peek)->ArgName("random")->Arg(0)->Arg(1);

// What is it with the entry's flags read?
void BM_PageExt_LookupAndRead(benchmark::State& bench) {
  LookAtPages(bench, [](PageExt& page_ext, Pfn pfn) {
    const std::byte* entry = page_ext.Lookup(pfn);
    return entry == nullptr ? 0 : *reinterpret_cast<const uint64_t*>(entry);
  });
}
BENCHMARK(BM_PageExt_LookupAndRead)->ArgName("random")->Arg(0)->Arg(1);

}  // namespace
}  // namespace pagelab
