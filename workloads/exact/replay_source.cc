// Where the page of an allocation comes from: page-allocator.md 20.4, 25.4,
// 25.8.

#include <algorithm>

#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/workloads/exact/exact_replay.h"

namespace pagelab {

// The task asked for the node, or ran on a CPU of it when it was chosen.
void ExactReplay::FindNode(const RecordedEvent& event, const Zone& own,
                           Source& source) {
  if (allocator_state_.nr_nodes == 1) [[likely]]
    return;
  if (event.mask().Has(gfp::kThisnode)) {
    source.node = own.node;
    return;
  }
  const Zone* zone =
      PeekZone(ControlOf(source.cpu, event.request()), alloc_flag::kWmarkLow);
  if (zone == nullptr || zone->node == own.node) return;
  source.node = own.node;
  state_.counts.Note(Applied::kOtherNode);
}

// A refill of one block: a list that is not empty, or that a refill would have
// given more, shows that the pcp lock was taken (page-allocator.md 20.4).
bool ExactReplay::RefillMetLock(uint64_t index, uint64_t run, PerCpuPages& pcp,
                                bool list_empty) {
  const RecordedEvent& event = events_[index];
  BeginAlloc(index, run);
  const uint64_t first = NextRefillEvent();
  if (first == events_.size() || events_[first].pfn != event.pfn ||
      events_[first].order != event.order) {
    return false;
  }
  if (!list_empty) return true;
  operation_.cursor = first + 1;
  if (!IsInterrupt(event) || NextRefillEvent() != events_.size()) return false;
  const int32_t high = pcp.high;
  const uint8_t alloc_factor = pcp.alloc_factor;
  const Page& page = *allocator_state_.memory->PageAt(event.frame());
  const int blocks =
      NrPcpAlloc(allocator_state_.policy, allocator_state_.ZoneOf(page), pcp,
                 event.block_order());
  pcp.high = high;
  pcp.alloc_factor = alloc_factor;
  return blocks > 1;
}

ExactReplay::Source ExactReplay::FindSource(uint64_t index, uint64_t run) {
  const RecordedEvent& event = events_[index];
  Source source{.cpu = CpuId(events_[run].cpu), .node = NodeId()};
  const Page& page = *allocator_state_.memory->PageAt(event.frame());
  Zone& own = allocator_state_.ZoneOf(page);
  FindNode(event, own, source);
  if (!IsPcpOrder(allocator_state_.policy, event.block_order())) return source;
  const Migratetype type = RequestType(allocator_state_.policy, event.mask());
  const auto list =
      static_cast<size_t>(PcpListIndex(event.block_order(), type));
  const auto head_at = [&](const Zone& zone, int cpu) -> const Page* {
    const FreeList& pages = zone.pcp[cpu].lists[list];
    return pages.empty() ? nullptr : &pages.front();
  };
  const Page* head = head_at(own, source.cpu.value());
  if (head == &page) [[likely]]
    return source;
  if (run != index) {
    source.held =
        RefillMetLock(index, run, own.pcp[source.cpu.value()], head == nullptr);
    if (source.held) state_.counts.Note(Applied::kLockHeldVisible);
    return source;
  }
  for (int cpu = 0; cpu < allocator_state_.nr_cpus; ++cpu) {
    if (CpuId(cpu) == source.cpu || head_at(own, cpu) != &page) continue;
    source.cpu = CpuId(cpu);
    state_.counts.Note(Applied::kOtherCpu);
    return source;
  }
  if (head != nullptr) {
    const uint64_t late =
        PrintedLate(index, allocator_state_.memory->PfnOf(head));
    if (late != events_.size()) {
      state_.counts.Note(Applied::kRescheduled);
      ProcessAhead(late);
      if (divergence_.has_value()) return source;
      return FindSource(index, run);
    }
  }
  return source;
}

uint64_t ExactReplay::PrintedLate(uint64_t index, Pfn head) const {
  const RecordedEvent& event = events_[index];
  const uint64_t end = std::min(Limit(index), index + kPrintedWithin);
  for (uint64_t i = index + 1; i < end; ++i) {
    const RecordedEvent& other = events_[i];
    if (other.pfn != head.value()) continue;
    if (other.kind == RecordedKind::kPageFree) return events_.size();
    if (other.kind != RecordedKind::kPageAlloc || IsDone(i)) continue;
    const bool same_list = other.cpu == event.cpu &&
                           other.order == event.order &&
                           other.migratetype == event.migratetype;
    return same_list && ContextOf(other) != ContextOf(event) ? i
                                                             : events_.size();
  }
  return events_.size();
}

// The first zone whose watermarks allow it, without side effects.
const Zone* ExactReplay::PeekZone(const AllocControl& ac,
                                  AllocFlags flags) const {
  for (const Zoneref& ref : ac.zonelist) {
    if (ref.zone_index > ac.highest_zoneidx) continue;
    const Zone& zone = *ref.zone;
    WatermarkQuery query{.order = ac.order,
                         .mark = zone.WatermarkPages(Watermark::kHigh),
                         .highest_zoneidx = ac.highest_zoneidx,
                         .flags = flags};
    if (!WatermarkFast(allocator_state_.policy, zone, query)) {
      query.mark = zone.WatermarkPages(flags.watermark());
      if (!WatermarkFast(allocator_state_.policy, zone, query) &&
          !flags.HasAny(alloc_flag::kNoWatermarks)) {
        continue;
      }
    }
    return &zone;
  }
  return nullptr;
}

}  // namespace pagelab
