#ifndef PAGELAB_WORKLOADS_EXACT_EXACT_REPLAY_H_
#define PAGELAB_WORKLOADS_EXACT_EXACT_REPLAY_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pagelab/alloc/page_allocator.h"
#include "pagelab/workloads/exact/recording.h"
#include "pagelab/workloads/exact/replay_state.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {

// Where a replay shall not take the usual answer at an open moment.
struct Choice {
  // A free of this entry's interrupt met the pcp lock the other way round.
  static constexpr uint8_t kOtherLock = 1;
  // What was interrupted and is printed after this entry came before it.
  static constexpr uint8_t kAfterFirst = 2;
  // This free was committed only after the interrupts that follow it.
  static constexpr uint8_t kCommitLate = 4;
  // Boot's limits reached their next stage before this entry.
  static constexpr uint8_t kBootStage = 8;
  // This free only looks like the tail of alloc_pages_exact(): a block that
  // was split and is freed in parts looks the same.
  static constexpr uint8_t kNoTail = 16;
};
using Choices = std::map<uint64_t, uint8_t>;

// Replays a recording on the allocator of a snapshot, entry by entry, and
// checks every page frame, refill, fallback and drain against the recorded one
// (page-allocator.md 20.5, 25). The allocator itself is PageAllocator; this
// class decides who goes when, and what the recording says where the allocator
// cannot know.
//
//     ExactReplay replay(machine, recording);
//     if (!replay.RunTo(recording.events.size())) Report(*replay.divergence());
//
// Thread-compatible. Several sources: exact_replay.cc has the walk and frees,
// replay_alloc.cc, replay_source.cc and replay_nested.cc allocations,
// replay_interrupts.cc 25.4, replay_async.cc, replay_reclaim.cc and
// replay_compaction.cc 25.6, replay_boot.cc 25.8, replay_checks.cc the
// comparison, replay_resync.cc what follows when it fails.
class ExactReplay final : private TraceSink, private PolicyOracle {
 public:
  // Both outlive it. Attaches itself to the machine's tracepoints.
  ExactReplay(SnapshotMachine& machine, const Recording& recording);
  ~ExactReplay() override;
  ExactReplay(const ExactReplay&) = delete;
  ExactReplay& operator=(const ExactReplay&) = delete;

  // Replays until `end`. False when a check failed: see divergence(). With
  // resync the recorded frames are taken instead, and it goes on.
  bool RunTo(uint64_t end);

  const std::optional<Divergence>& divergence() const { return divergence_; }
  const ReplayCounts& counts() const { return state_.counts; }
  uint64_t position() const { return state_.position; }
  LimitsStage boot_stage() const { return state_.boot; }
  uint64_t boot_stage_since() const { return state_.boot_since; }

  void set_resync(bool resync) { resync_ = resync; }
  Choices& choices() { return choices_; }
  // Open moments met, oldest first: the newest hundred thousand.
  const std::vector<InterruptBurst>& bursts() const { return bursts_; }

  // Where it stands: the allocator's memory, and the rest.
  struct Checkpoint {
    ReplayState state;
    HostPageImage pages;
  };
  Checkpoint Save() const;
  void Restore(const Checkpoint& checkpoint);
  const ReplayState& state() const { return state_; }
  const HostMapping& memory() const { return machine_.arena().mapping(); }
  HostMapping& memory() { return machine_.arena().mapping(); }
  // REQUIRES: memory() was restored to the same moment.
  void RestoreState(const ReplayState& state);

  // The lists that the entry at `index` is about, as they are now.
  std::vector<std::string> DescribeLists(uint64_t index) const;

 private:
  // What is being simulated, and where the recorded events of it stand.
  struct Operation {
    RecordedContext context;
    // Where to look for the next recorded event of it, and where to stop.
    uint64_t cursor = 0;
    uint64_t end = 0;
    // The entry that is being replayed.
    uint64_t index = 0;
  };

  // An allocation is printed at most so many entries after its page left the
  // list.
  static constexpr uint64_t kPrintedWithin = 50'000;

  // Open moments that are remembered.
  static constexpr ptrdiff_t kMostBursts = 1 << 17;

  // --- the walk ---
  void Step(const RecordedEvent& event);
  bool Operate(uint64_t index);
  void StepAside(const RecordedEvent& event);
  void ProcessAhead(uint64_t index);
  bool IsDone(uint64_t index) const { return state_.done.Has(index); }
  // The next entry of `context` in [from, end) that is not done; size() if
  // none. Never looks further than DoneAhead reaches.
  uint64_t NextOf(const RecordedContext& context, uint64_t from,
                  uint64_t end) const;
  uint64_t Limit(uint64_t from) const;

  // --- frees (8, 12.5 to 12.8, 19.2) ---
  void Free(uint64_t index);
  void Commit(uint64_t index);
  void CommitNow(uint64_t index, bool held);
  bool DefersToDrain(uint64_t index) const;
  // A frame that the model has on a list. True: nothing to free.
  bool FreeOfListed(uint64_t index, Page& page);
  bool NestedInFreeFirst(uint64_t index);

  // --- allocations (13, 14, 19.1, 25.3) ---
  void Refill(uint64_t index);
  void Alloc(uint64_t index);
  void AllocFailed(uint64_t index);
  // Simulates the allocation printed at `index`. Its refill events begin at
  // `run`, in that entry's context; none: where `run` is `index`.
  void Serve(uint64_t index, uint64_t run);
  uint64_t OwnerOf(uint64_t run) const;
  // Where the page of the entry comes from.
  struct Source {
    CpuId cpu;
    NodeId node;
    bool held = false;
  };
  void BeginAlloc(uint64_t index, uint64_t run);
  void FindNode(const RecordedEvent& event, const Zone& own, Source& source);
  bool RefillMetLock(uint64_t index, uint64_t run, PerCpuPages& pcp,
                     bool list_empty);
  Source FindSource(uint64_t index, uint64_t run);
  Page* Attempt(const RecordedEvent& event, const Source& source);
  SlowTask* PendingTaskOf(const RecordedEvent& event);
  Page* AttemptReserves(ExecutionContext& context, const AllocControl& ac,
                        const RecordedEvent& event);
  void DivergeByPage(uint64_t index, const Page& page);
  bool TakeCaptured(uint64_t index);
  // The allocation that `index` is nested in and that is printed later.
  uint64_t OuterOf(uint64_t index) const;
  // The allocation of `head` that another task made before and prints later.
  uint64_t PrintedLate(uint64_t index, Pfn head) const;
  const Zone* PeekZone(const AllocControl& ac, AllocFlags flags) const;
  // Of a request made on `cpu`, with the mask as the kernel used it.
  AllocControl ControlOf(CpuId cpu, const AllocRequest& request) const;
  void BulkRefill(uint64_t index);
  void BulkPage(uint64_t index, uint64_t run);

  // --- interrupts (25.4) ---
  bool IsInterrupt(const RecordedEvent& event) const {
    return event.level != InterruptLevel::kTask;
  }
  uint64_t LowerBefore(uint64_t index) const;
  uint64_t LowerAfter(uint64_t index) const;
  // Notes the open moment; gives P and N.
  InterruptBurst BurstAt(uint64_t index);
  bool LockHeld(uint64_t index, const Zone& zone, const InterruptBurst& burst);
  // The interrupted allocation popped its page before this free was made.
  void PopInterruptedFirst(uint64_t index, const InterruptBurst& burst);
  uint8_t ChoiceAt(uint64_t index) const;

  // --- asynchronous actors (25.6) ---
  void Decay(uint64_t index);
  void FullDrain(uint64_t index);
  void ExpiredDrain(uint64_t index);
  void UnpredictedDrain(uint64_t index);
  bool ContinueDrain(uint64_t index, const Zone& zone);
  void Isolate(uint64_t index);
  void Putback(uint64_t index);
  void FindKswapdPasses();
  void KswapdWake(uint64_t index);
  void EndKswapdPass(int32_t pid);
  void ReclaimBegin(uint64_t index);
  void ReclaimEnd(uint64_t index);
  void NoteFailedAttempt(const SlowTask& task, CpuId cpu);
  void FlipReclaimIfDrainSays(uint64_t index, Zone& zone, Page& page,
                              Order order);
  void ForceUnreserve(uint64_t index);
  void ForceUnreserveBeforeDrains(uint64_t index);
  void UnreserveBeforeDrains(uint64_t index, const Zone& zone) {
    if (zone.nr_reserved_highatomic != 0) [[unlikely]] {
      ForceUnreserveBeforeDrains(index);
    }
  }
  void CloseDrains(const RecordedContext& context);
  void BeginContigRange(uint64_t index, uint64_t info);
  void EndContigRange(OpenContigRange& range);
  void NoteContigFree(const RecordedEvent& event);
  Zone* ZoneAt(uint64_t address) const;
  Zone* ZoneDrainedAt(uint64_t index);
  void UnreserveAfterReclaim(const RecordedEvent& event);
  bool FollowsDrain(uint64_t index) const;
  void MapZones();
  SlowTask* SlowTaskOf(int32_t pid);

  // --- boot (25.8) ---
  void FindBootStage();
  void AdvanceBoot();
  void LeaveSharedPageset(uint64_t index);
  void NoteReservedFree(uint64_t index, const Page& page);

  // --- checks ---
  void Begin(uint64_t index, uint64_t cursor, uint64_t end);
  // Whether `next` is what was predicted; a divergence if not.
  bool Check(uint64_t next, const RecordedEvent& predicted);
  void OnEvent(const ExecutionContext&, const MmPageAllocZoneLocked&) override;
  void OnEvent(const ExecutionContext&, const MmPagePcpuDrain&) override;
  void OnEvent(const ExecutionContext&, const MmPageAllocExtfrag&) override;
  std::optional<bool> ClaimOutcome(const ClaimCandidate&) override;
  PageCount CountMovable(const Zone&, PfnRange) override { return {}; }
  // The next refill event of the operation; size() if none.
  uint64_t NextRefillEvent() const;
  uint64_t NextDrainEvent() const;
  uint64_t NextDrainOf(const RecordedContext& context, uint64_t from) const;
  void Diverge(uint64_t index, std::string simulated, Pfn pfn = Pfn(0));
  // After a divergence: what the recording shows is made true, so that the
  // same cause does not fail again (20.5 step 6).
  void Resync();
  bool IsAllocatedLater(Pfn pfn) const;
  void TakeFrame(Pfn pfn, Order order);
  void NoteWrongBlock(Pfn pfn, Order order);
  void ReturnWrongBlocks();
  void AppendToPcp(uint64_t index);
  void PutBack(Page& page, Order order, const RecordedEvent& event);

  ExecutionContext ContextFor(const RecordedEvent& event, CpuId cpu);

  SnapshotMachine& machine_;
  AllocatorState& allocator_state_;
  PageAllocator allocator_;
  const Recording& recording_;
  const EventSpool& events_;
  absl::flat_hash_map<uint64_t, Zone*> zone_of_address_;

  ReplayState state_;
  // The newest; older ones were dropped.
  std::vector<InterruptBurst> bursts_;
  uint64_t bursts_dropped_ = 0;
  Choices choices_;
  Operation operation_;
  // What an allocation gave that diverged.
  Page* wrong_page_ = nullptr;
  // Blocks that a refill took from the one that diverged on.
  std::vector<std::pair<Pfn, Order>> wrong_blocks_;
  Task task_;
  bool resync_ = false;
  // The recording begins before boot is over.
  bool booted_here_ = false;
  std::optional<Divergence> divergence_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_EXACT_EXACT_REPLAY_H_
