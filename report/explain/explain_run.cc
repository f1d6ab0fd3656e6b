// Events of a run that is repeated for them.

#include <algorithm>
#include <limits>
#include <utility>

#include "fmt/format.h"
#include "pagelab/base/status.h"
#include "pagelab/report/explain/explainer.h"

namespace pagelab {

EventWindow WindowFrom(uint64_t first, uint64_t count) {
  const uint64_t most = std::numeric_limits<uint64_t>::max() - first;
  return {.first = first, .last = first + std::min(count - 1, most)};
}

absl::StatusOr<std::vector<Explanation>> ExplainEvents(
    RepeatedRun& run, EventWindow window, const RunOptions& options) {
  std::vector<Explanation> out;
  Explainer explainer(
      run.machine().state(), window,
      [&](Explanation explanation) { out.push_back(std::move(explanation)); });
  run.Rewind();
  explainer.Begin();
  PAGELAB_RETURN_IF_ERROR(
      run.Run(
             [&](const AllocatorEvent& event, const ExecutionContext& context) {
               explainer.See(event, context);
               return !explainer.is_done();
             },
             options)
          .status());
  explainer.Finish();
  std::sort(out.begin(), out.end(),
            [](const Explanation& a, const Explanation& b) {
              return a.event.number < b.event.number;
            });
  return out;
}

absl::StatusOr<Explanation> ExplainEvent(RepeatedRun& run, uint64_t number,
                                         const RunOptions& options) {
  PAGELAB_ASSIGN_OR_RETURN(
      std::vector<Explanation> explanations,
      ExplainEvents(run, {.first = number, .last = number}, options));
  if (explanations.empty()) {
    return InvalidInput(
        number == 0
            ? std::string("event 0: events are counted from 1")
            : fmt::format("event {}: the run has {} events, counted from 1",
                          number, run.nr_events()));
  }
  return std::move(explanations.front());
}

}  // namespace pagelab
