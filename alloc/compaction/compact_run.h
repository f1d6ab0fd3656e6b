#ifndef PAGELAB_ALLOC_COMPACTION_COMPACT_RUN_H_
#define PAGELAB_ALLOC_COMPACTION_COMPACT_RUN_H_

#include <cstdint>
#include <optional>

#include "pagelab/alloc/compaction/compaction.h"
#include "pagelab/alloc/compaction/private_blocks.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/page_list.h"

namespace pagelab {

// Pages that a round of migration takes. Kernel counterpart:
// COMPACT_CLUSTER_MAX.
inline constexpr uint64_t kCompactClusterMax = 32;

// Where the scanners of a zone start anew, as found when skip bits were last
// cleared. Kernel counterpart: zone::compact_init_*_pfn.
struct CompactMarks {
  Pfn init_migrate_pfn;
  Pfn init_free_pfn;
  friend bool operator==(const CompactMarks&, const CompactMarks&) = default;
};

// What a run is for.
struct CompactGoal {
  // Nothing: compact as much as can be.
  std::optional<Order> order{};
  MigrateMode mode = MigrateMode::kSync;
  Gfp gfp = gfp::kKernel;
  AllocFlags flags{};
  int highest_zoneidx = kMaxNrZones - 1;
  // Somebody waits for the block.
  bool direct = false;
  bool proactive = false;
  bool whole_zone = false;
  bool ignore_skip_hint = false;
  bool ignore_block_suitable = false;
  // For a contiguous range: folios of any size are taken, and no hint is left.
  bool contig = false;
};

// One run of compaction over one zone: what it is for, and where it stands.
// The scanners move migrate_pfn up and free_pfn down.
// Kernel counterpart: struct compact_control.
struct CompactRun {
  CompactRun(PageAllocator& page_allocator, ExecutionContext& execution_context,
             Zone& compacted, CompactMarks& zone_marks,
             const CompactGoal& compact_goal)
      : allocator(page_allocator),
        state(page_allocator.state()),
        context(execution_context),
        zone(compacted),
        marks(zone_marks),
        goal(compact_goal),
        free_blocks(*page_allocator.state().memory),
        search_order(compact_goal.order.value_or(Order(0)).value()) {}

  PageAllocator& allocator;
  AllocatorState& state;
  ExecutionContext& context;
  Zone& zone;
  CompactMarks& marks;
  CompactGoal goal;

  Pfn migrate_pfn;
  Pfn free_pfn;
  // Isolated folios that have no target yet, in pages.
  PageList migrate_pages;
  int64_t nr_migrate_pages = 0;
  PrivateBlocks free_blocks;

  // The pageblock is scanned to its end, whatever was taken of it.
  bool finish_pageblock = false;
  // Of the fast searches (page-allocator.md 17.2).
  int search_order;
  unsigned fast_search_fail = 0;
  // The lowest pageblock that the migrate scanner's search found; used once.
  std::optional<Pfn> fast_start_pfn;
  bool fast_start_used = false;

  uint64_t total_migrate_scanned = 0;
  uint64_t total_free_scanned = 0;

  bool has_enough_free() const {
    return static_cast<int64_t>(free_blocks.pages().value()) >=
           nr_migrate_pages;
  }
};

// Kernel counterpart: compact_scanners_met().
bool ScannersMet(const CompactRun& run);

// The pageblock of `pfn`, as far as it is in the zone's span.
PfnRange PageblockInZone(const CompactRun& run, Pfn pfn);
// Both its ends are memory of the zone. Kernel counterpart:
// pageblock_pfn_to_page().
bool IsOnline(const CompactRun& run, PfnRange block);

// PB_migrate_skip. Kernel counterparts: get_pageblock_skip(),
// isolation_suitable().
uint8_t& SkipBit(AllocatorState& state, Pfn pfn);
bool IsolationSuitable(const CompactRun& run, Pfn pfn);

// Frames a fast search looks at. Kernel counterpart: freelist_scan_limit().
unsigned FreelistScanLimit(const CompactRun& run);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_COMPACTION_COMPACT_RUN_H_
