#ifndef PAGELAB_REPORT_SOURCE_TIMELINE_SAMPLER_H_
#define PAGELAB_REPORT_SOURCE_TIMELINE_SAMPLER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pagelab/report/history/allocator_event.h"
#include "pagelab/report/source/timeline.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

struct TimelineOptions {
  // When there are more, every second one is dropped, so that a run of any
  // length gets between half as many and so many, evenly by events.
  size_t max_samples = 500;
  // The same where the maps of pageblocks take more, in bytes.
  size_t max_change_bytes = size_t{32} << 20;
  // Machines with more pageblocks get no maps.
  uint64_t max_pageblocks = uint64_t{1} << 20;
};

// Looks at a running machine now and then and makes a timeline of it. When it
// looks depends on the events alone, so that the same run gives the same
// timeline; a look costs a walk over the free lists, and on a machine with
// long ones it looks less often.
class TimelineSampler {
 public:
  // Begins: the machine is as before the first event. It outlives this.
  TimelineSampler(Machine& machine, const TimelineOptions& options = {});

  // For an EventVisitor: each event, when it happens.
  void Note(const AllocatorEvent& event);

  // The machine is as after the last event. Used once.
  Timeline Finish();

 private:
  void Sample(Nanoseconds when);
  void Count(const AllocatorEvent& event);
  TimelineCounters CountersOfMachine() const;
  // Reads the pageblocks of the machine into now_.
  void ReadPageblocks();
  void AddFreeList(const FreeList& list, Order order);
  std::vector<PageblockChange> TakeChanges();
  void DropEverySecond();

  Machine& machine_;
  TimelineOptions options_;
  Timeline timeline_;
  // Populated zones.
  std::vector<const Zone*> zones_;
  TimelineCounters events_{};
  TimelineCounters begin_{};
  uint64_t interval_ = 1;
  // What looking has cost, counted in list nodes, and what the events have paid
  // for.
  uint64_t cost_ = 0;
  uint64_t paid_ = 0;
  size_t change_bytes_ = 0;
  std::vector<PageblockState> now_;
  std::vector<PageblockState> before_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_SOURCE_TIMELINE_SAMPLER_H_
