// The background thread of a node: page-allocator.md 17.5, 20.3.

#include <algorithm>

#include "pagelab/alloc/compaction/compact_zone.h"
#include "pagelab/alloc/compaction/compactor.h"
#include "pagelab/alloc/compaction/suitability.h"

namespace pagelab {
namespace {

// Proactive compaction that made nothing better waits for so many intervals.
constexpr int kProactiveBackoff = 1 << 6;

}  // namespace

void Compactor::WakeKcompactd(ExecutionContext& /*context*/, Node& node,
                              Order order, int highest_zoneidx) {
  if (order == Order(0)) return;
  KcompactdState& kcompactd = node.kcompactd;
  kcompactd.max_order = std::max(kcompactd.max_order, order.value());
  kcompactd.highest_zoneidx =
      std::min(kcompactd.highest_zoneidx, highest_zoneidx);
  const Order wanted(kcompactd.max_order);
  const int highest = kcompactd.highest_zoneidx;
  for (const Zone& zone :
       ZonesOf(node).first(static_cast<size_t>(highest) + 1)) {
    if (zone.populated() &&
        SuitAllocationOrder(allocator_.state(), zone, wanted, highest,
                            alloc_flag::kWmarkMin) ==
            CompactResult::kContinue) {
      kcompactd.awake = true;
      return;
    }
  }
}

bool Compactor::RunKcompactd(ExecutionContext& context, Node& node) {
  if (!node.kcompactd.awake) return CompactProactively(context, node);
  DoKcompactdWork(context, node);
  return true;
}

// Kernel counterpart: kcompactd_do_work().
void Compactor::DoKcompactdWork(ExecutionContext& context, Node& node) {
  KcompactdState& kcompactd = node.kcompactd;
  const Order order(kcompactd.max_order);
  const int highest = kcompactd.highest_zoneidx;
  AllocatorState& state = allocator_.state();
  state.events.Count(VmEvent::kCompactDaemonWake);
  for (Zone& zone : ZonesOf(node).first(static_cast<size_t>(highest) + 1)) {
    if (!zone.populated() || IsCompactionDeferred(zone, order)) continue;
    if (SuitAllocationOrder(state, zone, order, zone.id % kMaxNrZones,
                            alloc_flag::kWmarkMin) !=
        CompactResult::kContinue) {
      continue;
    }
    const VmEvents before = state.events;
    const CompactResult result = Compact(context, zone,
                                         {.order = order,
                                          .mode = MigrateMode::kSyncLight,
                                          .highest_zoneidx = highest});
    if (result == CompactResult::kSuccess) {
      ResetDeferral(zone, order, /*allocated=*/false);
    } else if (result == CompactResult::kPartialSkipped ||
               result == CompactResult::kComplete) {
      // What lies on per-cpu lists could have merged.
      allocator_.DrainAllPages(context, &zone);
      DeferCompaction(zone, order);
    }
    CountAsDaemon(before);
  }
  kcompactd.awake = false;
  if (kcompactd.max_order <= order.value()) kcompactd.max_order = 0;
  if (kcompactd.highest_zoneidx >= highest) {
    kcompactd.highest_zoneidx = kMaxNrZones - 1;
  }
}

void Compactor::CountAsDaemon(const VmEvents& before) {
  VmEvents& events = allocator_.state().events;
  events.Count(VmEvent::kCompactDaemonMigrateScanned,
               events.count(VmEvent::kCompactMigrateScanned) -
                   before.count(VmEvent::kCompactMigrateScanned));
  events.Count(VmEvent::kCompactDaemonFreeScanned,
               events.count(VmEvent::kCompactFreeScanned) -
                   before.count(VmEvent::kCompactFreeScanned));
}

bool Compactor::CompactProactively(ExecutionContext& context, Node& node) {
  AllocatorState& state = allocator_.state();
  if (state.policy.compaction_proactiveness == 0 || node.kswapd.awake) {
    return false;
  }
  int& defer = state_.proactive_defer[static_cast<size_t>(node.id.value())];
  if (defer > 0) {
    --defer;
    return false;
  }
  const int before = FragmentationScore(state, node);
  if (before <= FragmentationScoreMarks(state.policy).high) return false;
  const VmEvents events = state.events;
  CompactWhole(context, node, /*proactive=*/true);
  CountAsDaemon(events);
  if (FragmentationScore(state, node) >= before) {
    defer = kProactiveBackoff - 1;
  }
  return true;
}

}  // namespace pagelab
