#ifndef PAGELAB_REPORT_EXPLAIN_ALLOC_SENTENCES_H_
#define PAGELAB_REPORT_EXPLAIN_ALLOC_SENTENCES_H_

#include <string>
#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/report/explain/operation.h"

namespace pagelab {

// An mm_page_alloc, with what is known of how it came about.
struct SeenAllocation {
  const AllocatorState& state;
  const ExecutionContext& context;
  const MmPageAlloc& event;
  const OpenAllocation& operation;
  SlowPathTrail trail;
  // Null where the block did not come from a per-cpu list, or nobody knows.
  const PcpOrigin* origin = nullptr;
};

// Why this block (page-allocator.md 6, 9, 10, 12, 13).
std::vector<Sentence> AllocationSentences(const SeenAllocation& seen);
std::string AllocationLine(const SeenAllocation& seen);

// Why none, although so much is free: the sum of each zone, and what was tried
// (page-allocator.md 13.3, 14).
std::vector<Sentence> FailureSentences(const SeenAllocation& seen);
std::string FailureLine(const SeenAllocation& seen);

// The request and the zones it may use.
std::vector<Sentence> RequestSentences(const SeenAllocation& seen);
// What the slow path did; empty where the counters show nothing.
std::vector<Sentence> SlowPathSentences(const SeenAllocation& seen);

// Why and how a block left the free lists, without the lists it was for.
std::vector<Sentence> TakeSentences(const AllocatorState& state,
                                    const Zone& zone, const Take& take);
std::string TakeLine(const Take& take);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_ALLOC_SENTENCES_H_
