#include "pagelab/alloc/compaction/compactor.h"

#include <algorithm>

#include "pagelab/alloc/compaction/compact_zone.h"
#include "pagelab/alloc/compaction/suitability.h"

namespace pagelab {
namespace {

// Kernel counterpart: gfp_compaction_allowed().
bool MayCompact(Gfp gfp) { return gfp.Has(gfp::kIo); }

CompactGoal DirectGoal(const AllocControl& ac, AllocFlags flags,
                       CompactPriority priority) {
  const bool full = priority == CompactPriority::kSyncFull;
  return {.order = ac.order,
          .mode = priority == CompactPriority::kAsync ? MigrateMode::kAsync
                                                      : MigrateMode::kSyncLight,
          .gfp = ac.gfp,
          .flags = flags,
          .highest_zoneidx = ac.highest_zoneidx,
          .direct = true,
          .whole_zone = full,
          .ignore_skip_hint = full,
          .ignore_block_suitable = full};
}

}  // namespace

Compactor::Compactor(PageAllocator& allocator) : allocator_(allocator) {
  const AllocatorState& state = allocator.state();
  state_.marks.resize(static_cast<size_t>(state.nr_zones));
  state_.proactive_defer.resize(static_cast<size_t>(state.nr_nodes));
}

absl::Span<Zone> Compactor::ZonesOf(const Node& node) {
  return allocator_.state().all_zones().subspan(
      static_cast<size_t>(node.id.value()) * kMaxNrZones, kMaxNrZones);
}

CompactResult Compactor::Compact(ExecutionContext& context, Zone& zone,
                                 const CompactGoal& goal) {
  CompactRun run(allocator_, context, zone, state_.marks[zone.id], goal);
  return CompactZone(run);
}

CompactResult Compactor::TryToCompact(ExecutionContext& context,
                                      const AllocControl& ac, AllocFlags flags,
                                      CompactPriority priority) {
  CompactResult result = CompactResult::kSkipped;
  if (!MayCompact(ac.gfp)) return result;
  const CompactGoal goal = DirectGoal(ac, flags, priority);
  for (const Zoneref& ref : ac.zonelist) {
    if (ref.zone_index > ac.highest_zoneidx) continue;
    Zone& zone = *ref.zone;
    if (priority != CompactPriority::kSyncFull &&
        IsCompactionDeferred(zone, ac.order)) {
      result = std::max(result, CompactResult::kDeferred);
      continue;
    }
    const CompactResult status = Compact(context, zone, goal);
    result = std::max(result, status);
    if (status == CompactResult::kSuccess) {
      ResetDeferral(zone, ac.order, /*allocated=*/false);
      break;
    }
    if (priority != CompactPriority::kAsync &&
        (status == CompactResult::kComplete ||
         status == CompactResult::kPartialSkipped)) {
      DeferCompaction(zone, ac.order);
    }
  }
  return result;
}

bool Compactor::ZonelistSuitable(const AllocControl& ac, AllocFlags) const {
  const AllocatorState& state = allocator_.state();
  for (const Zoneref& ref : ac.zonelist) {
    if (ref.zone_index > ac.highest_zoneidx) continue;
    const Zone& zone = *ref.zone;
    int64_t reclaimable = 0;
    for (const ZoneLruStat stat :
         {ZoneLruStat::kInactiveAnon, ZoneLruStat::kActiveAnon,
          ZoneLruStat::kInactiveFile, ZoneLruStat::kActiveFile}) {
      reclaimable += zone.lru_stat[static_cast<size_t>(Index(stat))];
    }
    const int64_t free =
        static_cast<int64_t>(zone.StatPages(ZoneStat::kFreePages)) +
        reclaimable / std::max(ac.order.value(), 1);
    if (HasRoomToCompact(state, zone, ac.order, ac.highest_zoneidx, free)) {
      return true;
    }
  }
  return false;
}

CompactResult Compactor::Suitable(const Zone& zone, Order order,
                                  int highest_zoneidx, AllocFlags flags) const {
  return SuitAllocationOrder(allocator_.state(), zone, order, highest_zoneidx,
                             flags);
}

void Compactor::NoteOutcome(Zone& zone, Order order, bool got) {
  if (!got) {
    DeferCompaction(zone, order);
    return;
  }
  zone.compact.blockskip_flush = false;
  ResetDeferral(zone, order, /*allocated=*/true);
}

void Compactor::CompactWhole(ExecutionContext& context, Node& node,
                             bool proactive) {
  const CompactGoal goal{
      .mode = proactive ? MigrateMode::kSyncLight : MigrateMode::kSync,
      .proactive = proactive,
      .whole_zone = true,
      .ignore_skip_hint = true};
  for (Zone& zone : ZonesOf(node)) {
    if (zone.populated()) Compact(context, zone, goal);
  }
}

void Compactor::CompactNode(ExecutionContext& context, Node& node) {
  CompactWhole(context, node, /*proactive=*/false);
}

void Compactor::CompactAll(ExecutionContext& context) {
  for (Node& node : allocator_.state().all_nodes()) CompactNode(context, node);
}

void Compactor::ResetSkipHints(Node& node) {
  for (Zone& zone : ZonesOf(node)) {
    if (zone.populated()) {
      ResetIsolationSuitable(allocator_.state(), zone, state_.marks[zone.id]);
    }
  }
}

}  // namespace pagelab
