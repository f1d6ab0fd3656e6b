// Those who act without being asked: page-allocator.md 25.6.

#include <algorithm>

#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/isolation.h"
#include "pagelab/alloc/pcp_ops.h"
#include "pagelab/alloc/slow_path_flags.h"
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
  if (addresses.size() > populated.size()) return;
  for (size_t i = 0; i < addresses.size(); ++i) {
    zone_of_address_[addresses[i]] = populated[i];
  }
}

Zone* ExactReplay::ZoneAt(uint64_t address) const {
  const auto it = zone_of_address_.find(address);
  return it == zone_of_address_.end() ? nullptr : it->second;
}

SlowTask* ExactReplay::SlowTaskOf(int32_t pid) {
  if (state_.slow_tasks.empty()) [[likely]]
    return nullptr;
  const auto it = state_.slow_tasks.find(pid);
  return it == state_.slow_tasks.end() ? nullptr : &it->second;
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
  // A drain of expired lists has a probe of its own.
  allocator_.VmstatTick(context, *zone, CpuId(event.cpu));
  state_.counts.Note(Applied::kDecayTicks);
}

void ExactReplay::ExpiredDrain(uint64_t index) {
  const RecordedEvent& event = events_[index];
  Zone* zone = ZoneAt(event.pfn);
  if (zone == nullptr) return;
  zone->pcp[event.cpu].expire = 0;
  Begin(index, index + 1, Limit(index));
  ExecutionContext context = ContextFor(event, CpuId(event.cpu));
  allocator_.DrainExpired(context, *zone, CpuId(event.cpu));
  state_.counts.Note(Applied::kExpiredDrains);
}

void ExactReplay::FullDrain(uint64_t index) {
  const RecordedEvent& event = events_[index];
  Zone* zone = ZoneAt(event.pfn);
  const auto cpu = static_cast<int>(event.extra);
  if (zone == nullptr || cpu < 0 || cpu >= allocator_state_.nr_cpus) return;
  ExecutionContext context = ContextFor(event, CpuId(event.cpu));
  SlowTask* slow = SlowTaskOf(event.pid);
  if (slow != nullptr && slow->reclaim_ended) {
    slow->reclaim_ended = false;
    RecordedEvent request = event;
    request.gfp = slow->gfp.value();
    request.order = static_cast<uint8_t>(slow->order.value());
    if (allocator_.UnreserveHighatomic(ControlOf(request, NodeId()), false,
                                       context.cpu)) {
      state_.counts.Note(Applied::kUnreserves);
    }
  }
  for (const uint64_t info : recording_.contig_ranges) {
    if (info > index && info < Limit(index) && events_[info].pid == event.pid) {
      BeginContigRange(index, info);
      break;
    }
  }
  Begin(index, index + 1, Limit(index));
  allocator_.DrainPages(context, *zone, CpuId(cpu));
  state_.counts.Note(Applied::kFullDrains);
  if (slow != nullptr && slow->pending) NoteFailedAttempt(*slow, event);
}

// Drains that nothing announced: a full drain of a caller without a probe, or
// a tick of the vmstat worker in a recording without one.
void ExactReplay::UnpredictedDrain(uint64_t index) {
  const RecordedEvent& event = events_[index];
  const uint64_t deferred = state_.deferred[event.cpu];
  if (deferred != InterruptBurst::kNone &&
      ContextOf(events_[deferred]) == ContextOf(event)) {
    state_.deferred[event.cpu] = InterruptBurst::kNone;
    const RecordedEvent& commit = events_[deferred];
    CommitNow(deferred, commit.block_order(), false);
    if (divergence_.has_value()) return;
    // Its drains were looked for from the commit on, and this is the first.
    return;
  }
  const Page& page = *allocator_state_.memory->PageAt(event.frame());
  Zone& zone = allocator_state_.ZoneOf(page);
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
  // How much of it goes is recorded: all, or a tick's share.
  int pages = 0;
  for (uint64_t i = index; i != events_.size();
       i = NextDrainOf(ContextOf(event), i + 1)) {
    pages += static_cast<int>(events_[i].block_order().pages());
    const Page& drained = *allocator_state_.memory->PageAt(events_[i].frame());
    if (&allocator_state_.ZoneOf(drained) != &zone) break;
  }
  Begin(index, index, Limit(index));
  ExecutionContext context = ContextFor(event, cpu);
  if (pages >= owner->count && !event.Has(RecordedEvent::kByKworker)) {
    allocator_.DrainPages(context, zone, cpu);
  } else if (event.Has(RecordedEvent::kByKworker)) {
    allocator_.VmstatTick(context, zone, cpu);
    if (!IsDone(index)) allocator_.DrainExpired(context, zone, cpu);
  } else {
    Diverge(index, "no drain");
    return;
  }
  state_.counts.Note(Applied::kUnannouncedDrains);
}

void ExactReplay::Isolate(uint64_t index) {
  const RecordedEvent& event = events_[index];
  if (event.extra == 0) return;
  Page& page = *allocator_state_.memory->PageAt(event.frame());
  Zone& zone = allocator_state_.ZoneOf(page);
  if (!IsFreeBlock(page, event.block_order(), zone)) {
    Diverge(index, "no free block of this order there");
    return;
  }
  if (event.Has(RecordedEvent::kFastSearch)) {
    RotateListTo(allocator_state_, page);
    state_.counts.Note(Applied::kRotations);
  }
  IsolateFreeBlock(allocator_state_, CpuId(event.cpu), page);
  state_.counts.Note(Applied::kIsolatedBlocks);
  for (OpenContigRange& range : state_.contig) {
    if (range.pid != event.pid || !range.taking) continue;
    if (!range.taken) range.taken_begin = event.frame();
    range.taken = true;
    range.taken_end = event.frame() + PageCount(event.block_order().pages());
  }
}

void ExactReplay::Putback(uint64_t index) {
  const RecordedEvent& event = events_[index];
  Page& page = *allocator_state_.memory->PageAt(event.frame());
  if (page.state != PageState::kPrivate) return;
  PutbackIsolatedBlock(allocator_, CpuId(event.cpu), page, event.block_order());
  state_.counts.Note(Applied::kPutbacks);
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
    if (pass.pid != pid) continue;
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

void ExactReplay::NoteFailedAttempt(const SlowTask& task,
                                    const RecordedEvent& event) {
  RecordedEvent request = event;
  request.gfp = task.gfp.value();
  request.order = static_cast<uint8_t>(task.order.value());
  const AllocControl ac = ControlOf(request, NodeId());
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
  NoteFailedAttempt(slow, event);
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
  if (slow->pending && slow->order > Order(0)) NoteFailedAttempt(*slow, event);
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
  RecordedEvent request = event;
  request.gfp = static_cast<uint32_t>(event.migratetype) << 3;
  request.order = 0;
  while (allocator_state_.PageblockType(event.frame()) ==
         Migratetype::kHighAtomic) {
    if (!allocator_.UnreserveHighatomic(ControlOf(request, NodeId()), true,
                                        CpuId(event.cpu))) {
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

void ExactReplay::BeginContigRange(uint64_t index, uint64_t info) {
  const RecordedEvent& event = events_[index];
  for (const OpenContigRange& open : state_.contig) {
    if (open.pid == event.pid) return;
  }
  const Order order = allocator_state_.memory->pageblock_order();
  const PageCount step(order.pages());
  OpenContigRange range;
  range.pid = event.pid;
  range.range = {Pfn(events_[info].pfn), Pfn(events_[info].extra)};
  const Pfn begin = AlignDown(range.range.begin, order);
  const Pfn end = AlignDown(range.range.end + step - PageCount(1), order);
  ExecutionContext context = ContextFor(event, CpuId(event.cpu));
  for (Pfn pfn = begin; pfn < end; pfn += step) {
    range.types.push_back(
        static_cast<uint8_t>(allocator_state_.PageblockType(pfn)));
  }
  Begin(index, index + 1, index + 1);
  const Pfn last = end - step;
  IsolatePageblock(allocator_, context, begin);
  if (last > begin) IsolatePageblock(allocator_, context, last);
  for (Pfn pfn = begin + step; pfn < last; pfn += step) {
    IsolatePageblock(allocator_, context, pfn);
  }
  state_.contig.push_back(std::move(range));
  state_.counts.Note(Applied::kContigRanges);
}

// Follows an open range: after the blocks were taken come the frees of what
// is too much, then the pageblocks return to their types.
void ExactReplay::NoteContigFree(const RecordedEvent& event) {
  for (size_t i = 0; i < state_.contig.size(); ++i) {
    OpenContigRange& range = state_.contig[i];
    if (range.pid != event.pid || !range.taking ||
        event.level != InterruptLevel::kTask ||
        event.kind == RecordedKind::kContigMigrateRange) {
      continue;
    }
    uint64_t next = state_.position + 1;
    next = NextOf(ContextOf(event), next, Limit(next));
    const bool takes_on = next != events_.size() &&
                          events_[next].kind == RecordedKind::kIsolateFreePage;
    if (event.kind == RecordedKind::kIsolateFreePage && !takes_on) {
      range.frees_left = (range.range.begin - range.taken_begin).value() +
                         (range.taken_end - range.range.end).value();
    } else if (event.kind == RecordedKind::kPageFree && range.frees_left > 0) {
      --range.frees_left;
    }
    if (takes_on || (range.taken && range.frees_left > 0)) continue;
    EndContigRange(range);
    state_.contig.erase(state_.contig.begin() + static_cast<ptrdiff_t>(i));
    return;
  }
}

void ExactReplay::EndContigRange(OpenContigRange& range) {
  const RecordedEvent& event = events_[state_.position];
  ExecutionContext context = ContextFor(event, CpuId(event.cpu));
  const Order order = allocator_state_.memory->pageblock_order();
  Pfn pfn = AlignDown(range.range.begin, order);
  for (const uint8_t type : range.types) {
    UnisolatePageblock(allocator_, context, pfn,
                       static_cast<Migratetype>(type));
    pfn += PageCount(order.pages());
  }
}

}  // namespace pagelab
