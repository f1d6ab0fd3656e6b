#ifndef PAGELAB_REPORT_EXPLAIN_FRAME_WATCH_H_
#define PAGELAB_REPORT_EXPLAIN_FRAME_WATCH_H_

#include <optional>
#include <string>

#include "pagelab/alloc/page_walk.h"
#include "pagelab/owner/page_owner.h"
#include "pagelab/report/explain/frame_story.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

// Follows one frame through a run: by the events that name its block, and by
// comparing what it is with what it was, as much happens without an event
// (compaction, isolation, requests in bulk, the split of a block).
class FrameWatch {
 public:
  FrameWatch(Machine& machine, Pfn pfn);

  // For each event, and once after the run, without one.
  void See(const AllocatorEvent* event);
  std::vector<FrameStory::Chapter> TakeChapters() {
    return std::move(chapters_);
  }
  // It was a frame of memory at some time, if not always (hotplug).
  bool was_memory() const { return was_memory_; }
  // Its record has the stack of another frame, to which its contents moved.
  bool has_other_stack() const { return has_other_stack_; }

 private:
  bool Covers(const AllocatorEvent& event) const;
  void Add(const AllocatorEvent* event, bool has_event, std::string text);
  void SeeUse(const AllocatorEvent* event, bool is_named);
  // `is_own`: what changed is the doing of an event that names the frame.
  void SeeRecord(const AllocatorEvent* event, bool is_own);
  void Settle(const AllocatorEvent& event);

  Machine& machine_;
  Pfn pfn_;
  FrameExtent use_;
  Migratetype list_type_ = Migratetype::kUnmovable;
  std::optional<PageOwnerRecord> record_;
  // The event before named the frame's block, or freed it: what that did shows
  // only now.
  bool was_named_ = false;
  bool was_freed_ = false;
  bool was_memory_ = false;
  bool has_other_stack_ = false;
  // The chapter that says "without an allocation event", while that may still
  // come.
  std::optional<size_t> unsettled_;
  std::vector<FrameStory::Chapter> chapters_;
};

// "free: in block 0x40 of order 2 of the Movable lists", "in use: ...".
std::string UseText(const AllocatorState& state, Pfn pfn);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_FRAME_WATCH_H_
