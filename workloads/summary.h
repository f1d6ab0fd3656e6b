#ifndef PAGELAB_WORKLOADS_SUMMARY_H_
#define PAGELAB_WORKLOADS_SUMMARY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pagelab/alloc/types.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/runner.h"
#include "pagelab/workloads/top_owners.h"

namespace pagelab {

// What summary.json says about a run or a replay (docs/summary.md). Without
// anything that differs from one run to the next: no time of day, no path of
// this host.
struct Summary {
  // "run" or "replay".
  std::string command;
  // What drove the machine, empty if nothing did: the name of a scenario or
  // trace, and HashOf() its text.
  std::string workload;
  std::string workload_hash;
  uint64_t seed = 0;
  // Named numbers of the command, in the order in which they are printed.
  std::vector<std::pair<std::string, uint64_t>> counts;
  std::vector<RunReport::TaskReport> tasks;
  std::vector<RunReport::Failure> failures;
  std::vector<RunReport::Capture> captures;
  std::vector<RunReport::Refusal> refusals;
  // Empty: the scenario has none.
  std::string conclusion;
  OwnerOverview owners;
};

// The numbers of a scenario's run, under the names of docs/summary.md.
std::vector<std::pair<std::string, uint64_t>> CountsOf(
    const RunReport::Counts& counts);

// The same, and what the run as a whole has.
std::vector<std::pair<std::string, uint64_t>> CountsOf(const RunReport& report);

// 16 hexadecimal digits (XXH3).
std::string HashOf(std::string_view text);

// The JSON text, with a newline at its end.
std::string SummaryJson(Machine& machine, const Summary& summary);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SUMMARY_H_
