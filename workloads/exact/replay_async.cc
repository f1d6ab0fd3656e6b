// Those who act without being asked: page-allocator.md 25.6.

#include <algorithm>

#include "pagelab/workloads/exact/exact_replay.h"

namespace pagelab {

// The vmstat worker visits populated zones in the order of node and index
// (25.2). Where it never ran, addresses ascend in that order.
void ExactReplay::MapZones() {
  std::vector<Zone*> populated;
  for (Zone& zone : allocator_state_.all_zones()) {
    if (zone.populated()) populated.push_back(&zone);
  }
  std::vector<uint64_t> addresses = recording_.visited_zones;
  if (addresses.size() < populated.size()) {
    for (const uint64_t address : recording_.other_zones) {
      if (std::find(addresses.begin(), addresses.end(), address) ==
          addresses.end()) {
        addresses.push_back(address);
      }
    }
    std::sort(addresses.begin(), addresses.end());
  }
  // Otherwise what is drained will tell (ZoneDrainedAt).
  if (addresses.size() != populated.size()) return;
  for (size_t i = 0; i < addresses.size(); ++i) {
    zone_of_address_[addresses[i]] = populated[i];
  }
}

Zone* ExactReplay::ZoneAt(uint64_t address) const {
  const auto it = zone_of_address_.find(address);
  return it == zone_of_address_.end() ? nullptr : it->second;
}

// The zone of a drain's probe: known, or that of the frame drained next.
Zone* ExactReplay::ZoneDrainedAt(uint64_t index) {
  const RecordedEvent& event = events_[index];
  Zone* zone = ZoneAt(event.pfn);
  if (zone != nullptr) return zone;
  const uint64_t drained = NextDrainOf(ContextOf(event), index + 1);
  if (drained == events_.size()) return nullptr;
  zone = &allocator_state_.ZoneOf(
      *allocator_state_.memory->PageAt(events_[drained].frame()));
  zone_of_address_[event.pfn] = zone;
  return zone;
}

void ExactReplay::Decay(uint64_t index) {
  const RecordedEvent& event = events_[index];
  Zone* zone = ZoneAt(event.pfn);
  if (zone == nullptr) return;
  const PerCpuPages& pcp = zone->pcp[event.cpu];
  if (pcp.high != static_cast<int32_t>(event.extra)) {
    Diverge(index, "high " + std::to_string(pcp.high));
    if (!resync_) return;
    zone->pcp[event.cpu].high = static_cast<int32_t>(event.extra);
  }
  ++state_.counts.checks;
  Begin(index, index + 1, Limit(index));
  ExecutionContext context = ContextFor(event, CpuId(event.cpu));
  UnreserveBeforeDrains(index, *zone);
  // A drain of expired lists has a probe of its own.
  allocator_.VmstatTick(context, *zone, CpuId(event.cpu));
  state_.counts.Note(Applied::kDecayTicks);
}

void ExactReplay::ExpiredDrain(uint64_t index) {
  const RecordedEvent& event = events_[index];
  Zone* zone = ZoneDrainedAt(index);
  if (zone == nullptr) return;
  zone->pcp[event.cpu].expire = 0;
  Begin(index, index + 1, Limit(index));
  ExecutionContext context = ContextFor(event, CpuId(event.cpu));
  UnreserveBeforeDrains(index, *zone);
  allocator_.DrainExpired(context, *zone, CpuId(event.cpu));
  state_.counts.Note(Applied::kExpiredDrains);
}

// The attempt after direct reclaim failed: a reserved pageblock is let go
// before all lists are drained.
void ExactReplay::UnreserveAfterReclaim(const RecordedEvent& event) {
  SlowTask* slow = SlowTaskOf(event.pid);
  if (slow == nullptr || !slow->reclaim_ended) return;
  slow->reclaim_ended = false;
  const CpuId cpu(event.cpu);
  if (allocator_.UnreserveHighatomic(ControlOf(cpu, slow->request()), false,
                                     cpu)) {
    state_.counts.Note(Applied::kUnreserves);
  }
}

void ExactReplay::FullDrain(uint64_t index) {
  const RecordedEvent& event = events_[index];
  UnreserveAfterReclaim(event);
  for (const uint64_t info : recording_.contig_ranges) {
    if (info > index && info < Limit(index) && events_[info].pid == event.pid) {
      BeginContigRange(index, info);
      break;
    }
  }
  Zone* zone = ZoneDrainedAt(index);
  const auto cpu = static_cast<int>(event.extra);
  if (zone == nullptr || cpu < 0 || cpu >= allocator_state_.nr_cpus) return;
  ExecutionContext context = ContextFor(event, CpuId(event.cpu));
  const SlowTask* slow = SlowTaskOf(event.pid);
  Begin(index, index + 1, Limit(index));
  UnreserveBeforeDrains(index, *zone);
  if (allocator_state_.nr_cpus == 1) {
    allocator_.DrainPages(context, *zone, CpuId(cpu));
  } else {
    CloseDrains(ContextOf(event));
    state_.drains.push_back({ContextOf(event), zone->id, cpu});
  }
  state_.counts.Note(Applied::kFullDrains);
  if (slow != nullptr && slow->pending) {
    NoteFailedAttempt(*slow, CpuId(event.cpu));
  }
}

void ExactReplay::CloseDrains(const RecordedContext& context) {
  std::erase_if(state_.drains, [&context](const OpenDrain& drain) {
    return drain.context == context;
  });
}

// Nothing else of its context came since the drain began.
bool ExactReplay::FollowsDrain(uint64_t index) const {
  const RecordedContext context = ContextOf(events_[index]);
  const uint64_t begin = index > kPrintedWithin ? index - kPrintedWithin : 0;
  for (uint64_t i = index; i-- > begin;) {
    if (ContextOf(events_[i]) != context) continue;
    return events_[i].kind == RecordedKind::kPagePcpuDrain ||
           events_[i].kind == RecordedKind::kDrainPagesZone;
  }
  return false;
}

// One part of a full drain, at its first event: the zone lock is dropped
// between parts (page-allocator.md 12.9, 25.8).
bool ExactReplay::ContinueDrain(uint64_t index, const Zone& zone) {
  const RecordedEvent& event = events_[index];
  if (!FollowsDrain(index)) CloseDrains(ContextOf(event));
  for (const OpenDrain& drain : state_.drains) {
    PerCpuPages& pcp = allocator_state_.zones[drain.zone].pcp[drain.cpu];
    if (drain.context != ContextOf(event) || drain.zone != zone.id ||
        pcp.count == 0) {
      continue;
    }
    Begin(index, index, Limit(index));
    ExecutionContext context = ContextFor(event, CpuId(event.cpu));
    allocator_.DrainPcp(context, allocator_state_.zones[drain.zone], pcp,
                        std::min(pcp.count, pcp.batch << 5), 0);
    return true;
  }
  return false;
}

// Drains that nothing announced: a full drain of a caller without a probe, or
// a tick of the vmstat worker in a recording without one.
void ExactReplay::UnpredictedDrain(uint64_t index) {
  const RecordedEvent& event = events_[index];
  const uint64_t deferred = state_.deferred[event.cpu];
  if (deferred != InterruptBurst::kNone &&
      ContextOf(events_[deferred]) == ContextOf(event)) {
    state_.deferred[event.cpu] = InterruptBurst::kNone;
    CommitNow(deferred, false);
    // Its drains were looked for from the commit on; this should be the first.
    if (divergence_.has_value() || IsDone(index)) return;
  }
  const Page& page = *allocator_state_.memory->PageAt(event.frame());
  Zone& zone = allocator_state_.ZoneOf(page);
  if (!state_.drains.empty() && ContinueDrain(index, zone)) return;
  PerCpuPages* owner = nullptr;
  CpuId cpu(event.cpu);
  for (int each = 0; each < allocator_state_.nr_cpus; ++each) {
    const int candidate = (event.cpu + each) % allocator_state_.nr_cpus;
    for (FreeList& list : zone.pcp[candidate].lists) {
      if (list.empty()) continue;
      if (&list.back() == &page) {
        owner = &zone.pcp[candidate];
        cpu = CpuId(candidate);
      }
      break;
    }
    if (owner != nullptr) break;
  }
  if (owner == nullptr || page.state != PageState::kPcp || IsInterrupt(event)) {
    Diverge(index, "no drain");
    return;
  }
  if (!event.Has(RecordedEvent::kByKworker)) UnreserveAfterReclaim(event);
  // How much of it goes is recorded: all, or a tick's share.
  int pages = 0;
  for (uint64_t i = index; i != events_.size();
       i = NextDrainOf(ContextOf(event), i + 1)) {
    pages += static_cast<int>(events_[i].block_order().pages());
    const Page& drained = *allocator_state_.memory->PageAt(events_[i].frame());
    if (&allocator_state_.ZoneOf(drained) != &zone) break;
  }
  if (zone.nr_reserved_highatomic != 0) [[unlikely]] {
    ForceUnreserve(index);
    ForceUnreserveBeforeDrains(index);
  }
  Begin(index, index, Limit(index));
  ExecutionContext context = ContextFor(event, CpuId(event.cpu));
  const bool by_worker = event.Has(RecordedEvent::kByKworker);
  const bool remote =
      zone.node != allocator_state_.cpu_node[static_cast<size_t>(event.cpu)];
  if (by_worker && recording_.visited_zones.empty()) {
    allocator_.VmstatTick(context, zone, cpu);
    if (!IsDone(index)) allocator_.DrainExpired(context, zone, cpu);
  } else if (pages >= owner->count) {
    allocator_.DrainPages(context, zone, cpu);
  } else if (by_worker && remote) {
    allocator_.DrainExpired(context, zone, cpu);
  } else {
    Diverge(index, "no drain");
    return;
  }
  state_.counts.Note(Applied::kUnannouncedDrains);
}

}  // namespace pagelab
