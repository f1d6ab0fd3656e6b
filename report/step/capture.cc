#include "pagelab/report/step/capture.h"

#include <algorithm>
#include <utility>

namespace pagelab {
namespace {

uint64_t BlocksOf(const Page& node, Order order) {
  // A run of the buddy lists: only there extra_blocks counts blocks.
  return node.state == PageState::kBuddy && order.value() == kMaxPageOrder
             ? uint64_t{node.extra_blocks} + 1
             : 1;
}

// `bytes` grows where the list is not shared.
ListMoment CaptureList(const AllocatorState& state, const FreeList& list,
                       Order order, const ListMoment& before, size_t& bytes) {
  if (list.empty()) return nullptr;
  std::vector<BlockRun> runs;
  if (before != nullptr) runs.reserve(before->size() + 1);
  for (const Page& node : list) {
    runs.push_back({state.memory->PfnOf(&node), BlocksOf(node, order)});
  }
  if (before != nullptr && *before == runs) return before;
  bytes += runs.size() * sizeof(BlockRun);
  return std::make_shared<const std::vector<BlockRun>>(std::move(runs));
}

std::shared_ptr<const PcpMoment> CapturePcp(
    const AllocatorState& state, const PerCpuPages& pcp,
    const std::shared_ptr<const PcpMoment>& before, size_t& bytes) {
  PcpMoment now;
  now.count = pcp.count;
  now.high = pcp.high;
  now.batch = pcp.batch;
  for (size_t list = 0; list < now.lists.size(); ++list) {
    now.lists[list] = CaptureList(
        state, pcp.lists[list], PcpListOrder(static_cast<int>(list)),
        before == nullptr ? ListMoment() : before->lists[list], bytes);
  }
  if (before != nullptr && *before == now) return before;
  bytes += sizeof(PcpMoment);
  return std::make_shared<const PcpMoment>(std::move(now));
}

std::shared_ptr<const std::vector<uint8_t>> CapturePageblocks(
    const AllocatorState& state, const Zone& zone, const ZoneMoment* before,
    size_t& bytes) {
  const Order order = state.memory->pageblock_order();
  const uint64_t first = zone.span.begin.value() >> order.value();
  const uint64_t end =
      (zone.span.end.value() + order.pages() - 1) >> order.value();
  std::vector<uint8_t> types(end - first, kNoPageblock);
  // By section, so that holes of many terabytes cost little.
  const uint64_t per_section = std::max<uint64_t>(
      1, state.memory->pages_per_section().value() >> order.value());
  for (uint64_t block = first; block < end;) {
    const uint64_t next =
        std::min(end, (block / per_section + 1) * per_section);
    if (state.memory->IsValid(Pfn(block << order.value()))) {
      std::copy(state.pageblock_type + block, state.pageblock_type + next,
                types.begin() + static_cast<ptrdiff_t>(block - first));
    }
    block = next;
  }
  if (before != nullptr && *before->pageblocks == types) {
    return before->pageblocks;
  }
  bytes += types.size();
  return std::make_shared<const std::vector<uint8_t>>(std::move(types));
}

PfnRange DetailOf(const AllocatorState& state, const Zone& zone,
                  PfnRange event_block) {
  if (zone.span.size().value() <= kMostDetailFrames) return zone.span;
  if (event_block.empty()) return {};
  constexpr Order kLargest(kMaxPageOrder);
  const Order order = std::min(state.memory->pageblock_order(), kLargest);
  const Pfn begin = AlignDown(event_block.begin, order);
  return {std::max(begin, zone.span.begin),
          std::min(begin + PageCount(order.pages()), zone.span.end)};
}

void CaptureExtents(const AllocatorState& state, ZoneMoment& zone) {
  for (Pfn pfn = zone.detail.begin; pfn < zone.detail.end;) {
    const FrameExtent extent = ExtentAt(state, pfn);
    zone.extents.push_back(extent);
    pfn = std::max(extent.range.end, pfn + PageCount(1));
  }
}

std::shared_ptr<const ZoneMoment> CaptureZone(const AllocatorState& state,
                                              const Zone& zone,
                                              PfnRange event_block,
                                              const ZoneMoment* before,
                                              size_t& bytes) {
  auto now = std::make_shared<ZoneMoment>();
  now->id = zone.id;
  now->node = zone.node;
  now->type = zone.type;
  now->span = zone.span;
  now->managed = zone.managed;
  now->free_pages = zone.StatPages(ZoneStat::kFreePages);
  for (int mark = 0; mark < kNrWatermarks; ++mark) {
    now->watermark[static_cast<size_t>(mark)] =
        zone.WatermarkPages(static_cast<Watermark>(mark));
  }
  for (size_t order = 0; order < now->free.size(); ++order) {
    const FreeArea& area = zone.free_area[order];
    now->nr_free[order] = area.nr_free;
    for (size_t type = 0; type < area.lists.size(); ++type) {
      now->free[order][type] = CaptureList(
          state, area.lists[type], Order(static_cast<int>(order)),
          before == nullptr ? ListMoment() : before->free[order][type], bytes);
    }
  }
  now->pageblocks = CapturePageblocks(state, zone, before, bytes);
  for (int cpu = 0; cpu < state.nr_cpus; ++cpu) {
    const auto index = static_cast<size_t>(cpu);
    now->pcps.push_back(CapturePcp(
        state, zone.pcp[cpu],
        before == nullptr || before->pcps.size() <= index ? nullptr
                                                          : before->pcps[index],
        bytes));
  }
  now->detail = DetailOf(state, zone, event_block);
  CaptureExtents(state, *now);
  bytes += sizeof(ZoneMoment) + now->pcps.size() * sizeof(now->pcps[0]) +
           now->extents.size() * sizeof(FrameExtent);
  return now;
}

const ZoneMoment* FindZoneMoment(const StepMoment* moment, int id) {
  if (moment == nullptr) return nullptr;
  for (const auto& zone : moment->zones) {
    if (zone->id == id) return zone.get();
  }
  return nullptr;
}

}  // namespace

uint64_t NrBlocks(const ListMoment& list) {
  uint64_t blocks = 0;
  if (list == nullptr) return blocks;
  for (const BlockRun& run : *list) blocks += run.blocks;
  return blocks;
}

PageCount ListedPages(const ZoneMoment& zone) {
  PageCount pages;
  for (size_t order = 0; order < zone.nr_free.size(); ++order) {
    pages += PageCount(zone.nr_free[order] << order);
  }
  return pages;
}

Order PcpListOrder(int list) {
  return list < kNrLoworderPcpLists ? Order(list / kMigratePcpTypes) : Order(9);
}

// The two lists of huge pages: of movable ones the second
// (page-allocator.md 12.1).
Migratetype PcpListType(int list) {
  return static_cast<Migratetype>(list < kNrLoworderPcpLists
                                      ? list % kMigratePcpTypes
                                      : list - kNrLoworderPcpLists);
}

PfnRange BlockOf(const AllocatorEvent& event) {
  const auto* alloc = event.As<MmPageAlloc>();
  if (event.number == 0 || (alloc != nullptr && alloc->failed)) return {};
  const auto* fallback = event.As<MmPageAllocExtfrag>();
  const Order order =
      fallback != nullptr ? fallback->fallback_order : EventOrder(event);
  const Pfn begin =
      fallback != nullptr ? AlignDown(EventPfn(event), order) : EventPfn(event);
  return {begin, begin + PageCount(order.pages())};
}

EventPlace PlaceOf(const AllocatorState& state, const AllocatorEvent& event) {
  EventPlace place;
  const auto* alloc = event.As<MmPageAlloc>();
  if (alloc != nullptr && alloc->failed) {
    place.zone =
        state.cpu_routes[event.cpu.value()][alloc->gfp.value() % kNrAllocRoutes]
            .preferred;
    place.type = alloc->migratetype;
    return place;
  }
  place.zone = state.FindZone(EventPfn(event));
  if (alloc != nullptr) {
    place.type = alloc->migratetype;
  } else if (const auto* taken = event.As<MmPageAllocZoneLocked>()) {
    place.type = taken->migratetype;
  } else if (const auto* drained = event.As<MmPagePcpuDrain>()) {
    place.type = drained->migratetype;
  } else if (const auto* fallback = event.As<MmPageAllocExtfrag>()) {
    place.type = fallback->alloc_migratetype;
  } else if (state.memory->IsValid(EventPfn(event))) {
    place.type = state.PageblockType(EventPfn(event));
  }
  return place;
}

StepMoment CaptureMoment(const AllocatorState& state,
                         const AllocatorEvent& event, const Zone* zone,
                         const StepMoment* before) {
  StepMoment now;
  now.event = event;
  now.pageblock_order = state.memory->pageblock_order();
  now.bytes = sizeof(StepMoment);
  for (const Zone& each : state.all_zones()) {
    if (!each.populated()) continue;
    const PfnRange block = &each == zone ? BlockOf(event) : PfnRange{};
    if (&each == zone) now.zone = static_cast<int>(now.zones.size());
    now.zones.push_back(CaptureZone(
        state, each, block, FindZoneMoment(before, each.id), now.bytes));
  }
  return now;
}

}  // namespace pagelab
