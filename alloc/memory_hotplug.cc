#include "pagelab/alloc/memory_hotplug.h"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "pagelab/alloc/buddy.h"
#include "pagelab/alloc/contig/isolate_range.h"
#include "pagelab/alloc/contig/migrate_range.h"
#include "pagelab/alloc/dump_page.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/limits.h"
#include "pagelab/alloc/zonelist.h"
#include "pagelab/base/check.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// Zone and node spans follow memory in steps of this (page-allocator.md 2.1).
constexpr PageCount kSubsection{512};

bool Intersects(const Zone& zone, PfnRange range) {
  return !zone.span.empty() && zone.span.begin < range.end &&
         range.begin < zone.span.end;
}

PfnRange Union(PfnRange a, PfnRange b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

std::string RangeText(PfnRange range) {
  std::string text = "pfns 0x";
  AppendHex(text, range.begin.value());
  text += " to 0x";
  AppendHex(text, range.end.value() - 1);
  return text;
}

// What an error says of the frame that stays.
std::string PfnText(Pfn pfn) {
  std::string text = ", pfn 0x";
  AppendHex(text, pfn.value());
  return text + " stays";
}

constexpr uint8_t kNoZone = 0;

// `value`: a zone's id + 1, or kNoZone.
void SetSectionZone(AllocatorState& state, PfnRange range, uint8_t value) {
  const int section_order = state.memory->geometry().section_order;
  std::fill(state.section_zone + (range.begin.value() >> section_order),
            state.section_zone + (range.end.value() >> section_order), value);
}

// Kernel counterpart: zone_pcp_reset().
void ResetPcp(AllocatorState& state, Zone& zone) {
  for (int cpu = 0; cpu < state.nr_cpus; ++cpu) {
    PerCpuPages& pcp = zone.pcp[cpu];
    for (size_t item = 0; item < kNrZoneStats; ++item) {
      zone.vm_stat[item] += pcp.vm_stat_diff[item];
    }
    new (&pcp) PerCpuPages();
  }
}

}  // namespace

MemoryHotplug::MemoryHotplug(Dependencies dependencies)
    : allocator_(dependencies.allocator),
      state_(dependencies.allocator.state()),
      notifier_(dependencies.notifier),
      topology_(std::move(dependencies.topology)) {}

Zone& MemoryHotplug::ZoneFor(NodeId node, PfnRange range,
                             OnlineType type) const {
  Zone* zones = state_.zones + node.value() * kMaxNrZones;
  Zone& movable = zones[Index(ZoneType::kMovable)];
  if (type == OnlineType::kMovable) return movable;
  Zone* kernel = &zones[Index(ZoneType::kNormal)];
  for (int index = Index(ZoneType::kNormal); index >= 0; --index) {
    if (Intersects(zones[index], range)) kernel = &zones[index];
  }
  const bool inherits_movable = type == OnlineType::kDefault &&
                                Intersects(movable, range) &&
                                !Intersects(*kernel, range);
  return inherits_movable ? movable : *kernel;
}

// Kernel counterpart: resize_zone_range(), resize_pgdat_range().
void MemoryHotplug::GrowSpans(Zone& zone, PfnRange range) {
  Node& node = state_.nodes[zone.node.value()];
  zone.span = Union(zone.span, range);
  node.span = Union(node.span, range);
}

Pfn MemoryHotplug::Step(Pfn pfn) const {
  return pfn + std::min(kSubsection, state_.memory->pages_per_section());
}

// A zone shrinks at its ends only, past holes. Kernel counterpart:
// shrink_zone_span(), update_pgdat_span().
void MemoryHotplug::ShrinkSpans(Zone& zone, PfnRange range) {
  const auto belongs = [&](Pfn pfn) {
    return state_.memory->IsValid(pfn) && state_.FindZone(pfn) == &zone;
  };
  const PfnRange span = zone.span;
  PfnRange left = span;
  if (span.begin == range.begin) {
    Pfn pfn = range.end;
    while (pfn < span.end && !belongs(pfn)) pfn = Step(pfn);
    left.begin = std::min(pfn, span.end);
  } else if (span.end == range.end) {
    left.end = span.begin;
    for (Pfn pfn = span.begin; pfn < range.begin; pfn = Step(pfn)) {
      if (belongs(pfn)) left.end = std::min(Step(pfn), range.begin);
    }
  }
  zone.span = left.empty() ? PfnRange() : left;
  Node& node = state_.nodes[zone.node.value()];
  node.span = PfnRange();
  for (int index = 0; index < kMaxNrZones; ++index) {
    node.span = Union(
        node.span, state_.zones[zone.node.value() * kMaxNrZones + index].span);
  }
}

// Kernel counterpart: online_pages_range(), __free_pages_core().
void MemoryHotplug::FreeToBuddy(ExecutionContext& context, Zone& zone,
                                PfnRange range) {
  for (Pfn pfn = range.begin; pfn < range.end;) {
    const Order order = LargestBlockIn({pfn, range.end});
    Page& page = *state_.memory->PageAt(pfn);
    page.zone = zone.id;
    zone.managed += PageCount(order.pages());
    if (allocator_.FreePrepare(context, page, order)) {
      allocator_.FreeDirect(context, zone, pfn, order, FpiFlags::kToTail);
    }
    pfn += PageCount(order.pages());
  }
}

// Kernel counterpart: init_per_zone_wmark_min().
void MemoryHotplug::RecomputeLimits() {
  InitPerZoneWatermarks(state_);
  RaiseMinFreeForHugePages(state_);
}

// Kernel counterpart: build_all_zonelists().
void MemoryHotplug::Rebuild() {
  RebuildZonelists(state_, topology_);
  if (state_.log != nullptr) LogZonelists(state_, *state_.log);
}

absl::Status MemoryHotplug::Online(ExecutionContext& context, PfnRange range,
                                   Zone& zone) {
  PhysicalMemory& memory = *state_.memory;
  PAGELAB_CHECK(state_.section_zone != nullptr);
  const PfnRange old_zone_span = zone.span;
  Node& node = state_.nodes[zone.node.value()];
  const PfnRange old_node_span = node.span;
  GrowSpans(zone, range);
  if (notifier_ != nullptr &&
      !notifier_->GoingOnline(context, range, zone.node)) {
    notifier_->CancelOnline(context, range);
    zone.span = old_zone_span;
    node.span = old_node_span;
    return absl::ResourceExhaustedError(
        "ENOMEM: no memory for what the kernel keeps about the new pages");
  }
  memory.PlugIn(range);
  SetSectionZone(state_, range, static_cast<uint8_t>(zone.id + 1));
  const PageCount pageblock(memory.pageblock_order().pages());
  for (Pfn pfn = range.begin; pfn < range.end; pfn += pageblock) {
    state_.SetPageblockType(pfn, Migratetype::kIsolate);
    ++zone.nr_isolate_pageblock;
  }
  const bool was_populated = zone.populated();
  FreeToBuddy(context, zone, range);
  zone.present += range.size();
  node.present += range.size();
  if (!was_populated) Rebuild();
  UnisolateRange(allocator_, context, {.frames = range});
  RecomputeLimits();
  return absl::OkStatus();
}

absl::Status MemoryHotplug::CheckOneZone(PfnRange range) const {
  const PhysicalMemory& memory = *state_.memory;
  const Zone* zone = state_.FindZone(range.begin);
  for (Pfn pfn = range.begin; pfn < range.end; pfn = Step(pfn)) {
    if (!memory.IsValid(pfn)) {
      return absl::InvalidArgumentError("EINVAL: " + RangeText(range) +
                                        ": not all of it is memory");
    }
    if (zone == nullptr || state_.FindZone(pfn) != zone) {
      return absl::InvalidArgumentError("EINVAL: " + RangeText(range) +
                                        ": belongs to more than one zone");
    }
  }
  return absl::OkStatus();
}

absl::Status MemoryHotplug::Isolate(ExecutionContext& context, PfnRange range) {
  const IsolateOutcome outcome =
      IsolateRange(allocator_, context, {.frames = range});
  if (outcome.isolated) return absl::OkStatus();
  const std::string busy =
      "EBUSY: " + RangeText(range) + ": failure to isolate range";
  if (!outcome.blocker.has_value()) return absl::UnavailableError(busy);
  LogPage(state_, *outcome.blocker, "unmovable page");
  return absl::UnavailableError(busy + PfnText(*outcome.blocker));
}

// To another node, if there is one. Kernel counterpart: do_migrate_range().
void MemoryHotplug::Empty(ExecutionContext& context, const Zone& zone,
                          PfnRange range) {
  const Node& node = state_.nodes[zone.node.value()];
  NodeId target = zone.node;
  for (const Zoneref& ref : node.zonelist(kMaxNrZones - 1, false)) {
    if (ref.zone->node == zone.node) continue;
    target = ref.zone->node;
    break;
  }
  EmptyRange(allocator_, context,
             {.range = range,
              .reason = MigrateReason::kMemoryHotplug,
              .target_node = target});
  allocator_.DrainAllPages(context, state_.FindZone(range.begin));
}

// Kernel counterpart: __offline_isolated_pages().
void MemoryHotplug::RemoveFreeBlocks(Zone& zone, PfnRange range) {
  for (Pfn pfn = range.begin; pfn < range.end;) {
    Page& page = *state_.memory->PageAt(pfn);
    const Order order = page.order();
    RemoveFromFreeList(zone, page, order, Migratetype::kIsolate);
    pfn += PageCount(order.pages());
  }
  const PageCount pageblock(state_.memory->pageblock_order().pages());
  for (Pfn pfn = range.begin; pfn < range.end; pfn += pageblock) {
    state_.SetPageblockType(pfn, Migratetype::kUnmovable);
    --zone.nr_isolate_pageblock;
  }
}

absl::Status MemoryHotplug::Offline(ExecutionContext& context, PfnRange range) {
  if (absl::Status status = CheckOneZone(range); !status.ok()) return status;
  PhysicalMemory& memory = *state_.memory;
  Zone& zone = *state_.FindZone(range.begin);
  allocator_.DrainAllPages(context, &zone);
  if (absl::Status status = Isolate(context, range); !status.ok()) {
    return status;
  }
  Empty(context, zone, range);
  const Pfn in_use = FirstNotFree(state_, range);
  if (in_use < range.end) {
    LogPage(state_, in_use, "migration failure");
    UnisolateRange(allocator_, context, {.frames = range});
    return absl::UnavailableError("EBUSY: " + RangeText(range) +
                                  ": pages of it are in use" + PfnText(in_use));
  }
  RemoveFreeBlocks(zone, range);
  zone.managed -= range.size();
  zone.present -= range.size();
  state_.nodes[zone.node.value()].present -= range.size();
  RecomputeLimits();
  if (!zone.populated()) {
    ResetPcp(state_, zone);
    Rebuild();
  }
  if (notifier_ != nullptr) notifier_->Offline(context, range);
  ShrinkSpans(zone, range);
  memory.MarkAbsent(range);
  if (state_.section_zone != nullptr) {
    SetSectionZone(state_, range, kNoZone);
  }
  return absl::OkStatus();
}

}  // namespace pagelab
