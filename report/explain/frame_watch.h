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

 private:
  bool Covers(const AllocatorEvent& event) const;
  void Add(const AllocatorEvent* event, bool has_event, std::string text);
  void SeeUse(const AllocatorEvent* event, bool is_named);
  void SeeRecord(const AllocatorEvent* event, bool is_named);

  Machine& machine_;
  Pfn pfn_;
  FrameExtent use_;
  Migratetype list_type_ = Migratetype::kUnmovable;
  std::optional<PageOwnerRecord> record_;
  // The event before named the frame's block, or freed it: what that did shows
  // only now.
  bool was_named_ = false;
  bool was_freed_ = false;
  std::vector<FrameStory::Chapter> chapters_;
};

// "on the Movable free list: block 0x40 of order 2", "in use: ...".
std::string UseText(const AllocatorState& state, const FrameExtent& extent);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_FRAME_WATCH_H_
