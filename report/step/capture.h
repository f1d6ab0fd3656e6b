#ifndef PAGELAB_REPORT_STEP_CAPTURE_H_
#define PAGELAB_REPORT_STEP_CAPTURE_H_

#include <optional>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/report/step/moment.h"

namespace pagelab {

// Where an event happened, as seen when it did.
struct EventPlace {
  // In AllocatorState::zones; null where no zone is known.
  const Zone* zone = nullptr;
  // The type of the request, of the list, or of the freed block's pageblock;
  // nothing where none is known.
  std::optional<Migratetype> type;
};
EventPlace PlaceOf(const AllocatorState& state, const AllocatorEvent& event);

// The block that the event is about; empty for an allocation that found none.
PfnRange BlockOf(const AllocatorEvent& event);

// The lists as they are now. Shares with `before`, which may be null, what is
// the same.
StepMoment CaptureMoment(const AllocatorState& state,
                         const AllocatorEvent& event, const Zone* zone,
                         const StepMoment* before);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_STEP_CAPTURE_H_
