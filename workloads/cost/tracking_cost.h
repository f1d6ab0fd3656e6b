#ifndef PAGELAB_WORKLOADS_COST_TRACKING_COST_H_
#define PAGELAB_WORKLOADS_COST_TRACKING_COST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/alloc/types.h"
#include "pagelab/sim/machine_config.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// What page_owner costs in memory on a machine with one kernel, counted in the
// frames of two simulated machines that differ in page_owner= alone.
struct TrackingCost {
  std::string kernel;
  // Records hold their stacks: there is no depot.
  bool inline_stacks = false;
  // Of one page_ext entry.
  uint32_t entry_bytes = 0;
  // Taken at boot, for all pages.
  PageCount page_ext;
  // Of the stack depot after the workload: stacks, the bytes of their records,
  // and the pages of its pools, the one allocated ahead included.
  uint64_t stacks = 0;
  uint64_t record_bytes = 0;
  PageCount depot;
  // Slab pages of the list of stacks.
  PageCount stack_list;
  // Buckets of the depot: boot memory, or part of the kernel image and then
  // there with page_owner=off too.
  uint64_t hash_table_bytes = 0;
  bool hash_table_in_image = false;
  // Pages that the machine with page_owner=off has free or managed, after boot,
  // and this one has not.
  PageCount missing_after_boot;

  // What grows with memory or with stacks; the hash table is not in it.
  PageCount total() const { return page_ext + depot + stack_list; }
};

struct CostReport {
  std::string machine;
  std::string workload;
  // All RAM.
  PageCount memory;
  // In the order of the kernels asked for.
  std::vector<TrackingCost> kernels;
};

// Boots `machine` with each of `kernels` and runs `workload` on it. An error
// of a kernel or of the workload is the result.
absl::StatusOr<CostReport> MeasureTrackingCost(
    const MachineConfig& machine, const Scenario& workload,
    absl::Span<const std::string> kernels);

// For people. Savings are against the newest kernel in the report whose
// records hold their stacks.
std::string CostText(const CostReport& report);
std::string CostJson(const CostReport& report);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_COST_TRACKING_COST_H_
