// What events mean, for the stepper; internal to this folder.

#ifndef PAGELAB_REPORT_STEP_STEP_EXPLAINER_H_
#define PAGELAB_REPORT_STEP_STEP_EXPLAINER_H_

#include <cstdint>
#include <functional>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/report/explain/explainer.h"
#include "pagelab/report/step/step_view.h"

namespace pagelab {

// Explains the events from `first` to `last`, both included, of one run. As
// Explainer, in words for the stepper.
class StepExplainer {
 public:
  // May come some events later.
  using Sink =
      std::function<void(uint64_t number, StepExplanation explanation)>;

  StepExplainer(const AllocatorState& state, uint64_t first, uint64_t last,
                Sink sink);

  void Begin() { explainer_.Begin(); }
  void See(const AllocatorEvent& event, const ExecutionContext& context) {
    explainer_.See(event, context);
  }
  void Finish() { explainer_.Finish(); }
  bool is_done() const { return explainer_.is_done(); }

 private:
  Explainer explainer_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_STEP_STEP_EXPLAINER_H_
