// Interrupts and what they interrupted: page-allocator.md 25.4.

#include <algorithm>

#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/workloads/exact/exact_replay.h"

namespace pagelab {
namespace {

// How many bursts an interrupt may go on after: those of other CPUs and levels
// stand between.
constexpr size_t kRecent = 8;

}  // namespace

uint8_t ExactReplay::ChoiceAt(uint64_t index) const {
  if (choices_.empty()) [[likely]]
    return 0;
  const auto it = choices_.find(index);
  return it == choices_.end() ? 0 : it->second;
}

uint64_t ExactReplay::LowerBefore(uint64_t index) const {
  const RecordedEvent& event = events_[index];
  const uint64_t reach = DoneAhead::kReach / 2;
  const uint64_t begin = index > reach ? index - reach : 0;
  for (uint64_t i = index; i-- > begin;) {
    if (events_[i].cpu == event.cpu && events_[i].level < event.level) return i;
  }
  return InterruptBurst::kNone;
}

uint64_t ExactReplay::LowerAfter(uint64_t index) const {
  const RecordedEvent& event = events_[index];
  const uint64_t end = Limit(index);
  for (uint64_t i = index + 1; i < end; ++i) {
    if (events_[i].cpu == event.cpu && events_[i].level < event.level) return i;
  }
  return InterruptBurst::kNone;
}

// Interrupts come in bursts: what surrounds one is mostly what surrounds the
// one before on its CPU, and may be far away where a CPU is idle.
InterruptBurst ExactReplay::BurstAt(uint64_t index) {
  const RecordedEvent& event = events_[index];
  const size_t oldest = bursts_.size() - std::min(bursts_.size(), kRecent);
  for (size_t i = bursts_.size(); i-- > oldest;) {
    InterruptBurst& burst = bursts_[i];
    const RecordedEvent& first = events_[burst.begin];
    if (first.cpu != event.cpu || first.level != event.level) continue;
    const uint64_t known = burst.after == InterruptBurst::kNone
                               ? burst.begin + DoneAhead::kReach / 4
                               : burst.after;
    if (index < burst.begin || index >= known) break;
    burst.end = std::max(burst.end, index + 1);
    return {.begin = index,
            .end = index + 1,
            .before = burst.before,
            .after = burst.after};
  }
  const InterruptBurst burst{.begin = index,
                             .end = index + 1,
                             .before = LowerBefore(index),
                             .after = LowerAfter(index)};
  if (std::ssize(bursts_) == kMostBursts) {
    bursts_.erase(bursts_.begin(), bursts_.begin() + kMostBursts / 2);
    bursts_dropped_ += kMostBursts / 2;
  }
  bursts_.push_back(burst);
  state_.nr_bursts = bursts_dropped_ + bursts_.size();
  return burst;
}

bool ExactReplay::LockHeld(uint64_t index, const Zone& zone,
                           const InterruptBurst& burst) {
  const RecordedEvent& event = events_[index];
  if (!IsPcpOrder(allocator_state_.policy, event.block_order())) return false;
  bool held = false;
  bool certain = false;
  const auto in_zone = [&](const RecordedEvent& other) {
    const Page& page = *allocator_state_.memory->PageAt(other.frame());
    return &allocator_state_.ZoneOf(page) == &zone;
  };
  if (burst.before != InterruptBurst::kNone &&
      burst.after != InterruptBurst::kNone) {
    const RecordedEvent& before = events_[burst.before];
    const RecordedEvent& after = events_[burst.after];
    const bool same_task = ContextOf(before) == ContextOf(after);
    using enum RecordedKind;
    if (same_task && after.kind == kPageFreeBatched &&
        (before.kind == kPageFreeBatched || before.kind == kPagePcpuDrain)) {
      held = certain = in_zone(before) && in_zone(after);
    } else if (same_task && after.kind == kPageAlloc && before.is_refill()) {
      held = IsPcpOrder(allocator_state_.policy, before.block_order()) &&
             in_zone(before);
    }
  }
  if ((ChoiceAt(index) & Choice::kOtherLock) != 0) [[unlikely]]
    held = !held;
  if (held) {
    state_.counts.Note(certain ? Applied::kLockHeldCertain
                               : Applied::kLockHeldLikely);
  }
  return held;
}

void ExactReplay::PopInterruptedFirst(uint64_t index,
                                      const InterruptBurst& burst) {
  if (burst.after == InterruptBurst::kNone || IsDone(burst.after)) return;
  const RecordedEvent& event = events_[index];
  const RecordedEvent& after = events_[burst.after];
  if (after.kind != RecordedKind::kPageAlloc || after.failed_allocation()) {
    return;
  }
  bool first = false;
  if (event.kind != RecordedKind::kPageAlloc && after.order == event.order &&
      IsPcpOrder(allocator_state_.policy, after.block_order())) {
    const Page& freed = *allocator_state_.memory->PageAt(event.frame());
    const Page& popped = *allocator_state_.memory->PageAt(after.frame());
    Zone& zone = allocator_state_.ZoneOf(popped);
    const Migratetype type =
        PcpTypeOf(allocator_state_.PageblockType(event.frame()));
    const Migratetype wanted =
        RequestType(allocator_state_.policy, after.mask());
    const auto list =
        static_cast<size_t>(PcpListIndex(after.block_order(), wanted));
    const FreeList& pages = zone.pcp[event.cpu].lists[list];
    first = type == wanted && &allocator_state_.ZoneOf(freed) == &zone &&
            !pages.empty() && &pages.front() == &popped;
  }
  if ((ChoiceAt(index) & Choice::kAfterFirst) != 0) [[unlikely]]
    first = !first;
  if (!first) return;
  state_.counts.Note(Applied::kPopBeforeInterrupt);
  ProcessAhead(burst.after);
}

}  // namespace pagelab
