#include "pagelab/workloads/cost/tracking_cost.h"

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/runner.h"

namespace pagelab {
namespace {

constexpr absl::string_view kPageOwner = "page_owner=";

// Old kernels know no way to turn it off again, so it must not be there.
std::string WithoutPageOwner(std::string_view command_line) {
  std::vector<absl::string_view> words =
      absl::StrSplit(ToAbsl(command_line), ' ', [](absl::string_view word) {
        return !word.empty() && !absl::StartsWith(word, kPageOwner);
      });
  return absl::StrJoin(words, " ");
}

absl::StatusOr<Machine> BootWith(MachineConfig config, std::string_view kernel,
                                 bool page_owner) {
  config.kernel = kernel;
  config.command_line = WithoutPageOwner(config.command_line);
  if (page_owner) config.command_line += " page_owner=on";
  return Machine::Boot(config);
}

PageCount FreePages(const AllocatorState& state) {
  uint64_t pages = 0;
  for (const Zone& zone : state.all_zones()) {
    if (!zone.populated()) continue;
    for (const FreeArea& area : zone.free_area) {
      pages += area.nr_free
               << static_cast<uint64_t>(&area - zone.free_area.data());
    }
    for (int cpu = 0; cpu < state.nr_cpus; ++cpu) {
      pages += static_cast<uint64_t>(zone.pcp[cpu].count);
    }
  }
  return PageCount(pages);
}

PageCount PresentPages(const AllocatorState& state) {
  PageCount pages;
  for (const Zone& zone : state.all_zones()) pages += zone.present;
  return pages;
}

void CountDepot(Machine& machine, TrackingCost& cost) {
  const std::optional<StackDepotProfile>& profile = machine.profile().depot;
  if (!profile.has_value()) return;
  const StackDepot& depot = machine.stack_depot();
  cost.stacks = static_cast<uint64_t>(depot.state().persistent_count);
  cost.record_bytes = static_cast<uint64_t>(depot.state().persistent_bytes);
  cost.depot = depot.pages_held();
  cost.hash_table_bytes = depot.HashTableBytes(depot.state().table_entries);
  cost.hash_table_in_image = profile->hash_table == HashTableSource::kStatic;
}

absl::StatusOr<TrackingCost> MeasureOne(const MachineConfig& config,
                                        const Scenario& workload,
                                        const std::string& kernel) {
  PAGELAB_ASSIGN_OR_RETURN(Machine without, BootWith(config, kernel, false));
  PAGELAB_ASSIGN_OR_RETURN(Machine machine, BootWith(config, kernel, true));
  TrackingCost cost;
  cost.kernel = kernel;
  cost.inline_stacks = machine.page_owner()->has_inline_frames();
  cost.entry_bytes = machine.page_ext()->entry_size();
  cost.page_ext = machine.page_ext()->nr_memmap_pages();
  cost.missing_after_boot =
      FreePages(without.state()) - FreePages(machine.state());
  PAGELAB_RETURN_IF_ERROR(
      RunScenario(machine, workload, RunOptions()).status());
  CountDepot(machine, cost);
  cost.stack_list = machine.page_owner()->list_pages();
  return cost;
}

}  // namespace

absl::StatusOr<CostReport> MeasureTrackingCost(
    const MachineConfig& machine, const Scenario& workload,
    absl::Span<const std::string> kernels) {
  CostReport report;
  report.machine = machine.name;
  report.workload = workload.name;
  PAGELAB_ASSIGN_OR_RETURN(
      const Machine plain,
      BootWith(machine, kernels.empty() ? kDefaultKernel : kernels.front(),
               false));
  report.memory = PresentPages(plain.state());
  for (const std::string& kernel : kernels) {
    PAGELAB_ASSIGN_OR_RETURN(TrackingCost cost,
                             MeasureOne(machine, workload, kernel));
    report.kernels.push_back(std::move(cost));
  }
  return report;
}

}  // namespace pagelab
