// Interrupts at moments that a recording does not show are found by what they
// change later (page-allocator.md 25.4, 25.5).

#include <memory>

#include "pagelab/base/input_stream.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/interrupted_kernel.h"
#include "pagelab/test/support/tiny_machine.h"
#include "pagelab/workloads/exact/exact_run.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

struct Outcome {
  ExactReport report;
  uint64_t rare = 0;
};

Outcome RecordAndReplay(uint64_t seed, const InterruptRates& rates,
                        const ExactOptions& options) {
  const bool two_cpus = rates.other_cpu != 0 || rates.migration != 0;
  std::vector<TinyNode> nodes = {
      {.memory = {{Pfn(0x1000), Pfn(0x20000)}}, .nr_cpus = two_cpus ? 2 : 1}};
  if (rates.other_node != 0) {
    nodes = {{.memory = {{Pfn(0x1000), Pfn(0x10000)}}, .nr_cpus = 1},
             {.memory = {{Pfn(0x10000), Pfn(0x20000)}}, .nr_cpus = 1}};
  }
  TinyMachine machine(
      {.memory = TinyMachineOptions::Memory::kBlocks, .nodes = nodes});
  machine.SetTuning(/*batch=*/15, /*high_min=*/60, /*high_max=*/400);
  for (Zone& zone : machine.state->all_zones()) {
    for (int cpu = 0; zone.populated() && cpu < machine.state->nr_cpus; ++cpu) {
      zone.pcp[cpu].stat_threshold = 10;
    }
  }
  const AllocatorSnapshot from = SnapshotOf(*machine.state, {.label = "T0"});
  InterruptedKernel kernel(machine, seed, rates);
  kernel.Run(20'000);
  const AllocatorSnapshot expect =
      SnapshotOf(*machine.state, {.label = "T1", .slot = 1});
  const auto trace = InputStream::FromString("trace.txt", kernel.Text());
  REQUIRE(trace.ok());
  absl::StatusOr<ExactReport> report =
      ReplayExactly(**trace, from, &expect, options);
  REQUIRE(report.ok());
  return {*std::move(report), kernel.rare()};
}

std::string Explain(const Outcome& outcome) {
  return ExactText(outcome.report);
}

}  // namespace

TEST_CASE("Exact replay: interrupts at usual moments need no search",
          "[property][exact]") {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const Outcome outcome = RecordAndReplay(seed, {}, {.infer = false});
    INFO("seed " << seed << "\n" << Explain(outcome));
    CHECK(outcome.report.exact());
    CHECK(outcome.report.counts.count(Applied::kLockHeldCertain) > 0);
    CHECK(outcome.report.counts.count(Applied::kLockHeldLikely) > 0);
  }
}

TEST_CASE("Exact replay: two CPUs go in the order of the zone lock",
          "[property][exact]") {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const Outcome outcome =
        RecordAndReplay(seed, {.other_cpu = 100}, {.infer = false});
    INFO("seed " << seed << "\n" << Explain(outcome));
    CHECK(outcome.report.exact());
  }
}

TEST_CASE("Exact replay: a task may print on another CPU than it allocated on",
          "[property][exact]") {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const Outcome outcome =
        RecordAndReplay(seed, {.other_cpu = 50, .migration = 5}, {});
    INFO("seed " << seed << "\n" << Explain(outcome));
    CHECK(outcome.report.exact());
    CHECK(outcome.report.counts.count(Applied::kOtherCpu) > 0);
  }
}

TEST_CASE("Exact replay: two nodes, their worker and their remote lists",
          "[property][exact]") {
  uint64_t expired = 0;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const Outcome outcome =
        RecordAndReplay(seed, {.other_cpu = 50, .tick = 10, .other_node = 100},
                        {.infer = false});
    INFO("seed " << seed << "\n" << Explain(outcome));
    CHECK(outcome.report.exact());
    CHECK(outcome.report.counts.count(Applied::kDecayTicks) > 0);
    CHECK(outcome.report.counts.count(Applied::kOtherNode) > 0);
    expired += outcome.report.counts.count(Applied::kExpiredDrains);
  }
  CHECK(expired > 0);
}

TEST_CASE("Exact replay: hidden interrupts are found", "[property][exact]") {
  uint64_t rare = 0;
  uint64_t without_search = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const InterruptRates rates{
        .at_batch_end = 1, .after_pop = 1, .before_commit = 1};
    const Outcome outcome = RecordAndReplay(seed, rates, {});
    INFO("seed " << seed << ", " << outcome.rare << " rare moments\n"
                 << Explain(outcome));
    CHECK(outcome.report.exact());
    rare += outcome.rare;
    without_search +=
        RecordAndReplay(seed, rates, {.infer = false}).report.exact() ? 1 : 0;
  }
  CHECK(rare > 10);
  CHECK(without_search < 5);
}

}  // namespace pagelab
