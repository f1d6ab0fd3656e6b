#include "pagelab/alloc/reclaim/direct_reclaim.h"

#include "pagelab/alloc/page_users.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/reclaim/memalloc_scope.h"
#include "pagelab/alloc/reclaim/node_balance.h"
#include "pagelab/alloc/watermark.h"

namespace pagelab {

PageCount DirectReclaimer::Reclaim(ExecutionContext& context,
                                   const AllocControl& ac) {
  const MemallocScope scope(*context.task);
  ScanControl control{.scanner = Scanner::kDirect,
                      .order = ac.order,
                      .reclaim_idx = ac.highest_zoneidx,
                      .may_io = ac.gfp.Has(gfp::kIo)};
  // A vain descent is tried again: the first is content with a part of the
  // memory cgroups, of which there is but one here. The recorded machines
  // count two stalls for each reclaim that brought nothing.
  for (int walk = 0; walk < 2; ++walk) {
    Descend(context, ac, control);
    if (control.nr_reclaimed != 0) return PageCount(control.nr_reclaimed);
    if (control.compaction_ready) return PageCount(1);
  }
  if (control.skipped_deactivate) {
    control.force_deactivate = true;
    control.skipped_deactivate = false;
    Descend(context, ac, control);
  }
  return PageCount(control.nr_reclaimed);
}

// Kernel counterpart: do_try_to_free_pages().
void DirectReclaimer::Descend(ExecutionContext& context, const AllocControl& ac,
                              ScanControl& control) {
  ++state_.events.allocstall[static_cast<size_t>(control.reclaim_idx)];
  for (control.priority = kDefPriority; control.priority >= 0;
       --control.priority) {
    control.nr_scanned = 0;
    ShrinkNodes(context, ac, control);
    if (control.nr_reclaimed >= control.nr_to_reclaim.value() ||
        control.compaction_ready) {
      break;
    }
  }
  for (const Zoneref& ref : ac.zonelist) {
    if (ref.zone_index > control.reclaim_idx) continue;
    const auto node = static_cast<size_t>(ref.zone->node.value());
    threads_[node].refaults = RefaultsOf(state_.nodes[node]);
  }
}

// Kernel counterpart: shrink_zones().
void DirectReclaimer::ShrinkNodes(ExecutionContext& context,
                                  const AllocControl& ac,
                                  ScanControl& control) {
  NodeId last;
  for (const Zoneref& ref : ac.zonelist) {
    if (ref.zone_index > control.reclaim_idx) continue;
    const Zone& zone = *ref.zone;
    if (control.order > kCostlyOrder && CompactionReady(zone, control)) {
      control.compaction_ready = true;
      continue;
    }
    if (zone.node == last) continue;
    last = zone.node;
    const auto index = static_cast<size_t>(zone.node.value());
    Node& node = state_.nodes[index];
    const uint64_t before = control.nr_reclaimed;
    NodeShrinker(allocator_, compaction_, threads_[index].refaults)
        .Shrink(context, node, control);
    if (control.nr_reclaimed != before) continue;
    // Hopeless where even kswapd gave up: no use in waiting.
    if (node.kswapd.failures >= kMaxReclaimRetries) continue;
    if (control.nr_writeback != 0 || control.priority == 1) {
      WaitForWriteback(state_, context, kTick);
    }
  }
}

// Kernel counterpart: compaction_ready().
bool DirectReclaimer::CompactionReady(const Zone& zone,
                                      const ScanControl& control) const {
  if (!control.may_io) return false;
  const auto free = static_cast<int64_t>(zone.StatPages(ZoneStat::kFreePages));
  WatermarkQuery query{.order = control.order,
                       .mark = zone.WatermarkPages(Watermark::kMin),
                       .highest_zoneidx = control.reclaim_idx};
  if (WatermarkOk(state_.policy, zone, query, free)) return true;
  if (compaction_.Suitable(zone, control.order, control.reclaim_idx,
                           AllocFlags()) == CompactResult::kSkipped) {
    return false;
  }
  // It could begin, but would soon want more: leave it a buffer.
  query.order = Order(0);
  query.mark = zone.WatermarkPages(Watermark::kHigh) +
               static_cast<int64_t>(CompactGap(control.order));
  return WatermarkOk(state_.policy, zone, query, free);
}

}  // namespace pagelab
