#include <benchmark/benchmark.h>

#include "pagelab/base/output_stream.h"
#include "pagelab/bench/bench_machine.h"

namespace pagelab {
namespace {

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
void BM_PageOwner_Dump(benchmark::State& bench, const char* path) {
  Machine machine = BootForBench("qemu-2g", "page_owner=on");
  Task& task = machine.NewTask("bench", 4711, 4711);
  ExecutionContext context = machine.ContextOf(task);
  context.frames = DriverStack(machine);
  constexpr int kRecords = 300000;
  for (int i = 0; i < kRecords; ++i) {
    machine.AllocPages(context, gfp::kHighuserMovable.With(gfp::kZero),
                       Order(0));
  }
  absl::StatusOr<std::unique_ptr<SimFile>> file =
      machine.File("/sys/kernel/debug/page_owner");
  ByteCount count;
  if (!file.ok() || !(*file)->Dump(count).ok() || !count.Commit().ok()) {
    bench.SkipWithError("there is nothing to dump");
    return;
  }
  for (auto _ : bench) {
    auto out = OpenOutput(path);
    if (!out.ok() || !(*file)->Dump(**out).ok() || !(*out)->Commit().ok()) {
      bench.SkipWithError("the dump cannot be written");
      break;
    }
  }
  bench.SetBytesProcessed(bench.iterations() * count.bytes());
  bench.SetItemsProcessed(bench.iterations() * kRecords);
}
BENCHMARK_CAPTURE(BM_PageOwner_Dump, null, "/dev/null");
BENCHMARK_CAPTURE(BM_PageOwner_Dump, file, "page_owner_bench.tmp");

}  // namespace
}  // namespace pagelab
