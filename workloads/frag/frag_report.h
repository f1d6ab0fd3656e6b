#ifndef PAGELAB_WORKLOADS_FRAG_FRAG_REPORT_H_
#define PAGELAB_WORKLOADS_FRAG_FRAG_REPORT_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/frag/free_memory.h"
#include "pagelab/workloads/frag/pageblock_report.h"

namespace pagelab {

// How fragmented a machine's memory is, and by whom.
struct FragReport {
  // What it is about, for the first line.
  std::string title;
  FreeMemory free;
  // Without a dump and without a snapshot nothing is known of pageblocks.
  std::optional<PageblockReport> blocks;
};

struct FragOptions {
  OwnerBy by = OwnerBy::kFunction;
  // How many of each to show.
  size_t nearest = 5;
  size_t owners = 10;
};

// Of a machine as it is now. Does not disturb it.
absl::StatusOr<FragReport> FragOf(Machine& machine, const FragOptions& options);

// "1.000", "-0.500": an index in 1/1000.
std::string IndexText(int index);

std::string FragText(const FragReport& report, const FragOptions& options);
std::string FragJson(const FragReport& report, const FragOptions& options);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_FRAG_FRAG_REPORT_H_
