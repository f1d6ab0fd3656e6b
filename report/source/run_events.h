#ifndef PAGELAB_REPORT_SOURCE_RUN_EVENTS_H_
#define PAGELAB_REPORT_SOURCE_RUN_EVENTS_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/report/history/repeated_run.h"
#include "pagelab/report/source/event_source.h"

namespace pagelab {

// The events of a scenario.
class RunEvents final : public MachineEventSource {
 public:
  // Told now and then how many events of a pass there were.
  using Progress = std::function<void(uint64_t events)>;

  static absl::StatusOr<std::unique_ptr<RunEvents>> Boot(
      const MachineConfig& config, Scenario scenario, Progress progress);

  absl::Status Pass(const EventVisitor& visitor) override;

  const RepeatedRun& run() const { return *run_; }

 protected:
  Machine& simulated() override { return run_->machine(); }

 private:
  RunEvents(Order pageblock_order, std::unique_ptr<RepeatedRun> run,
            Progress progress)
      : MachineEventSource(pageblock_order),
        run_(std::move(run)),
        progress_(std::move(progress)) {}

  std::unique_ptr<RepeatedRun> run_;
  Progress progress_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_SOURCE_RUN_EVENTS_H_
