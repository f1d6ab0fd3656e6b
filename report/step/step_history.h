#ifndef PAGELAB_REPORT_STEP_STEP_HISTORY_H_
#define PAGELAB_REPORT_STEP_STEP_HISTORY_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/report/history/repeated_run.h"
#include "pagelab/report/step/event_set.h"
#include "pagelab/report/step/recorder.h"
#include "pagelab/report/step/step_condition.h"
#include "pagelab/report/step/step_view.h"

namespace pagelab {

struct StepHistoryOptions {
  // Moments that are kept, and memory for them. Two are kept in any case.
  uint64_t window = 256;
  size_t most_bytes = size_t{64} << 20;
  // Called now and then while the scenario runs, with the events so far. False
  // ends the run, and what asked for it returns Cancelled. May be empty.
  std::function<bool(uint64_t nr_events)> on_progress;
};

// The moments of a scenario's run, to go forwards and backwards in. Only a
// window of them is kept; outside of it the scenario runs again from the end of
// boot, up to there. So memory does not grow with the run, but for one bit an
// event while there is a condition.
class StepHistory {
 public:
  // Runs the scenario once, to count its events.
  static absl::StatusOr<std::unique_ptr<StepHistory>> Open(
      const MachineConfig& config, Scenario scenario,
      std::optional<StepCondition> condition, StepHistoryOptions options);

  uint64_t nr_events() const { return nr_events_; }
  const Scenario& scenario() const { return run_->scenario(); }
  const Machine& machine() const { return run_->machine(); }

  // After event `number`; 0: before the first. REQUIRES: <= nr_events().
  absl::StatusOr<StepView> At(uint64_t number);

  // Runs the scenario once, to find where the condition holds.
  absl::Status SetCondition(StepCondition condition);
  const std::optional<StepCondition>& condition() const { return condition_; }
  // Empty where there is no condition.
  const EventSet& matches() const { return matches_; }

  // False: it has seen enough.
  using Show = std::function<bool(const StepView& view)>;
  // Shows the events from `first` to `last`, both included, in one run; where
  // there is a condition, only those where it holds.
  absl::Status Stream(uint64_t first, uint64_t last, const Show& show);

  // How often the scenario ran.
  uint64_t nr_runs() const { return nr_runs_; }

 private:
  class Scan;
  class Window;
  class Streamer;

  StepHistory(std::unique_ptr<RepeatedRun> run, StepHistoryOptions options)
      : run_(std::move(run)),
        options_(std::move(options)),
        start_(StartOf(run_->machine())) {}

  absl::Status Run(StepObserver& observer, class StepExplainer* explainer);
  absl::Status ShowMatches(uint64_t first, uint64_t last, const Show& show);
  absl::Status Rescan();
  absl::Status MoveWindow(uint64_t number);
  bool IsInWindow(uint64_t number) const;

  std::unique_ptr<RepeatedRun> run_;
  StepHistoryOptions options_;
  StepStart start_;
  uint64_t nr_events_ = 0;
  uint64_t nr_runs_ = 0;
  std::optional<StepCondition> condition_;
  EventSet matches_;
  std::deque<std::shared_ptr<const StepMoment>> window_;
  std::map<uint64_t, StepExplanation> explanations_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_STEP_STEP_HISTORY_H_
