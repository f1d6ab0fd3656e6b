#ifndef PAGELAB_WORKLOADS_CONCLUSION_QUANTITIES_H_
#define PAGELAB_WORKLOADS_CONCLUSION_QUANTITIES_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/conclusion/expression.h"
#include "pagelab/workloads/runner.h"

namespace pagelab {

// A quantity of a run that a conclusion may name.
struct QuantityInfo {
  std::string_view name;
  // "order", "'function'"; empty: it takes none.
  std::string_view argument;
  std::string_view doc;
};
absl::Span<const QuantityInfo> QuantityInfos();

// InvalidArgument where there is no quantity of that name, with the nearest
// one, or where its argument is not what it takes.
absl::Status CheckQuantity(const QuantityName& name);

// The same for what only a machine can tell: the names of /proc/vmstat.
absl::Status CheckOnMachine(Machine& machine, const QuantityName& name);

// The value as the machine is now. REQUIRES: CheckQuantity() is fine. Names of
// /proc/vmstat are only known here: "vmstat.pgfault".
absl::StatusOr<Quantum> ValueOf(Machine& machine, const RunReport& report,
                                const QuantityName& name);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_CONCLUSION_QUANTITIES_H_
