// kswapd, direct reclaim and what the slow path changes: page-allocator.md 14,
// 25.6.

#include <algorithm>
#include <utility>

#include "pagelab/alloc/pcp_ops.h"
#include "pagelab/alloc/slow_path_flags.h"
#include "pagelab/workloads/exact/exact_replay.h"

namespace pagelab {
namespace {

constexpr int32_t kUnknownPid = -1;

}  // namespace

// Passes that began before the snapshot. The boosts that they will take back
// are taken for those of the snapshot.
void ExactReplay::FindKswapdPasses() {
  for (const Node& node : allocator_state_.all_nodes()) {
    KswapdPass pass{.pid = kUnknownPid, .node = node.id, .boosts = {}};
    bool active = false;
    for (const Zone& zone : allocator_state_.all_zones()) {
      pass.boosts.push_back(zone.watermark_boost);
      active = active ||
               (zone.node == node.id && (zone.flags & kZoneReclaimActive) != 0);
    }
    if (!active) continue;
    state_.kswapd.push_back(std::move(pass));
    state_.kswapd_seen = true;
  }
}

void ExactReplay::KswapdWake(uint64_t index) {
  const RecordedEvent& event = events_[index];
  EndKswapdPass(event.pid);
  KswapdPass pass{.pid = event.pid,
                  .node = NodeId(static_cast<int>(event.extra)),
                  .boosts = {}};
  for (Zone& zone : allocator_state_.all_zones()) {
    pass.boosts.push_back(zone.watermark_boost);
    if (zone.populated() && zone.node == pass.node) {
      zone.flags |= kZoneReclaimActive;
    }
  }
  state_.kswapd.push_back(std::move(pass));
  state_.kswapd_seen = true;
  state_.counts.Note(Applied::kKswapdPasses);
}

void ExactReplay::EndKswapdPass(int32_t pid) {
  for (size_t i = 0; i < state_.kswapd.size(); ++i) {
    const KswapdPass& pass = state_.kswapd[i];
    if (pass.pid != pid && pass.pid != kUnknownPid) continue;
    for (Zone& zone : allocator_state_.all_zones()) {
      if (zone.node != pass.node) continue;
      zone.flags &= ~kZoneReclaimActive;
      zone.watermark_boost -=
          std::min(zone.watermark_boost, pass.boosts[zone.id]);
    }
    state_.kswapd.erase(state_.kswapd.begin() + static_cast<ptrdiff_t>(i));
    return;
  }
}

void ExactReplay::NoteFailedAttempt(const SlowTask& task, CpuId cpu) {
  const AllocControl ac = ControlOf(cpu, task.request());
  for (const Zoneref& ref : ac.zonelist) {
    if (ref.zone_index > ac.highest_zoneidx) continue;
    Zone& zone = *ref.zone;
    const WatermarkQuery query{.order = ac.order,
                               .mark = zone.WatermarkPages(Watermark::kHigh),
                               .highest_zoneidx = ac.highest_zoneidx,
                               .flags = SlowPathFlags(allocator_state_, ac)};
    if (!WatermarkFast(allocator_state_.policy, zone, query)) {
      zone.flags |= kZoneBelowHigh;
    }
  }
}

void ExactReplay::ReclaimBegin(uint64_t index) {
  const RecordedEvent& event = events_[index];
  SlowTask& slow = state_.slow_tasks[event.pid];
  slow.pending = true;
  slow.reclaim_ended = false;
  slow.order = event.block_order();
  slow.gfp = event.mask();
  if (event.kind == RecordedKind::kDirectReclaimBegin) {
    slow.in_reclaim = true;
    state_.counts.Note(Applied::kDirectReclaims);
  } else {
    slow.compacting = true;
  }
  NoteFailedAttempt(slow, CpuId(event.cpu));
}

void ExactReplay::ReclaimEnd(uint64_t index) {
  const RecordedEvent& event = events_[index];
  SlowTask* slow = SlowTaskOf(event.pid);
  if (slow == nullptr) return;
  if (event.kind == RecordedKind::kDirectReclaimEnd) {
    slow->in_reclaim = false;
    slow->reclaim_ended = event.extra > 0;
    if (event.extra == 0) return;
  }
  if (slow->pending && slow->order > Order(0)) {
    NoteFailedAttempt(*slow, CpuId(event.cpu));
  }
}

// A pass ends without an event, nearly always at kswapd's last one. Where the
// recorded length of a drain agrees with the other answer only, that is it.
void ExactReplay::FlipReclaimIfDrainSays(uint64_t index, Zone& zone, Page& page,
                                         Order order) {
  const RecordedEvent& event = events_[index];
  PerCpuPages& pcp = zone.pcp[event.cpu];
  if (!IsPcpOrder(allocator_state_.policy, order) || pcp.locked) return;
  if (allocator_state_.PageblockType(allocator_state_.memory->PfnOf(&page)) ==
      Migratetype::kIsolate) {
    return;
  }
  const auto predict = [&](uint32_t flags) {
    const uint32_t zone_flags = zone.flags;
    const int32_t count = pcp.count;
    const int32_t high = pcp.high;
    const int16_t free_count = pcp.free_count;
    const uint8_t alloc_factor = pcp.alloc_factor;
    const uint8_t pcp_flags = pcp.flags;
    zone.flags = flags;
    const bool free_high = TuneForFree(pcp, order);
    const int limit = NrPcpHigh(zone, pcp, free_high);
    int drained = 0;
    if (pcp.count >= limit) {
      drained = std::min(pcp.count, NrPcpFree(pcp, limit, free_high));
    }
    zone.flags = zone_flags;
    pcp.count = count;
    pcp.high = high;
    pcp.free_count = free_count;
    pcp.alloc_factor = alloc_factor;
    pcp.flags = pcp_flags;
    return drained;
  };
  const uint64_t first = NextDrainOf(ContextOf(event), index + 1);
  const int predicted = predict(zone.flags);
  if (predicted == 0 && first == events_.size()) return;
  int recorded = 0;
  int last = 0;
  for (uint64_t i = first; i != events_.size();
       i = NextDrainOf(ContextOf(event), i + 1)) {
    last = static_cast<int>(events_[i].block_order().pages());
    recorded += last;
  }
  const auto agrees = [&](int pages) {
    return pages == 0 ? recorded == 0
                      : pages <= recorded && recorded - last < pages;
  };
  if (agrees(predicted)) return;
  if (!agrees(predict(zone.flags ^ kZoneReclaimActive))) return;
  zone.flags ^= kZoneReclaimActive;
  state_.counts.Note(Applied::kKswapdFlagFlips);
}

// The forced return of reserved blocks has no event: a block taken or drained
// as another type shows that it came before (11.2, 25.6).
void ExactReplay::ForceUnreserve(uint64_t index) {
  const RecordedEvent& event = events_[index];
  const auto type = static_cast<Migratetype>(event.migratetype);
  if ((event.kind != RecordedKind::kPageAllocZoneLocked &&
       event.kind != RecordedKind::kPagePcpuDrain) ||
      !IsMergeable(type)) {
    return;
  }
  // The mobility bits of a mask are the type.
  const AllocControl ac =
      ControlOf(CpuId(event.cpu), {.gfp = Gfp(uint32_t{event.migratetype} << 3),
                                   .order = Order(0),
                                   .node = NodeId()});
  while (allocator_state_.PageblockType(event.frame()) ==
         Migratetype::kHighAtomic) {
    if (!allocator_.UnreserveHighatomic(ac, true, CpuId(event.cpu))) {
      return;
    }
    state_.counts.Note(Applied::kForcedUnreserves);
  }
}

void ExactReplay::ForceUnreserveBeforeDrains(uint64_t index) {
  const RecordedContext context = ContextOf(events_[index]);
  for (uint64_t i = NextDrainOf(context, index + 1); i != events_.size();
       i = NextDrainOf(context, i + 1)) {
    ForceUnreserve(i);
  }
}

SlowTask* ExactReplay::SlowTaskOf(int32_t pid) {
  if (state_.slow_tasks.empty()) [[likely]]
    return nullptr;
  const auto it = state_.slow_tasks.find(pid);
  return it == state_.slow_tasks.end() ? nullptr : &it->second;
}

}  // namespace pagelab
