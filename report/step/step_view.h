#ifndef PAGELAB_REPORT_STEP_STEP_VIEW_H_
#define PAGELAB_REPORT_STEP_STEP_VIEW_H_

#include <memory>
#include <string>

#include "pagelab/report/step/moment.h"

namespace pagelab {

// What an event means.
struct StepExplanation {
  // In one sentence.
  std::string line;
  // In sentences.
  std::string text;
  // With the kernel's functions and the places of the specification; lines.
  std::string reasons;
};

// A moment as it is shown.
struct StepView {
  // Never null.
  std::shared_ptr<const StepMoment> moment;
  // After the event before it; at the start, the same moment. Never null.
  std::shared_ptr<const StepMoment> before;
  StepExplanation explanation;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_STEP_STEP_VIEW_H_
