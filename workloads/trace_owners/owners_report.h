#ifndef PAGELAB_WORKLOADS_TRACE_OWNERS_OWNERS_REPORT_H_
#define PAGELAB_WORKLOADS_TRACE_OWNERS_OWNERS_REPORT_H_

#include <optional>
#include <string>

#include "pagelab/alloc/types.h"
#include "pagelab/workloads/trace_owners/trace_dump.h"
#include "pagelab/workloads/trace_owners/trace_owners.h"

namespace pagelab {

// For people: what a dump made of a recording holds, and what it cannot know.
// `in_use_before`: pages in use when the recording began, where a snapshot
// says.
std::string OwnersText(const TraceOwners& owners,
                       const TraceDumpSummary& summary,
                       std::optional<PageCount> in_use_before);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_OWNERS_OWNERS_REPORT_H_
