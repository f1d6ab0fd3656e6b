#include "pagelab/alloc/free_area_ops.h"

namespace pagelab {
namespace {

// Counts by the descriptors: blocks whose head is on an LRU list.
int64_t CountLru(const AllocatorState& state, PfnRange pageblock) {
  const PhysicalMemory& memory = *state.memory;
  int64_t count = 0;
  for (Pfn pfn = pageblock.begin; pfn < pageblock.end;) {
    const Page& page = *memory.PageAt(pfn);
    uint64_t step = 1;
    if (page.state != PageState::kNone) {
      step = page.order().pages();
      if (page.state == PageState::kAllocated &&
          page.flags.Has(page_flag::kLru)) {
        count +=
            static_cast<int64_t>(std::min(step, (pageblock.end - pfn).value()));
      }
    }
    pfn += PageCount(step);
  }
  return count;
}

int64_t CountFree(const AllocatorState& state, PfnRange pageblock) {
  int64_t count = 0;
  for (Pfn pfn = pageblock.begin; pfn < pageblock.end;) {
    const Page& page = *state.memory->PageAt(pfn);
    const uint64_t step =
        page.state != PageState::kNone ? page.order().pages() : 1;
    if (page.state == PageState::kBuddy) count += static_cast<int64_t>(step);
    pfn += PageCount(step);
  }
  return count;
}

}  // namespace

void MoveFreeBlocks(AllocatorState& state, Zone& zone, CpuId cpu,
                    PfnRange pageblock, Migratetype from, Migratetype to) {
  for (Pfn pfn = pageblock.begin; pfn < pageblock.end;) {
    Page& page = *state.memory->PageAt(pfn);
    if (page.state != PageState::kBuddy) {
      ++pfn;
      continue;
    }
    MoveToFreeList(zone, cpu, page, from, to);
    pfn += PageCount(page.order().pages());
  }
  state.SetPageblockType(pageblock.begin, to);
}

PageblockCounts CountPageblock(const AllocatorState& state, const Zone& zone,
                               PfnRange pageblock) {
  PageblockCounts counts;
  counts.free = CountFree(state, pageblock);
  counts.movable =
      state.oracle != nullptr
          ? static_cast<int64_t>(
                state.oracle->CountMovable(zone, pageblock).value())
          : CountLru(state, pageblock);
  return counts;
}

}  // namespace pagelab
