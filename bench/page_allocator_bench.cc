// The page allocator's front door. An iteration is a pair: one block out and
// one back. yardstick_bench.cc does the same work by other means.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "fmt/format.h"
#include "pagelab/base/check.h"
#include "pagelab/bench/bench_machine.h"
#include "pagelab/bench/page_traffic.h"
#include "pagelab/bench/row_counters.h"

namespace pagelab {
namespace {

constexpr uint64_t kPairsPerCall = 1000;
constexpr Gfp kGfp = gfp::kHighuserMovable;

// Argument "owner".
enum Owner : int64_t {
  kOwnerOff,
  // Each stack is looked up in the stack depot.
  kOwnerOn,
  // The caller had its stack interned before.
  kOwnerHandleGiven,
};

// The machine of all rows, and who asks.
class Row {
 public:
  explicit Row(int64_t owner)
      : machine_(
            BootForBench("qemu-4g", owner == kOwnerOff ? "" : "page_owner=on")),
        context_(machine_.ContextOf(machine_.NewTask("bench", 1, 1))) {
    context_.frames = DriverStack(machine_);
    if (owner != kOwnerHandleGiven) return;
    context_.interned =
        machine_.page_owner()->InternAlloc(context_, kGfp).value();
    context_.stack_kind = StackKind::kInterned;
  }

  TrafficSource source() { return {machine_.state(), context_}; }
  // Frames that the allocator has or had.
  uint64_t nr_frames() const {
    uint64_t frames = 0;
    const AllocatorState& state = machine_.state();
    for (int i = 0; i < state.nr_zones; ++i) {
      frames += state.zones[i].managed.value();
    }
    return frames;
  }
  Page* Get(Order order) {
    Page* page = machine_.allocator().AllocPages(context_,
                                                 {.gfp = kGfp, .order = order});
    PAGELAB_CHECK(page != nullptr);
    return page;
  }

 private:
  Machine machine_;
  ExecutionContext context_;
};

// What does one allocation and its free cost, by order and by how the hot path
// asks whether anybody watches? Nobody does.
void BM_PageAllocator_Pair(benchmark::State& bench,
                           decltype(hooks_absent::RepeatPairs)* loop) {
  Row row(kOwnerOff);
  const AllocRequest request{.gfp = gfp::kKernel,
                             .order = Order(static_cast<int>(bench.range(0)))};
  while (bench.KeepRunningBatch(kPairsPerCall)) {
    loop(row.source(), request, kPairsPerCall);
  }
  SetRates(bench, static_cast<double>(request.order.pages()));
}
BENCHMARK_CAPTURE(BM_PageAllocator_Pair, hooks_absent,
                  hooks_absent::RepeatPairs)
    ->ArgName("order")
    ->Arg(0)
    ->Arg(9);
BENCHMARK_CAPTURE(BM_PageAllocator_Pair, hooks_branch,
                  hooks_branch::RepeatPairs)
    ->ArgName("order")
    ->Arg(0)
    ->Arg(9);
BENCHMARK_CAPTURE(BM_PageAllocator_Pair, hooks_static_key,
                  hooks_static_key::RepeatPairs)
    ->ArgName("order")
    ->Arg(0)
    ->Arg(9);

// What does it cost to get a block and to put it back, the same one each time,
// and what to watch that?
void BM_PageAllocator_Repeat(benchmark::State& bench) {
  const Order order(static_cast<int>(bench.range(0)));
  const int64_t owner = bench.range(1);
  const uint64_t counted = CountedPairs(owner == kOwnerOff ? 20 : 4);
  Row row(owner);
  const auto repeat = [&](uint64_t pairs) {
    hooks_static_key::RepeatPairs(row.source(), {.gfp = kGfp, .order = order},
                                  pairs);
  };
  repeat(kPairsPerCall);
  SetInstructions(
      bench, fmt::format("repeat/{}/{}", order.value(), owner),
      [&] { return InstructionsAPair(counted, [&] { repeat(counted); }); });
  while (bench.KeepRunningBatch(kPairsPerCall)) repeat(kPairsPerCall);
  SetRates(bench, static_cast<double>(order.pages()));
}
BENCHMARK(BM_PageAllocator_Repeat)
    ->ArgNames({"order", "owner"})
    ->ArgsProduct({{0, 9}, {kOwnerOff, kOwnerOn}})
    ->Args({0, kOwnerHandleGiven});

// The largest batch that per-cpu lists are filled and emptied by; smaller ones
// divide it.
constexpr uint64_t kLargestBatch = 63 << 5;

// Of a bulk, `counted` pages on the way out and on the way back: all of it
// would take many minutes. They are an eighth here and there, and each begins
// an eighth further in a batch, so that together they have all of one.
std::optional<double> CountBulk(Row& row, absl::Span<Page*> held,
                                uint64_t counted) {
  constexpr uint64_t kParts = 8;
  const uint64_t length = std::min(counted, held.size() / 64) / kParts;
  if (length == 0) return std::nullopt;
  const uint64_t distance =
      held.size() / kParts / kLargestBatch * kLargestBatch + length;
  std::vector<TrafficStep> steps(held.size());
  for (size_t i = 0; i < held.size(); ++i) {
    steps[i].slot = static_cast<uint32_t>(i);
    steps[i].gfp = kGfp;
  }
  const auto play = [&](uint64_t begin, uint64_t end) {
    hooks_static_key::PlaySteps(
        row.source(), absl::MakeConstSpan(steps).subspan(begin, end - begin),
        held);
  };
  double sum = 0;
  for (const bool put : {false, true}) {
    for (TrafficStep& step : steps) step.put = put;
    uint64_t begin = 0;
    for (uint64_t part = 0; part < kParts; ++part) {
      const auto count =
          InstructionsAPair(length, [&] { play(begin, begin + length); });
      const uint64_t next = part + 1 < kParts ? begin + distance : held.size();
      play(begin + length, next);
      begin = next;
      sum += count.value_or(NAN);
    }
  }
  if (std::isnan(sum)) return std::nullopt;
  return sum / kParts;
}

// What does a page cost when 90 % of all frames go out and come back in the
// same order?
void BM_PageAllocator_Bulk(benchmark::State& bench) {
  const int64_t owner = bench.range(0);
  const uint64_t counted = CountedPairs(owner == kOwnerOff ? kLargestBatch : 0);
  Row row(owner);
  std::vector<Page*> held(row.nr_frames() * 9 / 10);
  const auto bulk = [&] {
    hooks_static_key::BulkPairs(row.source(), {.gfp = kGfp},
                                absl::MakeSpan(held));
  };
  bulk();
  SetInstructions(bench, fmt::format("bulk/{}", owner), [&] {
    return CountBulk(row, absl::MakeSpan(held), counted);
  });
  while (bench.KeepRunningBatch(static_cast<int64_t>(held.size()))) bulk();
  SetRates(bench, 1);
}
BENCHMARK(BM_PageAllocator_Bulk)
    ->ArgName("owner")
    ->Arg(kOwnerOff)
    ->Arg(kOwnerOn);

// What does a pair cost in the long run, with half of all frames held, when a
// random one goes back and another comes?
void BM_PageAllocator_Churn(benchmark::State& bench) {
  const int64_t owner = bench.range(0);
  const uint64_t counted = CountedPairs(owner == kOwnerOff ? 250 : 0);
  Row row(owner);
  std::vector<Page*> held(row.nr_frames() / 2);
  for (Page*& page : held) page = row.Get(Order(0));
  TrafficRandom random;
  const auto churn = [&](uint64_t pairs) {
    hooks_static_key::ChurnPairs(row.source(), {.gfp = kGfp},
                                 absl::MakeSpan(held), random, pairs);
  };
  churn(2 * held.size());
  SetInstructions(bench, fmt::format("churn/{}", owner), [&] {
    return InstructionsAPair(counted, [&] { churn(counted); });
  });
  while (bench.KeepRunningBatch(kPairsPerCall)) churn(kPairsPerCall);
  SetRates(bench, 1);
}
BENCHMARK(BM_PageAllocator_Churn)
    ->ArgName("owner")
    ->Arg(kOwnerOff)
    ->Arg(kOwnerOn);

// The same with blocks of all orders: 75 % of order 0, then 1, 2, 3, 4, 5, 9.
void BM_PageAllocator_Mix(benchmark::State& bench) {
  const int64_t owner = bench.range(0);
  const uint64_t counted = CountedPairs(owner == kOwnerOff ? 250 : 0);
  Row row(owner);
  TrafficRandom random;
  std::vector<HeldBlock> held;
  uint64_t pages = 0;
  while (pages < row.nr_frames() / 2) {
    const Order order = NextMixedOrder(random);
    held.push_back({row.Get(order), order});
    pages += order.pages();
  }
  const auto mix = [&](uint64_t pairs) {
    hooks_static_key::MixPairs(row.source(), kGfp, absl::MakeSpan(held), random,
                               pairs);
  };
  mix(10 * held.size());
  SetInstructions(bench, fmt::format("mix/{}", owner), [&] {
    return InstructionsAPair(counted, [&] { mix(counted); });
  });
  while (bench.KeepRunningBatch(kPairsPerCall)) mix(kPairsPerCall);
  SetRates(bench,
           static_cast<double>(pages) / static_cast<double>(held.size()));
}
BENCHMARK(BM_PageAllocator_Mix)
    ->ArgName("owner")
    ->Arg(kOwnerOff)
    ->Arg(kOwnerOn);

}  // namespace
}  // namespace pagelab
