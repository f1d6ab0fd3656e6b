// The scenario pressure-fitted beside the recording that it was fitted to: how
// much reclaim and compaction do, how often pages are taken from another
// migratetype, and what the pageblocks are in the end. Prints the table.

#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "pagelab/alloc/hook_keys.h"
#include "pagelab/alloc/tracepoints.h"
#include "pagelab/base/input_stream.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/runner.h"

namespace pagelab {
namespace {

class FallbackCounter final : public TraceSink {
 public:
  void OnEvent(const ExecutionContext&, const MmPageAllocExtfrag&) override {
    ++count_;
  }
  uint64_t count() const { return count_; }
  void Restart() { count_ = 0; }

 private:
  uint64_t count_ = 0;
};

std::map<std::string, double> Vmstat(std::string_view text) {
  std::map<std::string, double> values;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const size_t space = line.find(' ');
    const auto value = ParseUint64(line.substr(space + 1));
    REQUIRE(value.ok());
    values[std::string(line.substr(0, space))] = static_cast<double>(*value);
  }
  return values;
}

double PageblocksOf(const AllocatorState& state, Migratetype type) {
  double blocks = 0;
  for (uint64_t i = 0; i < state.nr_pageblocks; ++i) {
    const Pfn pfn(i << state.memory->geometry().pageblock_order);
    if (state.FindZone(pfn) != nullptr && state.PageblockType(pfn) == type) {
      ++blocks;
    }
  }
  return blocks;
}

// A figure of both, and between which multiples of the recorded one ours may
// be.
struct Row {
  std::string what;
  double ours = 0;
  double recorded = 0;
  double least = 0;
  double most = 0;
};

TEST_CASE("Pressure: the fitted run stays within the bounds of the recording",
          "[workloads][pressure]") {
  const auto scenario = LoadScenario("pressure-fitted");
  REQUIRE(scenario.ok());
  auto config = MachineFor(*scenario, "");
  REQUIRE(config.ok());
  auto machine = Machine::Boot(*config);
  REQUIRE(machine.ok());
  FallbackCounter fallbacks;
  REQUIRE(AttachTrace(machine->state(), fallbacks).ok());
  RunOptions options;
  options.on_capture = [&](std::string_view name) {
    if (name == "T0") fallbacks.Restart();
    return absl::OkStatus();
  };
  const auto report = RunScenario(*machine, *scenario, options);
  DetachTrace(machine->state());
  INFO(report.status().ToString());
  REQUIRE(report.ok());

  const auto recorded_text = ReadWholeFile(std::string(PAGELAB_TEST_DATA_DIR) +
                                           "/pressure/vmstat.txt");
  REQUIRE(recorded_text.ok());
  const std::map<std::string, double> recorded = Vmstat(*recorded_text);
  const auto file = machine->File("/proc/vmstat");
  REQUIRE(file.ok());
  StringOutput out;
  REQUIRE((*file)->Dump(out).ok());
  const std::map<std::string, double> ours = Vmstat(out.text());

  const auto counter = [&](const std::string& name, double least, double most) {
    return Row{name, ours.at(name), recorded.at(name), least, most};
  };
  // The scenario knows nothing of jbd2, the log, and the programs that ran the
  // workload, so that less is reclaimed and far less is there to be moved.
  const std::vector<Row> rows = {
      counter("pgscan_kswapd", 0.75, 1.25),
      counter("pgscan_anon", 0.75, 1.25),
      counter("pgscan_file", 0.75, 1.25),
      counter("pgsteal_kswapd", 0.75, 1.25),
      counter("pgsteal_file", 0.75, 1.25),
      counter("pgscan_direct", 0, 1),
      counter("pswpout", 0, 1.5),
      counter("workingset_refault_file", 0.5, 1.25),
      counter("thp_fault_alloc", 1, 1),
      counter("thp_fault_fallback", 0, 0),
      counter("htlb_buddy_alloc_success", 1, 1),
      counter("pgmigrate_success", 0, 1.25),
      counter("compact_isolated", 0, 1.25),
      counter("compact_migrate_scanned", 0.5, 1.5),
      counter("compact_free_scanned", 0, 1.5),
      counter("allocstall_movable", 0, 0),
      counter("oom_kill", 0, 0),
      // Counted in the trace between the snapshots T0 and T1.
      {"mm_page_alloc_extfrag", static_cast<double>(fallbacks.count()), 76, 0,
       3},
      // Of the snapshot T1.
      {"pageblocks Unmovable",
       PageblocksOf(machine->state(), Migratetype::kUnmovable), 537, 0.5, 1.25},
      {"pageblocks Movable",
       PageblocksOf(machine->state(), Migratetype::kMovable), 479, 0.75, 1.6},
      {"pageblocks Reclaimable",
       PageblocksOf(machine->state(), Migratetype::kReclaimable), 8, 0, 4},
  };
  std::cout << fmt::format("{:<26} {:>12} {:>12} {:>8}  {}\n", "", "simulated",
                           "recorded", "ratio", "allowed");
  for (const Row& row : rows) {
    const double ratio = row.recorded == 0 ? 0 : row.ours / row.recorded;
    std::cout << fmt::format("{:<26} {:>12.0f} {:>12.0f} {:>8.2f}  {}-{}\n",
                             row.what, row.ours, row.recorded, ratio, row.least,
                             row.most);
    CAPTURE(row.what, row.ours, row.recorded);
    CHECK(row.ours >= row.recorded * row.least);
    CHECK(row.ours <= row.recorded * row.most);
  }
}

}  // namespace
}  // namespace pagelab
