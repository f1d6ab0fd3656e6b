#include "pagelab/report/step/step_history.h"

#include <algorithm>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/report/step/step_explainer.h"

namespace pagelab {
namespace {

constexpr uint64_t kEventsPerProgress = 4096;

}  // namespace

// Counts events, and finds those where the condition holds.
class StepHistory::Scan final : public StepObserver {
 public:
  explicit Scan(const StepCondition* condition) : condition_(condition) {}
  bool wants_counts() const override {
    return condition_ != nullptr && condition_->needs_counts();
  }
  bool WantsMoment(uint64_t) const override { return false; }
  bool OnStep(const StepFacts& facts,
              std::shared_ptr<const StepMoment>) override {
    const uint64_t number = facts.event.number;
    if (number > 0 && condition_ != nullptr && condition_->Holds(facts)) {
      matches.Add(number);
    }
    return true;
  }

  EventSet matches;

 private:
  const StepCondition* condition_;
};

// Keeps the moments from `first` to `last`, as many as there is memory for, but
// `wanted` and the one before it in any case.
class StepHistory::Window final : public StepObserver {
 public:
  Window(uint64_t first, uint64_t wanted, uint64_t last, size_t most_bytes)
      : first_(first), wanted_(wanted), last_(last), most_bytes_(most_bytes) {}

  bool WantsMoment(uint64_t number) const override {
    return number >= first_ && number <= last_;
  }
  bool OnStep(const StepFacts& facts,
              std::shared_ptr<const StepMoment> moment) override {
    if (moment == nullptr) return true;
    bytes_ += moment->bytes;
    moments.push_back(std::move(moment));
    while (bytes_ > most_bytes_ && moments.size() > 2 &&
           facts.event.number <= wanted_) {
      // What it shares stays with its successor, so this is a lower bound.
      bytes_ -= moments.front()->bytes;
      moments.pop_front();
    }
    const bool is_full = bytes_ > most_bytes_ && facts.event.number >= wanted_;
    return facts.event.number < last_ && !is_full;
  }

  std::deque<std::shared_ptr<const StepMoment>> moments;

 private:
  uint64_t first_;
  uint64_t wanted_;
  uint64_t last_;
  size_t most_bytes_;
  size_t bytes_ = 0;
};

// Shows moments in order, each as soon as it is explained.
class StepHistory::Streamer final : public StepObserver {
 public:
  Streamer(uint64_t first, uint64_t last, const Show& show)
      : first_(first), last_(last), show_(show) {}

  bool WantsMoment(uint64_t number) const override {
    return number + 1 >= first_ && number <= last_;
  }
  bool OnStep(const StepFacts& facts,
              std::shared_ptr<const StepMoment> moment) override {
    const uint64_t number = facts.event.number;
    if (IsShown(number)) {
      waiting_.push_back({.moment = moment,
                          .before = before_ == nullptr ? moment : before_,
                          .explanation = {}});
    }
    before_ = std::move(moment);
    ShowExplained();
    return number < last_ && !is_over_;
  }
  void OnExplanation(uint64_t number, StepExplanation explanation) {
    if (IsShown(number)) explanations_[number] = std::move(explanation);
    ShowExplained();
  }
  // Shows what was never explained too.
  void Finish() {
    while (!waiting_.empty() && !is_over_) ShowFront();
  }
  bool is_over() const override { return is_over_; }

 private:
  bool IsShown(uint64_t number) const {
    return number >= first_ && number <= last_;
  }
  void ShowFront() {
    StepView view = std::move(waiting_.front());
    waiting_.pop_front();
    const auto found = explanations_.find(view.moment->event.number);
    if (found != explanations_.end()) {
      view.explanation = std::move(found->second);
      explanations_.erase(found);
    }
    is_over_ = !show_(view);
  }
  void ShowExplained() {
    while (!waiting_.empty() && !is_over_) {
      const uint64_t number = waiting_.front().moment->event.number;
      if (number > 0 && !explanations_.contains(number)) return;
      ShowFront();
    }
  }

  uint64_t first_;
  uint64_t last_;
  const Show& show_;
  std::shared_ptr<const StepMoment> before_;
  std::deque<StepView> waiting_;
  std::map<uint64_t, StepExplanation> explanations_;
  bool is_over_ = false;
};

absl::StatusOr<std::unique_ptr<StepHistory>> StepHistory::Open(
    const MachineConfig& config, Scenario scenario,
    std::optional<StepCondition> condition, StepHistoryOptions options) {
  PAGELAB_ASSIGN_OR_RETURN(std::unique_ptr<RepeatedRun> run,
                           RepeatedRun::Boot(config, std::move(scenario)));
  std::unique_ptr<StepHistory> history(
      new StepHistory(std::move(run), std::move(options)));
  history->condition_ = std::move(condition);
  PAGELAB_RETURN_IF_ERROR(history->Rescan());
  return history;
}

// `explainer` may be null.
absl::Status StepHistory::Run(StepObserver& observer,
                              StepExplainer* explainer) {
  ++nr_runs_;
  run_->Rewind();
  if (explainer != nullptr) explainer->Begin();
  StepRecorder recorder(run_->machine(), start_, observer);
  bool is_cancelled = false;
  RunOptions options;
  options.is_over = [&] { return recorder.IsOver() && explainer == nullptr; };
  const auto visit = [&](const AllocatorEvent& event,
                         const ExecutionContext& context) {
    if (options_.on_progress && event.number % kEventsPerProgress == 0 &&
        !options_.on_progress(event.number)) {
      is_cancelled = true;
      return false;
    }
    if (explainer != nullptr) explainer->See(event, context);
    const bool goes_on = recorder.OnEvent(event);
    return goes_on || (explainer != nullptr && !explainer->is_done() &&
                       !observer.is_over());
  };
  PAGELAB_RETURN_IF_ERROR(run_->Run(visit, options).status());
  if (is_cancelled) return absl::CancelledError("interrupted");
  recorder.Finish();
  if (explainer != nullptr) explainer->Finish();
  return absl::OkStatus();
}

absl::Status StepHistory::Rescan() {
  Scan scan(condition_.has_value() ? &*condition_ : nullptr);
  PAGELAB_RETURN_IF_ERROR(Run(scan, nullptr));
  nr_events_ = run_->nr_events();
  matches_ = std::move(scan.matches);
  return absl::OkStatus();
}

absl::Status StepHistory::SetCondition(StepCondition condition) {
  std::optional<StepCondition> before = std::exchange(condition_, condition);
  const absl::Status status = Rescan();
  if (!status.ok()) condition_ = std::move(before);
  return status;
}

bool StepHistory::IsInWindow(uint64_t number) const {
  return !window_.empty() && window_.front()->event.number <= number &&
         number <= window_.back()->event.number;
}

absl::Status StepHistory::MoveWindow(uint64_t number) {
  const uint64_t size = std::max<uint64_t>(options_.window, 2);
  const bool goes_back =
      !window_.empty() && number <= window_.front()->event.number;
  // Mostly in the direction of travel.
  const uint64_t behind =
      std::clamp<uint64_t>(goes_back ? size - size / 8 : size / 8, 1, size - 1);
  const uint64_t first = number - std::min(number, behind);
  const uint64_t last = std::min(first + size - 1, nr_events_);
  Window window(first, number, last, options_.most_bytes);
  std::map<uint64_t, StepExplanation> explanations;
  StepExplainer explainer(run_->machine().state(), std::max<uint64_t>(first, 1),
                          last,
                          [&](uint64_t event, StepExplanation explanation) {
                            explanations[event] = std::move(explanation);
                          });
  PAGELAB_RETURN_IF_ERROR(Run(window, &explainer));
  window_ = std::move(window.moments);
  explanations_ = std::move(explanations);
  return absl::OkStatus();
}

absl::StatusOr<StepView> StepHistory::At(uint64_t number) {
  const uint64_t before = number - std::min<uint64_t>(number, 1);
  if (!IsInWindow(number) || !IsInWindow(before)) {
    PAGELAB_RETURN_IF_ERROR(MoveWindow(number));
  }
  const uint64_t first = window_.front()->event.number;
  StepView view;
  view.moment = window_[number - first];
  view.before = window_[before - first];
  const auto explanation = explanations_.find(number);
  if (explanation != explanations_.end()) {
    view.explanation = explanation->second;
  }
  return view;
}

absl::Status StepHistory::ShowMatches(uint64_t first, uint64_t last,
                                      const Show& show) {
  std::optional<uint64_t> match = matches_.Contains(first)
                                      ? std::optional<uint64_t>(first)
                                      : matches_.After(first);
  for (; match.has_value() && *match <= last; match = matches_.After(*match)) {
    PAGELAB_ASSIGN_OR_RETURN(const StepView view, At(*match));
    if (!show(view)) break;
  }
  return absl::OkStatus();
}

absl::Status StepHistory::Stream(uint64_t first, uint64_t last,
                                 const Show& show) {
  // What means something is rare; to explain all that lies between would take
  // longer than to run again for each of them.
  if (condition_.has_value()) return ShowMatches(first, last, show);
  Streamer streamer(first, last, show);
  StepExplainer explainer(
      run_->machine().state(), std::max<uint64_t>(first, 1), last,
      [&](uint64_t event, StepExplanation explanation) {
        streamer.OnExplanation(event, std::move(explanation));
      });
  PAGELAB_RETURN_IF_ERROR(Run(streamer, &explainer));
  streamer.Finish();
  return absl::OkStatus();
}

}  // namespace pagelab
