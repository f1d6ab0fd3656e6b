#include <benchmark/benchmark.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pagelab/bench/bench_machine.h"
#include "pagelab/stackdepot/jhash.h"

namespace pagelab {
namespace {

constexpr size_t kDepth = 16;

using Stack = absl::Span<const SimAddress>;

// `count` stacks of 16 frames, all different.
class Stacks {
 public:
  explicit Stacks(size_t count) : frames_(count * kDepth) {
    for (size_t i = 0; i < frames_.size(); ++i) {
      frames_[i] = 0xffffffff81000000 + i * 64;
    }
  }
  size_t size() const { return frames_.size() / kDepth; }
  Stack at(size_t i) const {
    return absl::MakeConstSpan(&frames_[i * kDepth], kDepth);
  }

 private:
  std::vector<SimAddress> frames_;
};

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

// What does it cost to find a stack that is stored already? 16 frames, round
// robin over the stored ones.
void BM_StackDepot_SaveHit(benchmark::State& bench) {
  Machine machine = BootForBench("qemu-2g", "page_owner=on");
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  const Stacks stacks(static_cast<size_t>(bench.range(0)));
  for (size_t i = 0; i < stacks.size(); ++i) {
    machine.stack_depot().Save(context, stacks.at(i), gfp::kKernel);
  }
  size_t next = 0;
  for (auto _ : bench) {
    benchmark::DoNotOptimize(
        machine.stack_depot().Save(context, stacks.at(next), gfp::kKernel));
    if (++next == stacks.size()) next = 0;
  }
}
BENCHMARK(BM_StackDepot_SaveHit)->ArgName("stacks")->Arg(1000)->Arg(100000);

// The same by other means.
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
