// What the allocator does, held against what the recording says.

#include <utility>

#include "fmt/format.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/workloads/exact/event_words.h"
#include "pagelab/workloads/exact/exact_replay.h"

namespace pagelab {
void ExactReplay::Begin(uint64_t index, uint64_t cursor, uint64_t end) {
  operation_.context = ContextOf(events_[index]);
  operation_.index = index;
  operation_.cursor = cursor;
  operation_.end = end;
}

uint64_t ExactReplay::NextRefillEvent() const {
  for (uint64_t i = operation_.cursor; i < operation_.end; ++i) {
    const RecordedEvent& event = events_[i];
    if (event.is_refill() && ContextOf(event) == operation_.context &&
        !IsDone(i)) {
      return i;
    }
  }
  return events_.size();
}

// Drains follow their cause without anything else of the context between, and
// with nothing on the CPU but interrupts: the pcp lock keeps the CPU.
uint64_t ExactReplay::NextDrainOf(const RecordedContext& context,
                                  uint64_t from) const {
  const uint64_t end = Limit(from);
  for (uint64_t i = from; i < end; ++i) {
    const RecordedEvent& event = events_[i];
    if (event.cpu != context.cpu || IsDone(i)) continue;
    if (ContextOf(event) != context) {
      if (event.level <= context.level) break;
      continue;
    }
    return event.kind == RecordedKind::kPagePcpuDrain ? i : events_.size();
  }
  return events_.size();
}

uint64_t ExactReplay::NextDrainEvent() const {
  return NextDrainOf(operation_.context, operation_.cursor);
}

void ExactReplay::OnEvent(const ExecutionContext&,
                          const MmPageAllocZoneLocked& taken) {
  if (divergence_.has_value()) {
    NoteWrongBlock(taken.pfn, taken.order);
    return;
  }
  const uint64_t next = NextRefillEvent();
  const auto simulated = [&] {
    return fmt::format(
        "mm_page_alloc_zone_locked pfn={:#x} order={} migratetype={}",
        taken.pfn.value(), taken.order.value(), Index(taken.migratetype));
  };
  if (next == events_.size()) {
    Diverge(operation_.index, simulated(), taken.pfn);
    NoteWrongBlock(taken.pfn, taken.order);
    return;
  }
  const RecordedEvent& event = events_[next];
  if (event.kind != RecordedKind::kPageAllocZoneLocked ||
      event.frame() != taken.pfn || event.block_order() != taken.order ||
      event.migratetype != Index(taken.migratetype)) {
    Diverge(next, simulated(), taken.pfn);
    NoteWrongBlock(taken.pfn, taken.order);
    return;
  }
  ++state_.counts.checks;
  state_.done.Add(next);
  operation_.cursor = next + 1;
}

void ExactReplay::OnEvent(const ExecutionContext&,
                          const MmPageAllocExtfrag& fallback) {
  // Of a claim below the size of a pageblock the taken block was told.
  const auto note = [&] {
    if (fallback.change_ownership &&
        fallback.fallback_order < allocator_state_.memory->pageblock_order()) {
      return;
    }
    NoteWrongBlock(fallback.pfn, fallback.alloc_order);
  };
  if (divergence_.has_value()) {
    note();
    return;
  }
  const uint64_t next = NextRefillEvent();
  const auto simulated = [&] {
    return fmt::format(
        "mm_page_alloc_extfrag pfn={:#x} alloc_order={} fallback_order={} "
        "alloc_migratetype={} fallback_migratetype={} change_ownership={}",
        fallback.pfn.value(), fallback.alloc_order.value(),
        fallback.fallback_order.value(), Index(fallback.alloc_migratetype),
        Index(fallback.fallback_migratetype),
        fallback.change_ownership ? 1 : 0);
  };
  if (next == events_.size()) {
    Diverge(operation_.index, simulated(), fallback.pfn);
    note();
    return;
  }
  const RecordedEvent& event = events_[next];
  if (event.kind != RecordedKind::kPageAllocExtfrag ||
      event.frame() != fallback.pfn ||
      event.block_order() != fallback.alloc_order ||
      event.fallback_order != fallback.fallback_order.value() ||
      event.fallback_migratetype != Index(fallback.fallback_migratetype) ||
      event.Has(RecordedEvent::kChangeOwnership) != fallback.change_ownership) {
    Diverge(next, simulated(), fallback.pfn);
    note();
    return;
  }
  ++state_.counts.checks;
  state_.done.Add(next);
  operation_.cursor = next + 1;
}

void ExactReplay::OnEvent(const ExecutionContext&,
                          const MmPagePcpuDrain& drained) {
  if (divergence_.has_value()) return;
  const uint64_t next = NextDrainEvent();
  const auto simulated = [&] {
    return fmt::format("mm_page_pcpu_drain pfn={:#x} order={} migratetype={}",
                       drained.pfn.value(), drained.order.value(),
                       Index(drained.migratetype));
  };
  if (next == events_.size()) {
    Diverge(operation_.index, simulated(), drained.pfn);
    return;
  }
  const RecordedEvent& event = events_[next];
  if (event.frame() != drained.pfn || event.block_order() != drained.order ||
      event.migratetype != Index(drained.migratetype)) {
    Diverge(next, simulated(), drained.pfn);
    return;
  }
  ++state_.counts.checks;
  state_.done.Add(next);
  operation_.cursor = next + 1;
}

// A claim below the size of a pageblock succeeded iff what comes next is a
// block taken from that pageblock and the event that says so (25.7).
std::optional<bool> ExactReplay::ClaimOutcome(const ClaimCandidate& candidate) {
  state_.counts.Note(Applied::kClaimsByRecording);
  const uint64_t taken = NextRefillEvent();
  if (taken == events_.size()) return false;
  const RecordedEvent& first = events_[taken];
  if (first.kind != RecordedKind::kPageAllocZoneLocked ||
      !candidate.pageblock.Contains(first.frame())) {
    return false;
  }
  for (uint64_t i = taken + 1; i < operation_.end; ++i) {
    const RecordedEvent& event = events_[i];
    if (ContextOf(event) != operation_.context || IsDone(i)) continue;
    return event.kind == RecordedKind::kPageAllocExtfrag &&
           event.pfn == first.pfn &&
           event.fallback_order == candidate.order.value() &&
           event.Has(RecordedEvent::kChangeOwnership);
  }
  return false;
}

void ExactReplay::Diverge(uint64_t index, std::string simulated, Pfn pfn) {
  if (divergence_.has_value()) return;
  const RecordedEvent& event = events_[index];
  divergence_ = Divergence{.step = state_.position,
                           .index = index,
                           .line = event.line,
                           .pfn = event.frame(),
                           .simulated_pfn = pfn,
                           .recorded = WordsOf(event),
                           .simulated = std::move(simulated)};
}

std::vector<std::string> ExactReplay::DescribeLists(uint64_t index) const {
  constexpr size_t kShown = 8;
  std::vector<std::string> lines;
  const RecordedEvent& event = events_[index];
  if (event.kind > RecordedKind::kPageAllocExtfrag) return lines;
  const AllocatorState& state = allocator_state_;
  const Zone* zone_of_event = nullptr;
  if (event.failed_allocation()) {
    const AllocControl ac = ControlOf(event, NodeId());
    if (ac.zonelist.empty()) return lines;
    zone_of_event = ac.zonelist.front().zone;
  } else {
    zone_of_event = &state.ZoneOf(*state.memory->PageAt(event.frame()));
    const FrameExtent extent = ExtentAt(state, event.frame());
    constexpr const char* kKinds[] = {"invalid", "reserved",  "free",
                                      "pcp",     "allocated", "isolated"};
    lines.push_back(fmt::format(
        "page frame {:#x}: {} order {} block {:#x}, pageblock type {}, zone {}",
        event.pfn, kKinds[static_cast<size_t>(extent.kind)],
        extent.order.value(), extent.range.begin.value(),
        ToString(state.PageblockType(event.frame())),
        ToString(zone_of_event->type)));
  }
  const Zone& zone = *zone_of_event;
  const PerCpuPages& pcp = zone.pcp[event.cpu];
  lines.push_back(fmt::format(
      "zone flags {:#x} free {} highatomic {} of {} boost {} min {}; pcp count "
      "{} high {} batch {} "
      "alloc_factor {} free_count {} flags {}",
      zone.flags, zone.StatPages(ZoneStat::kFreePages), zone.nr_free_highatomic,
      zone.nr_reserved_highatomic, zone.watermark_boost,
      zone.WatermarkPages(Watermark::kMin), pcp.count, pcp.high, pcp.batch,
      int{pcp.alloc_factor}, pcp.free_count, int{pcp.flags}));
  const auto append = [&](std::string name, const FreeList& list) {
    size_t shown = 0;
    for (const Page& node : list) {
      if (++shown > kShown) {
        name += " ...";
        break;
      }
      name += fmt::format(" {:x}", state.memory->PfnOf(&node).value());
    }
    if (shown != 0) lines.push_back(std::move(name));
  };
  for (size_t i = 0; i < pcp.lists.size(); ++i) {
    append(fmt::format("pcp list {}:", i), pcp.lists[i]);
  }
  for (int order = 0; order < kNrPageOrders; ++order) {
    for (size_t type = 0; type < size_t{kMigrateTypes}; ++type) {
      append(fmt::format("free order={} mt={}:", order, type),
             zone.free_area[static_cast<size_t>(order)].lists[type]);
    }
  }
  return lines;
}

}  // namespace pagelab
