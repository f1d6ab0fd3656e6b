// A machine as a whole.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "pagelab/base/status.h"
#include "pagelab/bench/bench_data.h"
#include "pagelab/bench/bench_machine.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/outputs.h"
#include "pagelab/workloads/runner.h"
#include "pagelab/workloads/summary.h"

namespace pagelab {
namespace {

// How long does a machine take to boot, and how much of the host's memory does
// it hold then?
void BM_Machine_Boot(benchmark::State& bench, const char* name) {
  uint64_t resident = 0;
  uint64_t pages = 0;
  for (auto _ : bench) {
    const Machine machine =
        BootForBench(name, bench.range(0) == 0 ? "" : "page_owner=on");
    resident = machine.resident_bytes();
    pages = 0;
    for (int i = 0; i < machine.state().nr_nodes; ++i) {
      pages += machine.state().nodes[i].present.value();
    }
  }
  bench.counters["resident_bytes"] = static_cast<double>(resident);
  bench.counters["bytes_per_page"] =
      static_cast<double>(resident) / static_cast<double>(pages);
}
#define PAGELAB_BENCH_BOOT(size, name)           \
  BENCHMARK_CAPTURE(BM_Machine_Boot, size, name) \
      ->Unit(benchmark::kMicrosecond)            \
      ->ArgName("owner")                         \
      ->Arg(0)                                   \
      ->Arg(1)
PAGELAB_BENCH_BOOT(16MiB, "tiny-16m");
PAGELAB_BENCH_BOOT(2GiB, "qemu-2g");
PAGELAB_BENCH_BOOT(4GiB, "qemu-4g");
PAGELAB_BENCH_BOOT(64GiB, "pc-64g");
PAGELAB_BENCH_BOOT(1TiB, "big-1t");
#undef PAGELAB_BENCH_BOOT

// Everything `pagelab run NAME -o DIR` does between its start and its end.
absl::Status RunAndWrite(std::string_view name, const std::string& directory) {
  PAGELAB_ASSIGN_OR_RETURN(const Scenario scenario, LoadScenario(name));
  PAGELAB_ASSIGN_OR_RETURN(MachineConfig config, MachineFor(scenario, ""));
  config.command_line += " page_owner=on";
  PAGELAB_ASSIGN_OR_RETURN(Machine machine, Machine::Boot(config));
  PAGELAB_ASSIGN_OR_RETURN(const RunReport report,
                           RunScenario(machine, scenario, {}));
  PAGELAB_RETURN_IF_ERROR(WriteOutputs(machine, directory).status());
  Summary summary;
  summary.command = "run";
  summary.workload = scenario.name;
  summary.seed = scenario.seed;
  summary.counts = CountsOf(report);
  summary.owners = SummarizeOwners(machine, 10);
  return WriteOutputText(directory, kSummaryFile, SummaryJson(machine, summary))
      .status();
}

// How long does a scenario take, from its file to the files that it writes?
void BM_Machine_Run(benchmark::State& bench, const char* scenario) {
  const ScratchDirectory directory;
  for (auto _ : bench) {
    const absl::Status status = RunAndWrite(scenario, directory.path());
    if (!status.ok()) {
      bench.SkipWithError(std::string(status.message()).c_str());
      break;
    }
  }
}
BENCHMARK_CAPTURE(BM_Machine_Run, hello, "hello")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Machine_Run, driver_leak, "driver-leak")
    ->Unit(benchmark::kMillisecond);

// What does it cost to remember a machine, and to come back to what it was,
// when `pages` pages were taken in between?
void BM_Machine_Checkpoint(benchmark::State& bench) {
  Machine machine = BootForBench("qemu-2g", "page_owner=on");
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  for (auto _ : bench) {
    const Machine::CheckpointPtr checkpoint = machine.Save();
    bench.PauseTiming();
    for (int64_t i = 0; i < bench.range(0); ++i) {
      machine.AllocPages(context, gfp::kHighuserMovable, Order(0));
    }
    bench.ResumeTiming();
    machine.Restore(*checkpoint);
  }
}
BENCHMARK(BM_Machine_Checkpoint)
    ->Unit(benchmark::kMicrosecond)
    ->ArgName("pages")
    ->Arg(0)
    ->Arg(100000);

}  // namespace
}  // namespace pagelab
