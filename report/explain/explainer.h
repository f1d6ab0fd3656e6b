#ifndef PAGELAB_REPORT_EXPLAIN_EXPLAINER_H_
#define PAGELAB_REPORT_EXPLAIN_EXPLAINER_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/report/explain/explanation.h"
#include "pagelab/report/history/allocator_event.h"
#include "pagelab/report/history/repeated_run.h"

namespace pagelab {

// Which events of a run are to be explained: numbers, both included.
struct EventWindow {
  uint64_t first = 1;
  uint64_t last = std::numeric_limits<uint64_t>::max();
};
// `count` events from `first` on.
EventWindow WindowFrom(uint64_t first, uint64_t count);

// Explains the events of one run while it goes on: it is shown every event, and
// looks at the allocator's state there. Nothing is decided here a second time:
// what was split, merged and taken is read off the lists, sums and limits are
// those of the allocator's own functions.
//
// Events outside the window cost a fraction of a microsecond. They must be
// shown all the same, from the start of the run: a chain of causes begins
// before its event.
class Explainer {
 public:
  using Sink = std::function<void(Explanation explanation)>;

  // `state` is that of the machine whose events it will see, and outlives it.
  // `sink` gets each event of the window once, as soon as what follows from it
  // is known: a free's when the next event shows where the frame went, a
  // refill's when its allocation is served. So they come nearly in their order,
  // and those that come late a few events later.
  Explainer(const AllocatorState& state, EventWindow window, Sink sink);
  ~Explainer();
  Explainer(const Explainer&) = delete;
  Explainer& operator=(const Explainer&) = delete;

  // May be called before the run, when the machine is as the run will find it
  // (RepeatedRun::Rewind()): then the first operation is explained as fully as
  // the others.
  void Begin();
  // To be called from the visitor of a run, for each event.
  void See(const AllocatorEvent& event, const ExecutionContext& context);
  // The run is over: what is open is explained as far as it is known.
  void Finish();
  // Every event of the window was given to the sink.
  bool is_done() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Explains event `number` of a run, which it repeats. InvalidArgument, with how
// many events there are, if there is no such event.
absl::StatusOr<Explanation> ExplainEvent(RepeatedRun& run, uint64_t number,
                                         const RunOptions& options = {});

// The same of all events of a window, in their order; the window may reach
// beyond the end of the run.
absl::StatusOr<std::vector<Explanation>> ExplainEvents(
    RepeatedRun& run, EventWindow window, const RunOptions& options = {});

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_EXPLAINER_H_
