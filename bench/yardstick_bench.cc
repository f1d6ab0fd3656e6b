// What the page allocator's rows are read beside: the same work by an
// allocator that does the least, and by what C++ programs use otherwise. No
// figure depends on pagelab.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "pagelab/base/check.h"
#include "pagelab/bench/page_traffic.h"
#include "pagelab/bench/row_counters.h"
#include "pagelab/bench/yardstick_buddy.h"

namespace pagelab {
namespace {

constexpr uint64_t kPairsPerCall = 1000;
// 4 GiB.
constexpr uint32_t kFrames = 1 << 20;

struct BuddyBlocks {
  static constexpr const char* kName = "buddy";
  using Block = uint32_t;
  Block Get(int order) {
    const Block block = buddy.Get(order);
    PAGELAB_CHECK(block != YardstickBuddy::kNone);
    return block;
  }
  void Put(Block block, int order) { buddy.Put(block, order); }

  YardstickBuddy buddy{kFrames};
};

struct MallocBlocks {
  static constexpr const char* kName = "malloc";
  using Block = void*;
  static Block Get(int order) {
    Block block = std::aligned_alloc(4096, size_t{4096} << order);
    // Else compilers leave the pair out.
    benchmark::DoNotOptimize(block);
    PAGELAB_CHECK(block != nullptr);
    return block;
  }
  static void Put(Block block, int) { std::free(block); }
};

// `step` does a number of pairs.
template <class Step>
void MeasurePairs(benchmark::State& bench, const std::string& row,
                  uint64_t usually_counted, Step step) {
  const uint64_t counted = CountedPairs(usually_counted);
  SetInstructions(bench, row, [&] {
    return InstructionsAPair(counted, [&] { step(counted); });
  });
  while (bench.KeepRunningBatch(kPairsPerCall)) step(kPairsPerCall);
}

// What does it cost to get a block and to put it back, the same one each time?
template <class Blocks>
void Repeat(benchmark::State& bench) {
  Blocks blocks;
  const auto order = static_cast<int>(bench.range(0));
  const auto repeat = [&](uint64_t pairs) {
    for (uint64_t i = 0; i < pairs; ++i) {
      const auto block = blocks.Get(order);
      blocks.Put(block, order);
    }
  };
  repeat(kPairsPerCall);
  MeasurePairs(bench, fmt::format("{} repeat {}", Blocks::kName, order), 20,
               repeat);
  SetRates(bench, 1 << order);
}
void BM_Yardstick_Repeat(benchmark::State& bench) {
  Repeat<BuddyBlocks>(bench);
}
BENCHMARK(BM_Yardstick_Repeat)->ArgName("order")->Arg(0)->Arg(9);
void BM_Malloc_Repeat(benchmark::State& bench) { Repeat<MallocBlocks>(bench); }
BENCHMARK(BM_Malloc_Repeat)->ArgName("order")->Arg(0)->Arg(9);

// What does a page cost when 90 % of all frames go out and come back in the
// same order?
void BM_Yardstick_Bulk(benchmark::State& bench) {
  BuddyBlocks blocks;
  std::vector<uint32_t> held(size_t{kFrames} / 10 * 9);
  const auto get = [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) held[i] = blocks.Get(0);
  };
  const auto put = [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) blocks.Put(held[i], 0);
  };
  // As for the page allocator: the middle of both ways.
  const size_t begin = held.size() / 2;
  const size_t end = begin + std::min(CountedPairs(200), begin);
  SetInstructions(bench, "buddy bulk", [&]() -> std::optional<double> {
    const auto half = [&](const auto& way) {
      way(0, begin);
      const auto count =
          InstructionsAPair(end - begin, [&] { way(begin, end); });
      way(end, held.size());
      return count;
    };
    const std::optional<double> out = half(get);
    const std::optional<double> back = half(put);
    if (!out.has_value() || !back.has_value()) return std::nullopt;
    return *out + *back;
  });
  while (bench.KeepRunningBatch(static_cast<int64_t>(held.size()))) {
    get(0, held.size());
    put(0, held.size());
  }
  SetRates(bench, 1);
}
BENCHMARK(BM_Yardstick_Bulk);

// What does a pair cost in the long run, with `held` pages held, when a random
// one goes back and another comes?
template <class Blocks>
void Churn(benchmark::State& bench) {
  Blocks blocks;
  std::vector<typename Blocks::Block> held(bench.range(0));
  for (auto& block : held) block = blocks.Get(0);
  TrafficRandom random;
  const auto churn = [&](uint64_t pairs) {
    for (uint64_t i = 0; i < pairs; ++i) {
      auto& block = held[random.Next(static_cast<uint32_t>(held.size()))];
      blocks.Put(block, 0);
      block = blocks.Get(0);
    }
  };
  churn(2 * held.size());
  MeasurePairs(bench, std::string(Blocks::kName) + " churn", 50, churn);
  SetRates(bench, 1);
  for (auto& block : held) blocks.Put(block, 0);
}
void BM_Yardstick_Churn(benchmark::State& bench) { Churn<BuddyBlocks>(bench); }
BENCHMARK(BM_Yardstick_Churn)->ArgName("held")->Arg(kFrames / 2);
// Less is held: malloc writes beside each block, and half of 4 GiB would be
// the host's own memory.
void BM_Malloc_Churn(benchmark::State& bench) { Churn<MallocBlocks>(bench); }
BENCHMARK(BM_Malloc_Churn)->ArgName("held")->Arg(kFrames / 32);

// The same with blocks of all orders.
void BM_Yardstick_Mix(benchmark::State& bench) {
  struct Held {
    uint32_t block;
    int order;
  };
  BuddyBlocks blocks;
  TrafficRandom random;
  std::vector<Held> held;
  uint32_t pages = 0;
  while (pages < kFrames / 2) {
    const int order = NextMixedOrder(random).value();
    held.push_back({blocks.Get(order), order});
    pages += 1u << order;
  }
  const auto mix = [&](uint64_t pairs) {
    for (uint64_t i = 0; i < pairs; ++i) {
      Held& one = held[random.Next(static_cast<uint32_t>(held.size()))];
      blocks.Put(one.block, one.order);
      one.order = NextMixedOrder(random).value();
      one.block = blocks.Get(one.order);
    }
  };
  mix(10 * held.size());
  MeasurePairs(bench, "buddy mix", 200, mix);
  SetRates(bench,
           static_cast<double>(pages) / static_cast<double>(held.size()));
}
BENCHMARK(BM_Yardstick_Mix);

}  // namespace
}  // namespace pagelab
