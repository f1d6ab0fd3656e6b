#ifndef PAGELAB_REPORT_EXPLAIN_FREE_SENTENCES_H_
#define PAGELAB_REPORT_EXPLAIN_FREE_SENTENCES_H_

#include <optional>
#include <string>
#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/report/explain/free_forecast.h"

namespace pagelab {

// A block that was freed, seen when it is where it went (page-allocator.md 8,
// 12.5 to 12.8).
struct SeenFree {
  CpuId cpu;
  std::string comm;
  FreeForecast forecast;
  // It went to the buddy lists, whatever the forecast said.
  bool is_direct = false;
  // Waits in a batch; the event that commits it, 0 if it is not known.
  bool is_batched = false;
  uint64_t commit_event = 0;
  // The drain that it set off.
  std::vector<ListedBlock> drained{};
};

std::vector<Sentence> FreeSentences(const AllocatorState& state,
                                    const SeenFree& seen);
std::string FreeLine(const SeenFree& seen);

// A page that leaves a per-cpu list for the buddy lists.
struct SeenDrain {
  const AllocatorState& state;
  const Zone& zone;
  ListedBlock block;
  BlockMerge merge;
  // The free that filled the list, or 0: somebody empties it for another
  // reason.
  uint64_t cause = 0;
  int left = 0;
};
std::vector<Sentence> DrainSentences(const SeenDrain& seen);
std::string DrainLine(const SeenDrain& seen);

// "merges with 0x41, 0x42 to 0x40 of order 2"; empty where nothing merged.
std::string MergeLine(const BlockMerge& merge);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_FREE_SENTENCES_H_
