// The page's tables as the browser reads them (web/src/data/contract.ts);
// internal to this folder.

#ifndef PAGELAB_REPORT_PAGE_PAGE_JSON_H_
#define PAGELAB_REPORT_PAGE_PAGE_JSON_H_

#include <cstdint>
#include <string>
#include <vector>

#include "pagelab/report/page/cost_rows.h"
#include "pagelab/report/page/memory_facts.h"
#include "pagelab/report/page/owner_facts.h"
#include "pagelab/report/page/page_blocks.h"
#include "pagelab/report/page/record_names.h"

namespace pagelab {

// Everything that the page says before it draws a frame.
struct PageFacts {
  std::string title;
  std::vector<std::string> commands;
  std::vector<std::string> missing;
  std::vector<std::string> notes;
  std::vector<ZoneFacts> zones;
  std::vector<OwnerFacts> owners;
  std::vector<MixedPageblock> mixed;
  std::vector<CostRow> cost;
  // What the stacks are compared with; empty: nothing.
  std::string before_name;
  bool has_owners = false;
  // What the records are a part of, after "100 % of what ".
  std::string whole = "page_owner recorded";
  // They say which page frames they are of; else they are stacks with sums.
  bool has_frames = false;
  bool has_time = false;
  bool has_events = false;
  // What ages count from, in nanoseconds since boot.
  uint64_t now = 0;
  uint64_t records = 0;
};

// In pages.
struct PageTotals {
  uint64_t pages = 0;
  uint64_t free = 0;
  uint64_t pcp = 0;
  uint64_t movable = 0;
  uint64_t unmovable = 0;
  uint64_t untracked = 0;
  // Pageblocks, by PageblockKeeper.
  uint64_t keepers[kNrPageblockKeepers] = {};
};
PageTotals TotalsOf(const PageBlocks& blocks);

// The sentence on top: who holds the memory.
std::string AnswerOf(const PageFacts& facts, const PageTotals& totals,
                     const PageBlocks& blocks);

// The sections "meta", "names" and "blocks".
std::string MetaJson(const PageFacts& facts, const PageBlocks& blocks,
                     const RecordNames& names);
std::string NamesJson(const RecordNames& names,
                      const std::vector<OwnerFacts>& owners);
std::string BlockColumns(const PageBlocks& blocks,
                         const std::vector<OwnerFacts>& owners, uint64_t now);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_PAGE_PAGE_JSON_H_
