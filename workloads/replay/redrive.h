#ifndef PAGELAB_WORKLOADS_REPLAY_REDRIVE_H_
#define PAGELAB_WORKLOADS_REPLAY_REDRIVE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "pagelab/alloc/execution_context.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/replay/frame_map.h"
#include "pagelab/workloads/replay/stack_cache.h"
#include "pagelab/workloads/trace/event.h"

namespace pagelab {

// What became of the recorded allocations and frees.
struct RedriveCounts {
  // Requests that gave memory here as they did in the recording.
  uint64_t allocations = 0;
  uint64_t pages_allocated = 0;
  // Of these: the recorded page frame number came out again.
  uint64_t same_frame = 0;
  // The recorded machine had memory for them, this one not.
  uint64_t failed_here = 0;
  // The other way round: not tried.
  uint64_t failed_in_recording = 0;

  uint64_t frees = 0;
  uint64_t pages_freed = 0;
  // Of these: a part of what was allocated in one piece.
  uint64_t partial_frees = 0;

  // Frees that were skipped: of frames that the recording never saw allocated,
  uint64_t skipped_unseen = 0;
  // that it saw freed last: their allocation has no event (bulk allocation,
  // compaction, contiguous ranges) or was lost,
  uint64_t skipped_free = 0;
  // whose allocation failed here,
  uint64_t skipped_failed = 0;
  // that went to the compactor's private list and are no frees.
  uint64_t skipped_compactor = 0;

  // Allocations of frames that were still in use, because the recording lacks
  // their free; made good here.
  uint64_t missed_frees = 0;
  // Events that are no possible ones: the frame is not aligned to the order.
  uint64_t misaligned = 0;
};

struct RedriveOptions {
  // For recordings with a clock that counts ticks.
  uint64_t ticks_per_second = 1'000'000'000;
};

// Drives a machine with the allocations and frees of a recording. The machine
// chooses its own page frames: a map leads from recorded to simulated ones.
// Events that show the inside of the recorded allocator (refills, drains,
// fallbacks) are not used.
//
// A task, CPU and time of an event are those of the request; a CPU that the
// machine does not have is taken modulo. The clock starts where the machine's
// is and never goes back. Pages asked for with __GFP_MOVABLE are counted as
// user memory on an LRU list. No memory is allocated per event.
class Redrive {
 public:
  // `machine` outlives it.
  Redrive(Machine& machine, const RedriveOptions& options);

  void Apply(const TraceEvent& event);

  const RedriveCounts& counts() const { return counts_; }

 private:
  // A CPU that has just handed a page to the compactor (`compaction_free`, a
  // probe): the next free of that context is none.
  struct CompactorFree {
    bool pending = false;
    int32_t pid = 0;
    InterruptLevel level = InterruptLevel::kTask;
  };

  void Alloc(const TraceEvent& event);
  void Free(const TraceEvent& event);
  void NoteProbe(const TraceEvent& event);
  bool GoesToCompactor(const TraceEvent& event);

  void SetContext(const TraceEvent& event);
  void SetTask(const TraceEvent& event);
  void AdvanceClock(const TraceTime& time);

  // Frees what the recorded block's frames hold here, and says how much.
  PageCount FreeHeld(absl::Span<FrameEntry> frames);
  // Makes the held block around `frames`, which starts at `head`, blocks of
  // `order`, of which `frames` is one.
  void SplitAround(Pfn head, Order order);
  void FreeBlock(Pfn head, Order order);
  void CountSkipped(FrameEntry::State state);
  // Makes good the missing frees of what a new allocation was given.
  void FreeForgotten(Pfn head, absl::Span<FrameEntry> frames);

  Machine& machine_;
  RedriveOptions options_;
  RedriveCounts counts_;
  FrameMap frames_;
  StackCache stacks_;

  Task task_;
  std::string comm_;
  ExecutionContext context_;
  bool started_ = false;
  uint64_t first_time_ = 0;
  Nanoseconds start_;
  std::vector<CompactorFree> compactor_frees_;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_REPLAY_REDRIVE_H_
