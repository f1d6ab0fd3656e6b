#include "pagelab/report/page/memory_facts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "pagelab/alloc/pcp_tuning.h"

namespace pagelab {
namespace {

void AddZone(const SnapshotZone& zone, std::vector<FrameBlock>& free) {
  for (size_t order = 0; order < zone.free.size(); ++order) {
    for (const std::vector<Pfn>& list : zone.free[order]) {
      for (const Pfn pfn : list) {
        free.push_back({.pfn = pfn.value(),
                        .order = static_cast<uint8_t>(order),
                        .kind = FrameBlock::Kind::kFree});
      }
    }
  }
  for (const SnapshotPcp& pcp : zone.pcps) {
    for (size_t list = 0; list < pcp.lists.size(); ++list) {
      const Order order = OrderOfPcpList(static_cast<int>(list));
      for (const Pfn pfn : pcp.lists[list]) {
        free.push_back({.pfn = pfn.value(),
                        .order = static_cast<uint8_t>(order.value()),
                        .kind = FrameBlock::Kind::kPcp});
      }
    }
  }
}

void AddRanges(const SnapshotZone& zone, int number, Order order,
               std::vector<PageBlockRange>& ranges) {
  for (const SnapshotPageblocks& run : zone.pageblocks) {
    if (run.migratetype < 0) continue;
    const uint64_t first = run.range.begin.value() >> order.value();
    const uint64_t end = AlignUp(run.range.end, order).value() >> order.value();
    if (!ranges.empty()) {
      PageBlockRange& last = ranges.back();
      if (last.zone == number && last.first + last.count == first) {
        last.count += end - first;
        continue;
      }
    }
    ranges.push_back({.first = first, .count = end - first, .zone = number});
  }
}

// Zones that share a pageblock, as DMA and DMA32 never do but hand-made
// machines may: it stays with the first.
void Separate(std::vector<PageBlockRange>& ranges) {
  std::stable_sort(ranges.begin(), ranges.end(),
                   [](const PageBlockRange& a, const PageBlockRange& b) {
                     return a.first < b.first;
                   });
  uint64_t end = 0;
  for (PageBlockRange& range : ranges) {
    const uint64_t stop = std::max(end, range.first + range.count);
    range.first = std::max(range.first, end);
    range.count = stop - std::min(stop, range.first);
    end = stop;
  }
  ranges.erase(
      std::remove_if(ranges.begin(), ranges.end(),
                     [](const PageBlockRange& r) { return r.count == 0; }),
      ranges.end());
}

}  // namespace

std::vector<ZoneFacts> AddSnapshot(const AllocatorSnapshot& snapshot,
                                   PageBlocks& blocks, FrameChunks& chunks) {
  std::vector<ZoneFacts> zones;
  std::vector<PageBlockRange> ranges;
  std::vector<FrameBlock> free;
  blocks.SetTypes(snapshot.migratetypes);
  for (const SnapshotZone& zone : snapshot.zones) {
    if (!zone.populated) continue;
    AddRanges(zone, static_cast<int>(zones.size()), blocks.order(), ranges);
    AddZone(zone, free);
    zones.push_back(
        {.name = absl::StrCat("Node ", zone.node.value(), ", zone ", zone.name),
         .managed = zone.managed.value(),
         .free = ListedFreePages(zone),
         .min = zone.watermark[0],
         .low = zone.watermark[1],
         .high = zone.watermark[2]});
  }
  Separate(ranges);
  blocks.SetRanges(std::move(ranges), true);
  for (const SnapshotZone& zone : snapshot.zones) {
    if (!zone.populated) continue;
    for (const SnapshotPageblocks& run : zone.pageblocks) {
      if (run.migratetype < 0) continue;
      const int shift = blocks.order().value();
      for (uint64_t block = run.range.begin.value() >> shift;
           block << shift < run.range.end.value(); ++block) {
        blocks.SetType(block, run.migratetype);
      }
    }
  }
  std::sort(
      free.begin(), free.end(),
      [](const FrameBlock& a, const FrameBlock& b) { return a.pfn < b.pfn; });
  for (const FrameBlock& block : free) {
    blocks.AddFree(block);
    chunks.Add(block);
  }
  chunks.Flush();
  return zones;
}

}  // namespace pagelab
