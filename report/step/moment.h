#ifndef PAGELAB_REPORT_STEP_MOMENT_H_
#define PAGELAB_REPORT_STEP_MOMENT_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/alloc/types.h"
#include "pagelab/alloc/zone.h"
#include "pagelab/report/history/allocator_event.h"

namespace pagelab {

// Blocks of one order that follow each other in memory and on their list: more
// than one only where nobody has touched them.
struct BlockRun {
  Pfn first;
  uint64_t blocks = 1;
  friend bool operator==(const BlockRun&, const BlockRun&) = default;
};
// A list from its head; null where it is empty. Moments share what did not
// change between them.
using ListMoment = std::shared_ptr<const std::vector<BlockRun>>;

// Blocks, not nodes.
uint64_t NrBlocks(const ListMoment& list);

struct ZoneMoment;
// Of the blocks that are on the zone's free lists.
PageCount ListedPages(const ZoneMoment& zone);

struct PcpMoment {
  int32_t count = 0;
  int32_t high = 0;
  int32_t batch = 1;
  std::array<ListMoment, kNrPcpLists> lists;
  friend bool operator==(const PcpMoment&, const PcpMoment&) = default;
};

// A per-cpu list's order and migratetype (page-allocator.md 12.1).
Order PcpListOrder(int list);
Migratetype PcpListType(int list);

// The type of a pageblock that has no memory map.
inline constexpr uint8_t kNoPageblock = 0xff;

// One zone as it was.
struct ZoneMoment {
  // AllocatorState::zones' index.
  int id = 0;
  NodeId node;
  ZoneType type = ZoneType::kDma;
  PfnRange span;
  PageCount managed;
  // The zone's counter, without what CPUs have not added yet.
  uint64_t free_pages = 0;
  // With the boost.
  std::array<int64_t, kNrWatermarks> watermark{};
  std::array<std::array<ListMoment, kMigrateTypes>, kNrPageOrders> free;
  std::array<uint64_t, kNrPageOrders> nr_free{};
  // Migratetype or kNoPageblock of each pageblock of the span.
  std::shared_ptr<const std::vector<uint8_t>> pageblocks;
  // By CPU.
  std::vector<std::shared_ptr<const PcpMoment>> pcps;
  // What each frame of `detail` is: the whole of a small zone, the surroundings
  // of the event in the event's zone, else nothing.
  PfnRange detail;
  std::vector<FrameExtent> extents;
};

// The allocator after an event.
struct StepMoment {
  // Number 0: no event has happened yet, and the other fields mean nothing.
  AllocatorEvent event;
  // Where it happened: an index in `zones`; -1: nowhere.
  int zone = -1;
  // Frames that the event took from a list or gave back, and that are neither
  // on a list nor in use yet.
  std::optional<PfnRange> on_its_way;
  Order pageblock_order;
  // Populated ones.
  std::vector<std::shared_ptr<const ZoneMoment>> zones;
  // What it took to keep it, less what it shares with the moment before.
  size_t bytes = 0;
};

// Zones up to this size are shown frame by frame as a whole.
inline constexpr uint64_t kMostDetailFrames = 1024;

}  // namespace pagelab

#endif  // PAGELAB_REPORT_STEP_MOMENT_H_
