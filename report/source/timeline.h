#ifndef PAGELAB_REPORT_SOURCE_TIMELINE_H_
#define PAGELAB_REPORT_SOURCE_TIMELINE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "pagelab/alloc/fragmentation_index.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// What grows while a machine runs, counted from the first moment of the
// timeline. The first nine are the kmem events; the others are sums of lines of
// /proc/vmstat (text-formats.md 9).
enum class TimelineCounter : uint8_t {
  kAllocations,
  kPagesAllocated,
  kFrees,
  kPagesFreed,
  kFailures,
  // mm_page_alloc_extfrag, and those with change_ownership.
  kFallbacks,
  kSteals,
  // mm_page_alloc_zone_locked with percpu_refill, mm_page_pcpu_drain.
  kPcpRefills,
  kPcpDrains,
  kAllocstall,
  kPgscan,
  kPgsteal,
  kCompactStall,
  kCompactFail,
  kCompactSuccess,
  kCompactMigrateScanned,
  kCompactFreeScanned,
  kPgmigrateSuccess,
  kPgmigrateFail,
  kOomKill,
};
inline constexpr size_t kNrTimelineCounters = 20;
using TimelineCounters = std::array<uint64_t, kNrTimelineCounters>;
// "pages_allocated".
std::string_view ToString(TimelineCounter counter);

// A moment of a run.
struct TimelineSample {
  // How many events came before.
  uint64_t events = 0;
  Nanoseconds when;
  // On the buddy lists, by zone; and on per-cpu lists of all zones, in pages.
  std::vector<FreeBlockCounts> free;
  uint64_t pcp_pages = 0;
  TimelineCounters counters{};

  // All zones added up.
  FreeBlockCounts FreeOfAll() const;
  uint64_t counter(TimelineCounter which) const {
    return counters[static_cast<size_t>(which)];
  }
};

// A pageblock at a moment.
struct PageblockState {
  static constexpr uint8_t kNoMemory = 0xff;
  // Pages on free lists, per-cpu lists included.
  uint16_t free = 0;
  // A Migratetype, or kNoMemory.
  uint8_t migratetype = kNoMemory;
  friend bool operator==(const PageblockState&,
                         const PageblockState&) = default;
};
struct PageblockChange {
  // pfn >> pageblock order.
  uint32_t block = 0;
  PageblockState state;
};

// A run in a few hundred moments, from its beginning to its end.
struct Timeline {
  // "Node 0, zone DMA32", by index in TimelineSample::free.
  std::vector<std::string> zones;
  Order pageblock_order;
  // Pageblocks from pfn 0 on; 0 where there are too many to keep.
  uint64_t nr_pageblocks = 0;
  uint64_t nr_events = 0;
  // Ascending; the first is the state before any event, the last the end.
  std::vector<TimelineSample> samples;
  // By sample: what differs from the sample before; of the first, all that
  // have memory. Ascending by block.
  std::vector<std::vector<PageblockChange>> changes;

  // All pageblocks at a sample. Walks the changes up to it.
  std::vector<PageblockState> PageblocksAt(size_t sample) const;
};

// What applying `first` and then `second` comes to.
std::vector<PageblockChange> MergeChanges(
    absl::Span<const PageblockChange> first,
    absl::Span<const PageblockChange> second);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_SOURCE_TIMELINE_H_
