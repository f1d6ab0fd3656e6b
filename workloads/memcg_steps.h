// Memory cgroups in scenarios: what is charged, and their removal.

#ifndef PAGELAB_WORKLOADS_MEMCG_STEPS_H_
#define PAGELAB_WORKLOADS_MEMCG_STEPS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/kernel/kernel_path.h"
#include "pagelab/workloads/language/field_types.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// The name of a cgroup's directory, or "/".
ValueType<std::string> MemcgNameType();
// The step {"memcg_offline": "app.slice"}.
ValueType<MemcgOfflineStep> MemcgOfflineType();

// Charges what was just allocated, as the kernel would, to the cgroup of that
// name, which is made if need be. Nothing for "" and "/".
void ChargePages(Machine& machine, std::string_view memcg,
                 const KernelRequest::Allocated& allocated, PageCount pages);

// Before the block is freed: nobody pays for it any more.
void UnchargePages(Machine& machine, Pfn head, PageCount pages);

// InvalidArgument when there is no such cgroup, or no more.
absl::Status TakeMemcgOffline(Machine& machine, std::string_view memcg);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_MEMCG_STEPS_H_
