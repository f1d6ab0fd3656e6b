// Owners from small recordings.

#ifndef PAGELAB_TEST_WORKLOADS_TRACE_OWNERS_SUPPORT_H_
#define PAGELAB_TEST_WORKLOADS_TRACE_OWNERS_SUPPORT_H_

#include <string>

#include "pagelab/test/workloads/replay_support.h"
#include "pagelab/workloads/trace_owners/dump_comparison.h"
#include "pagelab/workloads/trace_owners/read_owners.h"
#include "pagelab/workloads/trace_owners/trace_dump.h"
#include "pagelab/workloads/trace_owners/trace_owners.h"

namespace pagelab {

// Requires that reading works.
OwnersReport ReadInto(TraceOwners& owners, const std::string& recording,
                      const OwnersOptions& options = {});
TraceOwners OwnersOf(const TraceText& recording);

// The page_owner text.
std::string DumpText(const TraceOwners& owners,
                     const TraceDumpOptions& options = {});

// Requires that comparing works; the dump is called "dump.txt".
DumpComparison Compare(const TraceOwners& owners, const std::string& dump,
                       const DumpComparisonOptions& options = {});

// "0x1a2+2 allocated by task, 0x1a6+1 free", block by block.
std::string Blocks(const TraceOwners& owners);

}  // namespace pagelab

#endif  // PAGELAB_TEST_WORKLOADS_TRACE_OWNERS_SUPPORT_H_
