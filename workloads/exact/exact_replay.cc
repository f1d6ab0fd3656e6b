// The walk over the recording, and frees.

#include "pagelab/workloads/exact/exact_replay.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "pagelab/alloc/hook_keys.h"
#include "pagelab/alloc/page_walk.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/base/check.h"

namespace pagelab {
namespace {

bool IsListed(const Page& page) {
  return page.state == PageState::kBuddy || page.state == PageState::kPcp;
}

// The block on a list that holds the frame, as its head or further on; null if
// none does.
Page* ListedBlockAt(PhysicalMemory& memory, Pfn pfn) {
  const Page* head = FindBlockHead(memory, pfn);
  if (head == nullptr || !IsListed(*head)) return nullptr;
  return memory.PageAt(memory.PfnOf(head));
}

// The first frame behind `pfn` that is on a list of its own though the block
// holds it; `pfn` if there is none.
Pfn ListedInside(const PhysicalMemory& memory, Pfn pfn, Order order) {
  for (uint64_t i = 1; i < order.pages(); ++i) {
    const Pfn frame = pfn + PageCount(i);
    if (IsListed(*memory.PageAt(frame))) return frame;
  }
  return pfn;
}

}  // namespace

ExactReplay::ExactReplay(SnapshotMachine& machine, const Recording& recording)
    : machine_(machine),
      allocator_state_(machine.state()),
      allocator_(machine.state()),
      recording_(recording),
      events_(recording.events) {
  state_.deferred.assign(static_cast<size_t>(allocator_state_.nr_cpus),
                         InterruptBurst::kNone);
  FindKswapdPasses();
  allocator_state_.oracle = this;
  PAGELAB_CHECK(AttachTrace(allocator_state_, *this).ok());
  MapZones();
  FindBootStage();
}

ExactReplay::~ExactReplay() {
  DetachTrace(allocator_state_);
  allocator_state_.oracle = nullptr;
}

bool ExactReplay::RunTo(uint64_t end) {
  while (state_.position < end) {
    const uint64_t index = state_.position;
    if (state_.boot != LimitsStage::kDone &&
        (ChoiceAt(index) & Choice::kBootStage) != 0) [[unlikely]] {
      AdvanceBoot();
    }
    if (!state_.done.Has(index)) {
      if (resync_) [[unlikely]] {
        // What a divergence before the first operation goes by.
        Begin(index, index, index);
        wrong_page_ = nullptr;
      }
      Step(events_[index]);
      if (divergence_.has_value()) [[unlikely]] {
        ++state_.counts.divergences;
        if (!resync_) return false;
        Resync();
        divergence_.reset();
      }
    }
    // Also where it was dealt with before its turn: a drain.
    const RecordedEvent& event = events_[index];
    if (event.Has(RecordedEvent::kEndsKswapdPass)) [[unlikely]] {
      EndKswapdPass(event.pid);
    }
    state_.done.Remove(index);
    ++state_.position;
  }
  return true;
}

// What an allocator does on somebody's behalf; false for all other entries.
bool ExactReplay::Operate(uint64_t index) {
  switch (events_[index].kind) {
    case RecordedKind::kPageAlloc:
      Alloc(index);
      return true;
    case RecordedKind::kPageFree:
      Free(index);
      return true;
    case RecordedKind::kPageFreeBatched:
      Commit(index);
      return true;
    case RecordedKind::kPageAllocZoneLocked:
    case RecordedKind::kPageAllocExtfrag:
      Refill(index);
      return true;
    default:
      return false;
  }
}

void ExactReplay::Step(const RecordedEvent& event) {
  const uint64_t index = state_.position;
  if (!Operate(index)) [[unlikely]]
    StepAside(event);
  if (!state_.contig.empty()) [[unlikely]] {
    NoteContigFree(event);
  }
}

void ExactReplay::StepAside(const RecordedEvent& event) {
  const uint64_t index = state_.position;
  switch (event.kind) {
    case RecordedKind::kPagePcpuDrain:
      UnpredictedDrain(index);
      break;
    case RecordedKind::kContigMigrateRange:
      for (OpenContigRange& range : state_.contig) {
        if (range.pid == event.pid) range.taking = true;
      }
      break;
    case RecordedKind::kDecayPcpHigh:
      Decay(index);
      break;
    case RecordedKind::kDrainPagesZone:
      FullDrain(index);
      break;
    case RecordedKind::kDrainZonePages:
      ExpiredDrain(index);
      break;
    case RecordedKind::kIsolateFreePage:
      Isolate(index);
      break;
    case RecordedKind::kPutbackIsolatedPage:
      Putback(index);
      break;
    case RecordedKind::kBulkPage:
      BulkPage(index, index);
      break;
    case RecordedKind::kKswapdWake:
      KswapdWake(index);
      break;
    case RecordedKind::kDirectReclaimBegin:
    case RecordedKind::kCompactionTry:
      ReclaimBegin(index);
      break;
    case RecordedKind::kDirectReclaimEnd:
    case RecordedKind::kCompactionEnd:
      ReclaimEnd(index);
      break;
    case RecordedKind::kMarkVictim:
      state_.slow_tasks[static_cast<int32_t>(event.extra)].oom_victim = true;
      state_.counts.Note(Applied::kOomVictims);
      break;
    default:
      break;
  }
}

void ExactReplay::ProcessAhead(uint64_t index) {
  const Operation outer = operation_;
  // Marked first: what it looks for must not find itself. A refill marks its
  // entries as it predicts them.
  const bool marked = !events_[index].is_refill();
  if (marked) state_.done.Add(index);
  if (!Operate(index)) state_.done.Remove(index);
  operation_ = outer;
}

uint64_t ExactReplay::Limit(uint64_t from) const {
  return std::min({events_.size(), from + DoneAhead::kReach / 2,
                   state_.position + DoneAhead::kReach});
}

uint64_t ExactReplay::NextOf(const RecordedContext& context, uint64_t from,
                             uint64_t end) const {
  for (uint64_t i = from; i < end; ++i) {
    if (ContextOf(events_[i]) == context && !IsDone(i)) return i;
  }
  return events_.size();
}

ExecutionContext ExactReplay::ContextFor(const RecordedEvent& event,
                                         CpuId cpu) {
  task_.pid = event.pid;
  ExecutionContext context;
  context.cpu = cpu;
  context.level = event.level;
  context.task = &task_;
  return context;
}

void ExactReplay::Free(uint64_t index) {
  const RecordedEvent& event = events_[index];
  if (event.Has(RecordedEvent::kToCompactor)) [[unlikely]] {
    state_.counts.Note(Applied::kCompactorFrees);
    return;
  }
  if (event.Has(RecordedEvent::kBatched)) return;
  if (NestedInFreeFirst(index)) {
    state_.counts.Note(Applied::kNestedInFree);
  }
  if ((ChoiceAt(index) & Choice::kCommitLate) != 0) [[unlikely]] {
    // The interrupts that follow come first.
    for (uint64_t i = index + 1; i < Limit(index); ++i) {
      if (events_[i].cpu != event.cpu) continue;
      if (events_[i].level <= event.level) break;
      if (!IsDone(i)) ProcessAhead(i);
    }
  }
  Commit(index);
}

void ExactReplay::Commit(uint64_t index) {
  const RecordedEvent& event = events_[index];
  const Order order = event.block_order();
  Page& page = *allocator_state_.memory->PageAt(event.frame());
  if (page.state != PageState::kAllocated || page.order() != order)
      [[unlikely]] {
    PhysicalMemory& memory = *allocator_state_.memory;
    Page* listed = ListedBlockAt(memory, event.frame());
    if (listed != nullptr && FreeOfListed(index, *listed)) return;
    const Pfn inside = ListedInside(memory, event.frame(), order);
    if (inside != event.frame()) {
      Diverge(index, fmt::format("page frame {:#x} of it is free already",
                                 inside.value()));
      return;
    }
  }
  bool held = false;
  if (IsInterrupt(event)) [[unlikely]] {
    const InterruptBurst burst = BurstAt(index);
    held = event.kind == RecordedKind::kPageFree &&
           LockHeld(index, allocator_state_.ZoneOf(page), burst);
    if (!held) PopInterruptedFirst(index, burst);
  }
  if (allocator_state_.nr_cpus > 1 && !IsInterrupt(event)) {
    held = (ChoiceAt(index) & Choice::kOtherLock) != 0;
  }
  if (allocator_state_.nr_cpus > 1 && !held &&
      state_.deferred[event.cpu] == InterruptBurst::kNone &&
      DefersToDrain(index)) {
    state_.deferred[event.cpu] = index;
    return;
  }
  CommitNow(index, held);
}

void ExactReplay::CommitNow(uint64_t index, bool held) {
  const RecordedEvent& event = events_[index];
  const Order order = event.block_order();
  const Pfn pfn = event.frame();
  Page& page = *allocator_state_.memory->PageAt(pfn);
  Zone& zone = allocator_state_.ZoneOf(page);
  // Only after it was deferred: somebody else has freed it meanwhile.
  if (IsListed(page)) [[unlikely]]
    return;
  if (state_.boot != LimitsStage::kDone) [[unlikely]] {
    LeaveSharedPageset(index);
  }
  if (booted_here_) [[unlikely]] {
    NoteReservedFree(index, page);
  }
  page.state = PageState::kAllocated;
  page.order_value = static_cast<uint8_t>(order.value());
  page.extra_blocks = 0;
  page.flags = PageFlags();
  ++state_.counts.frees;
  Begin(index, index + 1, Limit(index));
  ExecutionContext context = ContextFor(event, CpuId(event.cpu));
  const bool tail = event.Has(RecordedEvent::kExactTail) &&
                    (ChoiceAt(index) & Choice::kNoTail) == 0;
  if (held || tail) [[unlikely]] {
    if (tail) state_.counts.Note(Applied::kExactTails);
    allocator_.FreeDirect(context, zone, pfn, order,
                          tail ? FpiFlags::kToTail : FpiFlags::kNone);
    return;
  }
  UnreserveBeforeDrains(index, zone);
  if (state_.kswapd_seen) [[unlikely]] {
    FlipReclaimIfDrainSays(index, zone, page, order);
  }
  allocator_.FreeCommit(context, page, order);
}

// On several CPUs the zone lock orders what they do: a commit that drains
// takes it at its first drain (page-allocator.md 25.8).
bool ExactReplay::DefersToDrain(uint64_t index) const {
  const RecordedEvent& event = events_[index];
  const uint64_t drain = NextDrainOf(ContextOf(event), index + 1);
  if (drain == events_.size()) return false;
  for (uint64_t i = index + 1; i < drain; ++i) {
    if (IsDone(i) || events_[i].cpu == event.cpu) continue;
    // A free past the lists takes the lock too, and looks like any other.
    const bool may_lock = events_[i].is_refill() ||
                          events_[i].kind == RecordedKind::kPagePcpuDrain ||
                          events_[i].kind == RecordedKind::kPageFree;
    if (may_lock) return true;
  }
  return false;
}

bool ExactReplay::FreeOfListed(uint64_t index, Page& page) {
  Zone& zone = allocator_state_.ZoneOf(page);
  const bool popped_in_bulk = page.state == PageState::kPcp &&
                              state_.counts.count(Applied::kBulkRefills) != 0 &&
                              page.order() == Order(0);
  if (!popped_in_bulk) {
    // A page that compaction holds is handed back to it.
    state_.counts.Note(Applied::kCompactorFrees);
    return true;
  }
  // Everything in front of it left the list too.
  for (int cpu = 0; cpu < allocator_state_.nr_cpus; ++cpu) {
    for (FreeList& list : zone.pcp[cpu].lists) {
      bool found = false;
      for (const Page& node : list) found = found || &node == &page;
      if (!found) continue;
      while (page.state == PageState::kPcp) {
        Page& head = list.front();
        list.Remove(head);
        head.state = PageState::kAllocated;
        --zone.pcp[cpu].count;
        state_.counts.Note(Applied::kBulkPages);
      }
      return false;
    }
  }
  Diverge(index, "a page on no list");
  return true;
}

ExactReplay::Checkpoint ExactReplay::Save() const {
  return {state_, memory().Save()};
}

void ExactReplay::Restore(const Checkpoint& checkpoint) {
  memory().Restore(checkpoint.pages);
  RestoreState(checkpoint.state);
}

void ExactReplay::RestoreState(const ReplayState& state) {
  state_ = state;
  const uint64_t kept =
      state_.nr_bursts - std::min(state_.nr_bursts, bursts_dropped_);
  bursts_.resize(std::min<size_t>(bursts_.size(), kept));
  divergence_.reset();
}

}  // namespace pagelab
