#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pagelab/base/check.h"
#include "pagelab/base/output_stream.h"
#include "pagelab/bench/bench_data.h"
#include "pagelab/bench/bench_machine.h"

namespace pagelab {
namespace {

using benchmark::Counter;

constexpr Gfp kGfp = gfp::kHighuserMovable.With(gfp::kZero);

// A machine with page_owner on, and blocks that were allocated there.
class TrackedBlocks {
 public:
  TrackedBlocks(size_t count, Order order)
      : order_(order),
        machine_(BootForBench("qemu-2g", "page_owner=on")),
        context_(machine_.ContextOf(machine_.NewTask("bench", 4711, 4711))) {
    context_.frames = DriverStack(machine_);
    for (size_t i = 0; i < count; ++i) {
      const Page* page = machine_.AllocPages(context_, kGfp, order);
      PAGELAB_CHECK(page != nullptr);
      heads_.push_back(machine_.memory().PfnOf(page));
    }
  }

  Machine& machine() { return machine_; }
  // From now on the stack is not looked up in the depot.
  void GiveHandle() {
    context_.interned =
        machine_.page_owner()->InternAlloc(context_, kGfp).value();
    context_.stack_kind = StackKind::kInterned;
  }
  // What the allocator calls, for each block.
  void Set() {
    for (const Pfn head : heads_) {
      machine_.page_owner()->OnAlloc(context_, head, order_, kGfp);
    }
  }
  void Reset() {
    for (const Pfn head : heads_) {
      machine_.page_owner()->OnFree(context_, head, order_);
    }
  }

 private:
  Order order_;
  Machine machine_;
  ExecutionContext context_;
  std::vector<Pfn> heads_;
};

// Argument "handle": 0, the stack is looked up in the depot; 1, the caller had
// it interned before. An iteration is a block.
void MeasureHook(benchmark::State& bench, void (TrackedBlocks::*measured)(),
                 void (TrackedBlocks::*undo)()) {
  // So many that a pause is nothing beside them.
  constexpr size_t kMaxBlocks = 8192;
  constexpr size_t kMaxPages = 131072;
  const Order order(static_cast<int>(bench.range(0)));
  const size_t count = std::min(kMaxBlocks, kMaxPages / order.pages());
  TrackedBlocks blocks(count, order);
  if (bench.range(1) != 0) blocks.GiveHandle();
  // The blocks were recorded when they were allocated.
  if (measured == &TrackedBlocks::Reset) blocks.Reset();
  while (bench.KeepRunningBatch(static_cast<int64_t>(count))) {
    bench.PauseTiming();
    (blocks.*undo)();
    bench.ResumeTiming();
    (blocks.*measured)();
  }
  bench.counters["records_per_second"] = Counter(
      static_cast<double>(order.pages()), Counter::kIsIterationInvariantRate);
}

// What does it cost to record an allocation?
void BM_PageOwner_Set(benchmark::State& bench) {
  MeasureHook(bench, &TrackedBlocks::Set, &TrackedBlocks::Reset);
}
BENCHMARK(BM_PageOwner_Set)
    ->ArgNames({"order", "handle"})
    ->ArgsProduct({{0, 3, 9}, {0, 1}});

// What does it cost to record a free?
void BM_PageOwner_Reset(benchmark::State& bench) {
  MeasureHook(bench, &TrackedBlocks::Reset, &TrackedBlocks::Set);
}
BENCHMARK(BM_PageOwner_Reset)
    ->ArgNames({"order", "handle"})
    ->ArgsProduct({{0, 3, 9}, {0, 1}});

// Counts what a dump is long.
class ByteCount final : public OutputStream {
 public:
  ByteCount() : OutputStream("nowhere") {}
  int64_t bytes() const { return bytes_; }

 protected:
  absl::Status Write(std::string_view text) override {
    bytes_ += static_cast<int64_t>(text.size());
    return absl::OkStatus();
  }

 private:
  int64_t bytes_ = 0;
};

// How fast is a dump of page_owner written, by where it goes?
void BM_PageOwner_Dump(benchmark::State& bench, bool to_file) {
  constexpr int kRecords = 300000;
  TrackedBlocks blocks(kRecords, Order(0));
  absl::StatusOr<std::unique_ptr<SimFile>> file =
      blocks.machine().File("/sys/kernel/debug/page_owner");
  ByteCount count;
  if (!file.ok() || !(*file)->Dump(count).ok() || !count.Commit().ok()) {
    bench.SkipWithError("there is nothing to dump");
    return;
  }
  const ScratchDirectory scratch;
  const std::string path = to_file ? scratch.File("page_owner") : "/dev/null";
  for (auto _ : bench) {
    auto out = OpenOutput(path);
    if (!out.ok() || !(*file)->Dump(**out).ok() || !(*out)->Commit().ok()) {
      bench.SkipWithError("the dump cannot be written");
      break;
    }
  }
  bench.SetBytesProcessed(bench.iterations() * count.bytes());
  bench.counters["records_per_second"] =
      Counter(kRecords, Counter::kIsIterationInvariantRate);
}
BENCHMARK_CAPTURE(BM_PageOwner_Dump, null, false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_PageOwner_Dump, file, true)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pagelab
