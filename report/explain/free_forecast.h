#ifndef PAGELAB_REPORT_EXPLAIN_FREE_FORECAST_H_
#define PAGELAB_REPORT_EXPLAIN_FREE_FORECAST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/report/explain/explanation.h"
#include "pagelab/report/explain/glimpse.h"

namespace pagelab {

// Where a block goes that is being freed: its event comes before it is on any
// list (page-allocator.md 12.5, 12.6).
struct FreeForecast {
  enum class Way : uint8_t {
    kPcp,
    kWrongOrder,  // to the buddy lists: the order has no per-cpu list
    kIsolated,    // its pageblock is isolated
    kLocked,      // the per-cpu lists' lock is taken
  };
  Way way = Way::kPcp;
  const Zone* zone = nullptr;
  ListedBlock block;
  // Of the per-cpu list; differs from the block's for CMA and the reserve.
  Migratetype list_type = Migratetype::kUnmovable;
  PcpTuning before;
  PcpTuning after;
  // What the count was compared with, and how many pages go back to the buddy
  // lists because of it; 0: none.
  int high = 0;
  int drained = 0;
  // What becomes of it on the buddy lists, should it go there; and why the last
  // of these merges goes no further.
  std::vector<BlockMerge> merges;
  std::string stop;
  // A burst of frees of higher orders: everything goes back.
  bool is_burst = false;
};

// By the allocator's own arithmetic, on a copy of the numbers. `in_full`: with
// the merges.
FreeForecast ForecastFree(const AllocatorState& state, CpuId cpu, Pfn pfn,
                          Order order, bool in_full);

// "12 + 1 = 13 pages, below high 14", or how many are drained.
Sentence CommitSentence(const FreeForecast& forecast, CpuId cpu);
// Why it does not go to a per-cpu list. REQUIRES: it does not.
Sentence PastPcpSentence(const FreeForecast& forecast);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_FREE_FORECAST_H_
