#include "pagelab/report/source/run_events.h"

#include "pagelab/base/status.h"

namespace pagelab {

absl::StatusOr<std::unique_ptr<RunEvents>> RunEvents::Boot(
    const MachineConfig& config, Scenario scenario, Progress progress) {
  PAGELAB_ASSIGN_OR_RETURN(std::unique_ptr<RepeatedRun> run,
                           RepeatedRun::Boot(config, std::move(scenario)));
  const Order order = run->machine().memory().pageblock_order();
  return std::unique_ptr<RunEvents>(
      new RunEvents(order, std::move(run), std::move(progress)));
}

absl::Status RunEvents::Pass(const EventVisitor& visitor) {
  constexpr uint64_t kProgressInterval = 16384;
  return run_
      ->Run([&](const AllocatorEvent& event, const ExecutionContext& context) {
        if (progress_ && event.number % kProgressInterval == 0) {
          progress_(event.number);
        }
        return visitor(event, context);
      })
      .status();
}

}  // namespace pagelab
