#include "pagelab/alloc/reclaim/kswapd.h"

#include <algorithm>

#include "pagelab/alloc/page_users.h"
#include "pagelab/alloc/reclaim/memalloc_scope.h"
#include "pagelab/alloc/reclaim/node_balance.h"

namespace pagelab {
namespace {

using Phase = KswapdThread::Phase;

// HZ / 10, both.
constexpr Nanoseconds kNap{100'000'000};
constexpr Nanoseconds kWritebackThrottle{100'000'000};

// Below it I/O is done for reclaim's sake, and blocks are compacted for.
constexpr int kGentlePriority = kDefPriority - 2;

}  // namespace

void Kswapd::Wake(ExecutionContext& context, const Request& request) {
  KswapdState& asked = node_.kswapd;
  asked.highest_zoneidx =
      thread_.asked ? std::max(asked.highest_zoneidx, request.highest_zoneidx)
                    : request.highest_zoneidx;
  asked.order = std::max(asked.order, request.order.value());
  thread_.asked = true;
  if (asked.awake) return;
  const bool content =
      NodeBalanced(state_, node_, request.order, request.highest_zoneidx) &&
      !NodeBoosted(state_, node_, request.highest_zoneidx);
  if (asked.failures >= kMaxReclaimRetries || content) {
    // There is memory enough, but not in one piece; who can wait compacts
    // itself.
    if (!request.gfp.Has(gfp::kDirectReclaim)) {
      compaction_.WakeKcompactd(context, node_, request.order,
                                request.highest_zoneidx);
    }
    return;
  }
  asked.awake = true;
}

bool Kswapd::Run(ExecutionContext& context) {
  if (thread_.phase != Phase::kBalancing) {
    if (!WakeUp(context)) return false;
    BeginPass();
  }
  const MemallocScope scope(*context.task);
  if (Round(context)) return true;
  EndPass(context);
  return StaysAwake(context);
}

bool Kswapd::WakeUp(ExecutionContext& context) {
  if (thread_.phase == Phase::kNapping) {
    if (node_.kswapd.awake) {
      state_.events.Count(VmEvent::kKswapdLowWmarkHitQuickly);
      node_.kswapd.order =
          std::max(node_.kswapd.order, thread_.control.order.value());
      return true;
    }
    if (context.now < thread_.nap_end) return false;
    thread_.phase = Phase::kAsleep;
    if (MaySleep(thread_.control.order)) return false;
    state_.events.Count(VmEvent::kKswapdHighWmarkHitQuickly);
    node_.kswapd.awake = true;
  }
  return node_.kswapd.awake;
}

void Kswapd::BeginPass() {
  thread_.phase = Phase::kBalancing;
  thread_.alloc_order = Order(node_.kswapd.order);
  if (thread_.asked) {
    thread_.highest_zoneidx =
        std::min(node_.kswapd.highest_zoneidx, kMaxNrZones - 1);
  }
  node_.kswapd.order = 0;
  thread_.asked = false;
  thread_.control = ScanControl{.scanner = Scanner::kKswapd,
                                .order = thread_.alloc_order,
                                .reclaim_idx = thread_.highest_zoneidx};
  state_.events.Count(VmEvent::kPageoutrun);
  thread_.nr_boost_reclaim = 0;
  thread_.zone_boosts = {};
  for (const Zone& zone : ZonesOf(state_, node_)) {
    if (zone.managed == PageCount(0) ||
        Index(zone.type) > thread_.highest_zoneidx) {
      continue;
    }
    thread_.zone_boosts[static_cast<size_t>(Index(zone.type))] =
        zone.watermark_boost;
    thread_.nr_boost_reclaim += static_cast<uint64_t>(zone.watermark_boost);
  }
  thread_.boosted = thread_.nr_boost_reclaim != 0;
  SetReclaimActive(true);
}

void Kswapd::SetReclaimActive(bool active) {
  for (Zone& zone : ZonesOf(state_, node_)) {
    if (zone.managed == PageCount(0) ||
        Index(zone.type) > thread_.highest_zoneidx) {
      continue;
    }
    zone.flags = active ? zone.flags | kZoneReclaimActive
                        : zone.flags & ~kZoneReclaimActive;
  }
}

bool Kswapd::Round(ExecutionContext& context) {
  ScanControl& control = thread_.control;
  const bool balanced =
      NodeBalanced(state_, node_, control.order, thread_.highest_zoneidx);
  if (!balanced && thread_.nr_boost_reclaim != 0) {
    // Memory is short in earnest: the boosts alone no longer matter.
    thread_.nr_boost_reclaim = 0;
    control.priority = kDefPriority;
  }
  const bool for_boosts = thread_.nr_boost_reclaim != 0;
  if (balanced && !for_boosts) return false;
  // Only for boosts it is never urgent.
  bool raise = !(for_boosts && control.priority == kGentlePriority);
  control.may_writepage = !for_boosts;
  control.may_swap = !for_boosts;

  const uint64_t before = control.nr_reclaimed;
  Reclaim(context);
  if (control.nr_scanned >= control.nr_to_reclaim.value()) raise = false;
  const uint64_t reclaimed = control.nr_reclaimed - before;
  thread_.nr_boost_reclaim -= std::min(thread_.nr_boost_reclaim, reclaimed);
  bool goes_on = !(thread_.nr_boost_reclaim != 0 && reclaimed == 0);
  if (goes_on && (raise || reclaimed == 0)) {
    goes_on = --control.priority >= 1;
  }
  if (goes_on) return true;
  if (control.nr_reclaimed != 0) return false;
  if (control.cache_trim_mode_failed && !control.no_cache_trim_mode) {
    control.no_cache_trim_mode = true;
    control.priority = kDefPriority;
    return true;
  }
  ++node_.kswapd.failures;
  return false;
}

// Kernel counterpart: kswapd_shrink_node().
void Kswapd::Reclaim(ExecutionContext& context) {
  ScanControl& control = thread_.control;
  NodeShrinker shrinker(allocator_, compaction_, thread_.refaults);
  shrinker.AgeAnon(context, node_, control);
  control.nr_scanned = 0;
  control.nr_to_reclaim = PageCount(0);
  for (const Zone& zone : ZonesOf(state_, node_)) {
    if (zone.managed == PageCount(0) ||
        Index(zone.type) > control.reclaim_idx) {
      continue;
    }
    control.nr_to_reclaim += std::max(
        PageCount(static_cast<uint64_t>(zone.WatermarkPages(Watermark::kHigh))),
        kSwapClusterMax);
  }
  const uint64_t before = control.nr_reclaimed;
  shrinker.Shrink(context, node_, control);
  // Room for compaction is made; the block itself is its business.
  if (control.order > Order(0) &&
      control.nr_reclaimed >= CompactGap(control.order)) {
    control.order = Order(0);
  }
  control.nr_scanned =
      std::max(control.nr_scanned, control.nr_reclaimed - before);
  if (control.nr_immediate != 0) {
    WaitForWriteback(state_, context, kWritebackThrottle);
  }
}

void Kswapd::EndPass(ExecutionContext& context) {
  SetReclaimActive(false);
  thread_.refaults = RefaultsOf(node_);
  if (!thread_.boosted) return;
  for (Zone& zone : ZonesOf(state_, node_)) {
    const int64_t sampled =
        thread_.zone_boosts[static_cast<size_t>(Index(zone.type))];
    zone.watermark_boost -= std::min(zone.watermark_boost, sampled);
  }
  compaction_.WakeKcompactd(context, node_, state_.memory->pageblock_order(),
                            thread_.highest_zoneidx);
}

bool Kswapd::MaySleep(Order order) const {
  return node_.kswapd.failures >= kMaxReclaimRetries ||
         NodeBalanced(state_, node_, order, thread_.highest_zoneidx);
}

// Kernel counterpart: kswapd_try_to_sleep().
bool Kswapd::StaysAwake(ExecutionContext& context) {
  // Gave up on the order: what it reclaimed for is left to kcompactd. Else the
  // next request is looked at.
  if (thread_.control.order >= thread_.alloc_order) {
    thread_.alloc_order = Order(node_.kswapd.order);
    thread_.control.order = thread_.alloc_order;
  }
  if (!MaySleep(thread_.control.order)) {
    thread_.phase = Phase::kAsleep;
    state_.events.Count(VmEvent::kKswapdHighWmarkHitQuickly);
    return true;
  }
  compaction_.ResetSkipHints(node_);
  compaction_.WakeKcompactd(context, node_, thread_.alloc_order,
                            thread_.highest_zoneidx);
  thread_.phase = Phase::kNapping;
  thread_.nap_end = context.now + kNap;
  node_.kswapd.awake = false;
  return false;
}

}  // namespace pagelab
