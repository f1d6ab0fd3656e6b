#ifndef PAGELAB_WORKLOADS_TRACE_OWNERS_TRACE_OWNERS_H_
#define PAGELAB_WORKLOADS_TRACE_OWNERS_TRACE_OWNERS_H_

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "pagelab/alloc/types.h"
#include "pagelab/workloads/trace/event.h"
#include "pagelab/workloads/trace_owners/migrations.h"
#include "pagelab/workloads/trace_owners/recorded_frames.h"
#include "pagelab/workloads/trace_owners/stack_table.h"
#include "pagelab/workloads/trace_owners/task_table.h"

namespace pagelab {

struct TraceOwnersCounts {
  uint64_t allocations = 0;
  uint64_t frees = 0;
  // Of these: of a part of what was allocated in one piece.
  uint64_t partial_frees = 0;
  // Of frames in use since before the recording: pages.
  uint64_t older_pages_freed = 0;
  // Of frames that were last seen freed: their allocation has no event.
  uint64_t frees_of_free = 0;
  // Pages that migration moved, with their records; and pages in use since
  // before the recording that it moved.
  uint64_t moved_pages = 0;
  uint64_t moved_older_pages = 0;
  // mm_page_free events that hand a page to the compactor and free nothing.
  uint64_t compactor_frees = 0;
  uint64_t failed_allocations = 0;
  // Allocations of frames that were still in use: their free is missing.
  uint64_t missing_frees = 0;
  // Blocks that are not aligned to their order.
  uint64_t impossible_events = 0;
  // Of contiguous ranges, whose allocation has no event.
  uint64_t contig_range_pages = 0;
  // Allocations that came with one.
  uint64_t stacks = 0;
};

// What a recording tells of one frame.
struct FrameHistory {
  Pfn head;
  FrameState state = FrameState::kUnseen;
  // Of the block.
  Order order;
  const FrameRecord* record = nullptr;
};

// Who owns each page frame, as page_owner would know it, from the events of a
// recording alone: the last allocation and the last free of every frame that
// the recording mentions. Memory depends on the size of the recorded machine,
// not on the length of the recording. Thread-compatible.
//
// The rules are page_owner's (page-ext-owner-depot.md 4) and those of the
// events (page-allocator.md 19.2, 25.2): a free directly after the probe
// `compaction_free` is none; a failed allocation is none; a block that is
// freed in parts is split, and each part keeps the record. A page that
// migration moves takes its record along, where the recording has the events
// of migration and the probes of compaction (docs/page-owner-from-trace.md);
// otherwise its new frame is not known to be in use.
class TraceOwners {
 public:
  // A block that was free when the recording began. Where these are known,
  // frees of other frames that the recording has not mentioned before are
  // frees of older pages for certain.
  void AddFreeBlock(Pfn head, Order order);

  void Apply(const TraceEvent& event);

  const TraceOwnersCounts& counts() const { return counts_; }
  const RecordedFrames& frames() const { return frames_; }
  FrameHistory Find(Pfn pfn) const;
  // REQUIRES: the id is not 0.
  const TracedTask& task(uint32_t id) const { return tasks_.task(id); }
  const TracedStack& stack(uint32_t id) const { return stacks_.stack(id); }

  uint32_t nr_tasks() const { return tasks_.size(); }

  // Of the events; meaningless without any.
  const TraceTime& first_time() const { return first_time_; }
  const TraceTime& last_time() const { return last_time_; }
  // The recording says when the owners' file of the same machine was read: by
  // the marker "page_owner", or "label=T1" of the recordings' driver.
  std::optional<uint64_t> dump_time() const { return dump_time_; }
  bool has_tgids() const { return has_tgids_; }
  bool has_stacks() const { return counts_.stacks > 0; }
  // Movable requests were served as unmovable ones.
  bool mobility_grouping_is_off() const { return mobility_grouping_is_off_; }

 private:
  // A CPU that has just handed a page to the compactor.
  struct CompactorFree {
    bool pending = false;
    int32_t pid = 0;
    InterruptLevel level = InterruptLevel::kTask;
  };

  // What a free found in another state than allocated: pages in use since
  // before the recording, free blocks.
  struct FreedFrames {
    uint64_t older = 0;
    uint64_t free = 0;
  };

  void Alloc(const TraceEvent& event);
  void Free(const TraceEvent& event);
  void NoteProbe(const TraceEvent& event);
  void NoteOther(const TraceEvent& event);
  // The probe alloc_pages_bulk_page (docs/record.md).
  void AllocInBulk(const TraceEvent& event);
  // The frame whose descriptor's address follows `key` in the event's text.
  std::optional<Pfn> FrameIn(const TraceEvent& event, std::string_view key);
  // The compactor took the frame for a page that it moves.
  void TakeTarget(Pfn pfn);
  void FinishMigration(const TraceEvent& event);
  void Move(const MovedPage& moved);
  bool GoesToCompactor(const TraceEvent& event);

  // Makes the frames that an allocation got a block or smaller blocks.
  void MakeRoom(Pfn head, absl::Span<FrameCode> codes);
  // Makes the block around `head` blocks of `order`, each with its record.
  void SplitBlock(Pfn head, Order order);
  // Makes `pages` at `head` a block of its own; the larger block around it is
  // halved as often as it takes.
  void CutOut(Pfn head, uint64_t pages);
  // Frees what the event's frames hold, block by block.
  FreedFrames FreeFrames(const TraceEvent& event, absl::Span<FrameCode> codes);
  // Records keep their tasks and stacks; the others go.
  void ForgetUnusedNames();

  RecordedFrames frames_;
  TaskTable tasks_;
  StackTable stacks_;
  TraceOwnersCounts counts_;
  TraceTime first_time_;
  TraceTime last_time_;
  bool started_ = false;
  std::optional<uint64_t> dump_time_;
  bool has_tgids_ = false;
  bool mobility_grouping_is_off_ = false;
  StructPages struct_pages_;
  Migrations migrations_;
  bool compactor_pending_ = false;
  std::vector<CompactorFree> compactor_frees_;
  uint32_t tasks_limit_ = 1u << 16;
  uint32_t stacks_limit_ = 1u << 16;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_TRACE_OWNERS_TRACE_OWNERS_H_
