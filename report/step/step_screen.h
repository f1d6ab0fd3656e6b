#ifndef PAGELAB_REPORT_STEP_STEP_SCREEN_H_
#define PAGELAB_REPORT_STEP_STEP_SCREEN_H_

#include <cstdint>
#include <string>

#include "pagelab/report/step/step_grid.h"
#include "pagelab/report/step/step_view.h"

namespace pagelab {

// What to show, and how.
struct StepScreenOptions {
  int width = 80;
  int height = 24;
  // What runs.
  std::string title;
  uint64_t nr_events = 0;
  // Index in StepMoment::zones; -1: the event's.
  int zone = -1;
  // -1: the event's.
  int cpu = -1;
  // Cells of many frames show their migratetype instead of how much is in use.
  bool map_of_types = false;
  // The last row: keys, a prompt, a message, which may take more rows than one.
  // Empty: there is no such row.
  std::string footer;
  bool footer_is_message = false;
};

// Smaller screens have only a word about it.
inline constexpr int kLeastStepWidth = 40;
inline constexpr int kLeastStepHeight = 10;

// Free lists by order and type, per-cpu lists, a map of the zone, and what the
// event means. What changed since the event before is marked: "+" an entry that
// is new, "-" one that has gone, "^" under a frame; and inverted. Sections that
// do not fit are cut, the most important one, the free lists, last.
StepGrid StepScreen(const StepView& view, const StepScreenOptions& options);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_STEP_STEP_SCREEN_H_
