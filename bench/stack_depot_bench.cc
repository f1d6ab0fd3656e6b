#include <benchmark/benchmark.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pagelab/bench/bench_machine.h"
#include "pagelab/bench/page_traffic.h"
#include "pagelab/stackdepot/jhash.h"

namespace pagelab {
namespace {

constexpr size_t kDepth = 16;

using Stack = absl::Span<const SimAddress>;

// `count` stacks of `depth` frames, all different.
class Stacks {
 public:
  explicit Stacks(size_t count, size_t depth = kDepth)
      : depth_(depth), frames_(count * depth) {
    for (size_t i = 0; i < frames_.size(); ++i) {
      frames_[i] = 0xffffffff81000000 + i * 64;
    }
  }
  size_t size() const { return frames_.size() / depth_; }
  Stack at(size_t i) const {
    return absl::MakeConstSpan(&frames_[i * depth_], depth_);
  }

 private:
  size_t depth_;
  std::vector<SimAddress> frames_;
};

void SetBytesPerStack(benchmark::State& bench, const StackDepot& depot) {
  bench.counters["bytes_per_stack"] =
      static_cast<double>(depot.state().persistent_bytes) /
      static_cast<double>(depot.state().persistent_count);
}

// A general hash map from XXH3 to the stored frames.
class MapDepot {
 public:
  void Store(Stack stack) {
    map_[Hash(stack)] = std::vector<SimAddress>(stack.begin(), stack.end());
  }
  const void* Find(Stack stack) const {
    const auto found = map_.find(Hash(stack));
    return found->second == stack ? &found->second : nullptr;
  }

 private:
  static uint64_t Hash(Stack stack) {
    return XXH3_64bits(stack.data(), stack.size() * sizeof(SimAddress));
  }
  absl::flat_hash_map<uint64_t, std::vector<SimAddress>> map_;
};

// The shape of the kernel's: jhash2 and chains of records.
class ChainedDepot {
 public:
  void Store(Stack stack) {
    auto* record = new Record{buckets_[Bucket(stack)], Hash(stack), {}};
    std::memcpy(record->frames, stack.data(), sizeof(record->frames));
    buckets_[Bucket(stack)] = record;
  }
  const void* Find(Stack stack) const {
    const uint32_t hash = Hash(stack);
    const Record* record = buckets_[hash & (kBuckets - 1)];
    while (record != nullptr &&
           (record->hash != hash || std::memcmp(record->frames, stack.data(),
                                                sizeof(record->frames)) != 0)) {
      record = record->next;
    }
    return record;
  }
  ~ChainedDepot() {
    for (Record* record : buckets_) {
      while (record != nullptr) delete std::exchange(record, record->next);
    }
  }

 private:
  // As on 2 GiB.
  static constexpr size_t kBuckets = 131072;
  struct Record {
    Record* next;
    uint32_t hash;
    SimAddress frames[kDepth];
  };

  static uint32_t Hash(Stack stack) { return HashFrames(stack, 0x9747b28c); }
  static size_t Bucket(Stack stack) { return Hash(stack) & (kBuckets - 1); }
  std::vector<Record*> buckets_ = std::vector<Record*>(kBuckets);
};

// What does it cost to save a stack, by how many of those that come are stored
// already? The new ones are different at each save.
void BM_StackDepot_Save(benchmark::State& bench) {
  constexpr size_t kSaves = 100000;
  const auto depth = static_cast<size_t>(bench.range(0));
  const auto stored = static_cast<size_t>(bench.range(1));
  const auto hit_percent = static_cast<uint64_t>(bench.range(2));
  Machine machine = BootForBench("qemu-2g", "page_owner=on");
  StackDepot& depot = machine.stack_depot();
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  const Stacks stacks(stored + kSaves, depth);
  for (size_t i = 0; i < stored; ++i) {
    depot.Save(context, stacks.at(i), gfp::kKernel);
  }
  const Machine::CheckpointPtr before = machine.Save();
  std::vector<Stack> saves;
  size_t hits = 0;
  for (size_t i = 0; i < kSaves; ++i) {
    const bool hit = i * 37 % 100 < hit_percent;
    saves.push_back(stacks.at(hit ? hits % stored : stored + i));
    hits += hit;
  }
  while (bench.KeepRunningBatch(kSaves)) {
    for (const Stack stack : saves) {
      benchmark::DoNotOptimize(depot.Save(context, stack, gfp::kKernel));
    }
    if (hits == kSaves) continue;
    bench.PauseTiming();
    machine.Restore(*before);
    bench.ResumeTiming();
  }
  bench.counters["hit_rate"] =
      static_cast<double>(hits) / static_cast<double>(kSaves);
  SetBytesPerStack(bench, depot);
}
BENCHMARK(BM_StackDepot_Save)
    ->ArgNames({"depth", "stacks", "hit_pct"})
    ->Args({16, 1000, 100})
    ->Args({16, 100000, 100})
    ->Args({16, 1000, 90})
    ->Args({16, 1000, 0})
    ->Args({4, 1000, 100})
    ->Args({4, 1000, 0});

// The handles of stored stacks, in random order.
std::vector<StackHandle> StoreStacks(Machine& machine, const Stacks& stacks) {
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  std::vector<StackHandle> handles;
  for (size_t i = 0; i < stacks.size(); ++i) {
    handles.push_back(
        machine.stack_depot().Save(context, stacks.at(i), gfp::kKernel));
  }
  TrafficRandom random;
  for (size_t i = handles.size(); i > 1; --i) {
    std::swap(handles[i - 1], handles[random.Next(static_cast<uint32_t>(i))]);
  }
  return handles;
}

// What is the way from a handle to the frames, and to the last of them?
void BM_StackDepot_Fetch(benchmark::State& bench) {
  Machine machine = BootForBench("qemu-2g", "page_owner=on");
  const StackDepot& depot = machine.stack_depot();
  const auto handles =
      StoreStacks(machine, Stacks(static_cast<size_t>(bench.range(0))));
  size_t next = 0;
  for (auto _ : bench) {
    benchmark::DoNotOptimize(depot.Fetch(handles[next]).back());
    if (++next == handles.size()) next = 0;
  }
  SetBytesPerStack(bench, depot);
}
BENCHMARK(BM_StackDepot_Fetch)->ArgName("stacks")->Arg(1000)->Arg(100000);

// What is the way from a handle to the count of its record, and back into it,
// as page_owner goes at each allocation and free?
void BM_StackDepot_Count(benchmark::State& bench) {
  Machine machine = BootForBench("qemu-2g", "page_owner=on");
  const StackDepot& depot = machine.stack_depot();
  const auto handles =
      StoreStacks(machine, Stacks(static_cast<size_t>(bench.range(0))));
  size_t next = 0;
  for (auto _ : bench) {
    benchmark::DoNotOptimize(*depot.CountOf(handles[next]) += 1);
    if (++next == handles.size()) next = 0;
  }
}
BENCHMARK(BM_StackDepot_Count)->ArgName("stacks")->Arg(1000)->Arg(100000);

// What does a hit cost by other means?
template <class Depot>
void BM_StackDepot_Alternative(benchmark::State& bench) {
  Depot depot;
  const Stacks stacks(static_cast<size_t>(bench.range(0)));
  for (size_t i = 0; i < stacks.size(); ++i) depot.Store(stacks.at(i));
  size_t next = 0;
  for (auto _ : bench) {
    benchmark::DoNotOptimize(depot.Find(stacks.at(next)));
    if (++next == stacks.size()) next = 0;
  }
}
BENCHMARK_TEMPLATE(BM_StackDepot_Alternative, MapDepot)
    ->ArgName("stacks")
    ->Arg(1000)
    ->Arg(100000);
BENCHMARK_TEMPLATE(BM_StackDepot_Alternative, ChainedDepot)
    ->ArgName("stacks")
    ->Arg(1000)
    ->Arg(100000);

}  // namespace
}  // namespace pagelab
