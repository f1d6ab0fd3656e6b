#include "pagelab/alloc/compaction/compact_run.h"

#include <algorithm>

#include "pagelab/alloc/free_area_ops.h"

namespace pagelab {

bool ScannersMet(const CompactRun& run) {
  const Order order = run.state.memory->pageblock_order();
  return AlignDown(run.free_pfn, order) <= AlignDown(run.migrate_pfn, order);
}

PfnRange PageblockInZone(const CompactRun& run, Pfn pfn) {
  const PfnRange block = PageblockOf(run.state, pfn);
  return {std::max(block.begin, run.zone.span.begin),
          std::min(block.end, run.zone.span.end)};
}

bool IsOnline(const CompactRun& run, PfnRange block) {
  if (block.empty()) return false;
  const Pfn last = block.end - PageCount(1);
  const PhysicalMemory& memory = *run.state.memory;
  return memory.IsValid(block.begin) && memory.IsValid(last) &&
         run.state.FindZone(block.begin) == &run.zone &&
         run.state.FindZone(last) == &run.zone;
}

uint8_t& SkipBit(AllocatorState& state, Pfn pfn) {
  return state
      .pageblock_skip[pfn.value() >> state.memory->geometry().pageblock_order];
}

bool IsolationSuitable(const CompactRun& run, Pfn pfn) {
  return run.goal.ignore_skip_hint || SkipBit(run.state, pfn) == 0;
}

unsigned FreelistScanLimit(const CompactRun& run) {
  return static_cast<unsigned>(kCompactClusterMax >>
                               std::min(63U, run.fast_search_fail)) +
         1;
}

}  // namespace pagelab
