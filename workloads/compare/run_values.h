// What a run's directory says, as names and values; internal to this folder.

#ifndef PAGELAB_WORKLOADS_COMPARE_RUN_VALUES_H_
#define PAGELAB_WORKLOADS_COMPARE_RUN_VALUES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/workloads/compare/compare_runs.h"
#include "pagelab/workloads/frag/free_memory.h"

namespace pagelab {

struct NamedValue {
  std::string name;
  int64_t value = 0;
  ValueForm form = ValueForm::kCount;
};
using NamedValues = std::vector<NamedValue>;

struct RunValues {
  // What went in: machine, settings, workload, seed. Values as JSON.
  std::vector<std::pair<std::string, std::string>> inputs;
  // "driver-leak on qemu-2g".
  std::string title;
  // By group, in the order in which they are printed.
  std::vector<std::pair<std::string, NamedValues>> groups;
};

// Of the directory's summary.json, vmstat, buddyinfo and pagetypeinfo, which
// must be there.
absl::StatusOr<RunValues> ReadRunValues(const std::string& directory);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_COMPARE_RUN_VALUES_H_
