// What the allocator does, held against what the recording says.

#include <utility>

#include "fmt/format.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/workloads/exact/event_words.h"
#include "pagelab/workloads/exact/exact_replay.h"

namespace pagelab {
namespace {

// Of a fallback the wanted type is not looked at: it is the request's.
bool SaysTheSame(const RecordedEvent& a, const RecordedEvent& b) {
  const bool fallback = a.kind == RecordedKind::kPageAllocExtfrag;
  return a.kind == b.kind && a.pfn == b.pfn && a.order == b.order &&
         (fallback || a.migratetype == b.migratetype) &&
         (!fallback || (a.fallback_order == b.fallback_order &&
                        a.fallback_migratetype == b.fallback_migratetype &&
                        a.Has(RecordedEvent::kChangeOwnership) ==
                            b.Has(RecordedEvent::kChangeOwnership)));
}

}  // namespace

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

bool ExactReplay::Check(uint64_t next, const RecordedEvent& predicted) {
  const bool found = next != events_.size();
  if (!found || !SaysTheSame(events_[next], predicted)) {
    Diverge(found ? next : operation_.index, WordsOf(predicted),
            predicted.frame());
    return false;
  }
  ++state_.counts.checks;
  state_.done.Add(next);
  operation_.cursor = next + 1;
  return true;
}

void ExactReplay::OnEvent(const ExecutionContext&,
                          const MmPageAllocZoneLocked& taken) {
  RecordedEvent predicted{};
  predicted.kind = RecordedKind::kPageAllocZoneLocked;
  predicted.pfn = taken.pfn.value();
  predicted.order = static_cast<uint8_t>(taken.order.value());
  predicted.migratetype = static_cast<uint8_t>(Index(taken.migratetype));
  if (divergence_.has_value() || !Check(NextRefillEvent(), predicted)) {
    NoteWrongBlock(taken.pfn, taken.order);
  }
}

void ExactReplay::OnEvent(const ExecutionContext&,
                          const MmPageAllocExtfrag& fallback) {
  RecordedEvent predicted{};
  predicted.kind = RecordedKind::kPageAllocExtfrag;
  predicted.pfn = fallback.pfn.value();
  predicted.order = static_cast<uint8_t>(fallback.alloc_order.value());
  predicted.migratetype =
      static_cast<uint8_t>(Index(fallback.alloc_migratetype));
  predicted.fallback_order =
      static_cast<uint8_t>(fallback.fallback_order.value());
  predicted.fallback_migratetype =
      static_cast<uint8_t>(Index(fallback.fallback_migratetype));
  if (fallback.change_ownership) {
    predicted.flags = RecordedEvent::kChangeOwnership;
  }
  if (!divergence_.has_value() && Check(NextRefillEvent(), predicted)) return;
  // Of a claim below the size of a pageblock the taken block was told.
  const bool told =
      fallback.change_ownership &&
      fallback.fallback_order < allocator_state_.memory->pageblock_order();
  if (!told) NoteWrongBlock(fallback.pfn, fallback.alloc_order);
}

void ExactReplay::OnEvent(const ExecutionContext&,
                          const MmPagePcpuDrain& drained) {
  if (divergence_.has_value()) return;
  RecordedEvent predicted{};
  predicted.kind = RecordedKind::kPagePcpuDrain;
  predicted.pfn = drained.pfn.value();
  predicted.order = static_cast<uint8_t>(drained.order.value());
  predicted.migratetype = static_cast<uint8_t>(Index(drained.migratetype));
  Check(NextDrainEvent(), predicted);
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
    const AllocControl ac = ControlOf(CpuId(event.cpu), event.request());
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
