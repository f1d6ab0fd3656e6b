#include "pagelab/alloc/memory_init.h"

#include <algorithm>
#include <array>
#include <new>

#include "pagelab/alloc/buddy.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/zonelist.h"
#include "pagelab/base/check.h"

namespace pagelab {
namespace {

// Borders between zones (page-allocator.md 3.1): 16 MiB and 4 GiB.
constexpr Pfn kDmaEnd{0x1000};
constexpr Pfn kDma32End{0x100000};

PfnRange FramesOf(const Memblock::Region& region) {
  return {Pfn(region.range.begin >> kPageShift),
          Pfn(region.range.end >> kPageShift)};
}

PfnRange Intersect(PfnRange a, PfnRange b) {
  return {std::max(a.begin, b.begin), std::min(a.end, b.end)};
}

PfnRange ArchRange(ZoneType type, Pfn max_pfn) {
  switch (type) {
    case ZoneType::kDma:
      return {Pfn(0), kDmaEnd};
    case ZoneType::kDma32:
      return {kDmaEnd, kDma32End};
    case ZoneType::kNormal:
      return {kDma32End, max_pfn};
    case ZoneType::kMovable:
      break;
  }
  return {};
}

// Frames of RAM of `node` inside `range`.
PageCount PresentIn(const Memblock& memblock, NodeId node, PfnRange range) {
  PageCount present;
  for (const Memblock::Region& region : memblock.memory()) {
    if (region.node == node) {
      present += Intersect(FramesOf(region), range).size();
    }
  }
  return present;
}

PfnRange SpanOf(const Memblock& memblock, NodeId node) {
  PfnRange span;
  for (const Memblock::Region& region : memblock.memory()) {
    if (region.node != node) continue;
    const PfnRange frames = FramesOf(region);
    if (span.empty()) {
      span = frames;
    } else {
      span.end = frames.end;
    }
  }
  return span;
}

// Where zone Movable starts on a node that keeps `kernelcore` frames of RAM
// from `from` on for everybody, or the node's end.
Pfn MovableStart(const Memblock& memblock, NodeId node, Pfn from,
                 PageCount kernelcore) {
  const PfnRange span = SpanOf(memblock, node);
  for (const Memblock::Region& region : memblock.memory()) {
    if (region.node != node) continue;
    const PfnRange frames = Intersect(FramesOf(region), {from, span.end});
    if (frames.empty()) continue;
    if (kernelcore < frames.size()) {
      return std::min(AlignUp(frames.begin + kernelcore, Order(kMaxPageOrder)),
                      span.end);
    }
    kernelcore -= frames.size();
  }
  return span.end;
}

// The start of zone Movable per node; the node's end where it has none. The
// memory for everybody is spread evenly over the nodes.
std::vector<Pfn> MovableStarts(const MemoryLayout& layout, Pfn lowest) {
  const Memblock& memblock = *layout.memblock;
  const int nr_nodes = static_cast<int>(layout.nodes.size());
  PageCount total;
  for (const Memblock::Region& region : memblock.memory()) {
    total += FramesOf(region).size();
  }
  const PageCount kernelcore =
      total > layout.movablecore ? total - layout.movablecore : PageCount(0);
  std::vector<Pfn> starts;
  for (int nid = 0; nid < nr_nodes; ++nid) {
    const NodeId node(nid);
    const PfnRange span = SpanOf(memblock, node);
    if (layout.movablecore == PageCount(0) || span.empty()) {
      starts.push_back(span.end);
      continue;
    }
    // Low memory is never movable-only and counts as the node's share.
    const PageCount share(kernelcore.value() / static_cast<uint64_t>(nr_nodes));
    const PageCount low = PresentIn(memblock, node, {Pfn(0), lowest});
    const PageCount rest = share > low ? share - low : PageCount(0);
    starts.push_back(
        MovableStart(memblock, node, std::max(lowest, span.begin), rest));
  }
  return starts;
}

void InitZone(Arena& arena, AllocatorState& state, Zone& zone,
              const MemoryLayout& layout) {
  zone.present = PresentIn(*layout.memblock, zone.node, zone.span);
  if (!zone.populated()) zone.span = PfnRange();
  if (!zone.populated() && !layout.hotplug) return;
  // What zonelists and limits see until memblock hands its memory over.
  zone.managed = zone.present;
  zone.pcp =
      arena.ReserveArray<PerCpuPages>(static_cast<uint64_t>(state.nr_cpus));
  for (int cpu = 0; cpu < state.nr_cpus; ++cpu) {
    new (&zone.pcp[cpu]) PerCpuPages();
  }
}

void InitNode(Arena& arena, AllocatorState& state, const MemoryLayout& layout,
              NodeId id, Pfn movable_start) {
  const Memblock& memblock = *layout.memblock;
  Node& node = *new (&state.nodes[id.value()]) Node();
  node.id = id;
  node.span = SpanOf(memblock, id);
  node.present = PresentIn(memblock, id, node.span);
  node.nr_cpus = layout.nodes[static_cast<size_t>(id.value())].nr_cpus;
  for (int index = 0; index < kMaxNrZones; ++index) {
    const int zone_id = id.value() * kMaxNrZones + index;
    Zone& zone = *new (&state.zones[zone_id]) Zone();
    zone.node = id;
    zone.type = static_cast<ZoneType>(index);
    zone.id = static_cast<uint8_t>(zone_id);
    zone.span = zone.type == ZoneType::kMovable
                    ? PfnRange{movable_start, node.span.end}
                    : Intersect(ArchRange(zone.type, state.memory->max_pfn()),
                                {node.span.begin, movable_start});
    InitZone(arena, state, zone, layout);
  }
}

// Every pageblock whose first frame is RAM starts out movable; the others keep
// the zero of unmovable (page-allocator.md 5.2).
void InitPageblockTypes(AllocatorState& state, const Memblock& memblock) {
  const Order order = state.memory->pageblock_order();
  const int shift = state.memory->geometry().pageblock_order;
  for (const Memblock::Region& region : memblock.memory()) {
    const PfnRange frames = FramesOf(region);
    const Pfn first = AlignUp(frames.begin, order);
    if (first >= frames.end) continue;
    std::fill(state.pageblock_type + (first.value() >> shift),
              state.pageblock_type + ((frames.end.value() - 1) >> shift) + 1,
              static_cast<uint8_t>(Migratetype::kMovable));
  }
}

}  // namespace

uint64_t ArenaBytes(const MemoryGeometry& geometry, Pfn max_pfn, int nr_nodes,
                    int nr_cpus) {
  constexpr uint64_t kSlack = 64;
  const uint64_t frames = NrDescriptors(geometry, max_pfn);
  const auto nodes = static_cast<uint64_t>(nr_nodes);
  const auto cpus = static_cast<uint64_t>(nr_cpus);
  const uint64_t zones = nodes * kMaxNrZones;
  return frames * sizeof(Page) + 2 * (frames >> geometry.pageblock_order) +
         (frames >> geometry.section_order) + 1 + sizeof(AllocatorState) +
         nodes * (sizeof(Node) + 2 * (zones * sizeof(Zoneref) + kSlack)) +
         zones * (sizeof(Zone) + cpus * sizeof(PerCpuPages) + kSlack) +
         cpus * sizeof(NodeId) + 16 * kSlack;
}

AllocatorState& InitMemory(Arena& arena, PhysicalMemory& memory,
                           const AllocatorPolicy& policy,
                           const MemoryLayout& layout) {
  AllocatorState& state = *arena.New<AllocatorState>();
  state.memory = &memory;
  state.policy = policy;
  state.nr_nodes = static_cast<int>(layout.nodes.size());
  state.nr_zones = state.nr_nodes * kMaxNrZones;
  for (const NodeTopology& node : layout.nodes) state.nr_cpus += node.nr_cpus;
  state.nodes = arena.ReserveArray<Node>(static_cast<uint64_t>(state.nr_nodes));
  state.zones = arena.ReserveArray<Zone>(static_cast<uint64_t>(state.nr_zones));
  state.cpu_node =
      arena.ReserveArray<NodeId>(static_cast<uint64_t>(state.nr_cpus));
  state.nr_pageblocks =
      NrDescriptors(memory.geometry(), memory.max_possible_pfn()) >>
      memory.geometry().pageblock_order;
  state.pageblock_type = arena.ReserveArray<uint8_t>(state.nr_pageblocks);
  state.pageblock_skip = arena.ReserveArray<uint8_t>(state.nr_pageblocks);
  if (layout.hotplug) {
    state.section_zone = arena.ReserveArray<uint8_t>(memory.nr_sections());
  }

  int cpu = 0;
  for (int nid = 0; nid < state.nr_nodes; ++nid) {
    for (int i = 0; i < layout.nodes[static_cast<size_t>(nid)].nr_cpus; ++i) {
      state.cpu_node[cpu++] = NodeId(nid);
    }
  }
  // Movable-only memory lies above what the highest ordinary zone starts at.
  const Pfn max_pfn = memory.max_pfn();
  const Pfn lowest = max_pfn > kDma32End ? kDma32End
                     : max_pfn > kDmaEnd ? kDmaEnd
                                         : Pfn(0);
  const std::vector<Pfn> movable = MovableStarts(layout, lowest);
  for (int nid = 0; nid < state.nr_nodes; ++nid) {
    InitNode(arena, state, layout, NodeId(nid),
             movable[static_cast<size_t>(nid)]);
  }
  InitPageblockTypes(state, *layout.memblock);
  BuildZonelists(arena, state, layout.nodes);
  return state;
}

namespace {

// A stretch of blocks of the largest order, inside one zone, as one run.
void FreeRun(AllocatorState& state, Zone& zone, ExecutionContext& context,
             Pfn head, uint64_t blocks) {
  const Order order(kMaxPageOrder);
  const uint64_t pages = blocks * order.pages();
  Page& page = *state.memory->PageAt(head);
  AddToFreeList(zone, page, order, Migratetype::kMovable, ListEnd::kTail);
  page.extra_blocks = static_cast<uint32_t>(blocks - 1);
  zone.free_area[kMaxPageOrder].nr_free += blocks - 1;
  AccountFreePages(zone, context.cpu, static_cast<int64_t>(pages),
                   Migratetype::kMovable);
  state.events.pgfree += pages;
}

void FreeRange(AllocatorState& state, PageAllocator& allocator,
               ExecutionContext& context, PfnRange range) {
  constexpr uint64_t kBlock = kMaxOrderNrPages;
  for (Pfn pfn = range.begin; pfn < range.end;) {
    Zone* zone = state.FindZone(pfn);
    PAGELAB_CHECK(zone != nullptr);
    const Order order = LargestBlockIn({pfn, range.end});
    uint64_t pages = order.pages();
    if (order == Order(kMaxPageOrder)) {
      const Pfn end = std::min(range.end, zone->span.end);
      const uint64_t blocks = (end - pfn).value() / kBlock;
      FreeRun(state, *zone, context, pfn, blocks);
      pages = blocks * kBlock;
    } else {
      allocator.FreeDirect(context, *zone, pfn, order, FpiFlags::kToTail);
    }
    zone->managed += PageCount(pages);
    pfn += PageCount(pages);
  }
}

}  // namespace

void MemblockFreeAll(AllocatorState& state, const Memblock& memblock,
                     PageAllocator& allocator, ExecutionContext& context) {
  for (Zone& zone : state.all_zones()) zone.managed = PageCount(0);
  RangeSet& reserved = state.memory->reserved();
  for (uint64_t s = 0; s < state.memory->nr_sections(); ++s) {
    if (!state.memory->IsPresent(s)) continue;
    const PageCount size = state.memory->pages_per_section();
    const Pfn begin(s * size.value());
    reserved.Add({begin, begin + size});
  }
  for (const PfnRange& range : memblock.FreeRanges()) {
    reserved.Remove(range);
    FreeRange(state, allocator, context, range);
  }
}

void FreeReservedPage(AllocatorState& state, PageAllocator& allocator,
                      ExecutionContext& context, Pfn pfn) {
  Zone* zone = state.FindZone(pfn);
  PAGELAB_CHECK(zone != nullptr);
  state.memory->reserved().Remove({pfn, pfn + PageCount(1)});
  Page& page = *state.memory->PageAt(pfn);
  page.state = PageState::kAllocated;
  page.order_value = 0;
  page.zone = zone->id;
  page.refcount = 1;
  zone->managed += PageCount(1);
  allocator.FreePages(context, &page, Order(0));
}

}  // namespace pagelab
