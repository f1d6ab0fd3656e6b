#ifndef PAGELAB_REPORT_SOURCE_TRACE_EVENTS_H_
#define PAGELAB_REPORT_SOURCE_TRACE_EVENTS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/report/source/event_source.h"
#include "pagelab/report/source/rereadable_text.h"
#include "pagelab/sim/machine.h"
#include "pagelab/workloads/replay/redrive.h"
#include "pagelab/workloads/trace/trace_stats.h"

namespace pagelab {

struct TraceOptions {
  // For recordings with a clock that counts ticks.
  uint64_t ticks_per_second = 1'000'000'000;
  // Told now and then. May be empty.
  std::function<void(const TraceStats& so_far)> on_progress;
};

// What a pass over a recording met. A recording that ends in the middle is
// read as far as it goes.
struct TracePassReport {
  // As the recorded mm_page_alloc_extfrag say.
  std::optional<Order> pageblock_order;
  TraceStats stats;
  // Why it could not be read on.
  absl::Status end;
};

// What a user should know of it, a sentence for each, without paths.
std::vector<std::string> TraceNotes(const RereadableText& trace,
                                    const TracePassReport& report);

// Reads the recording to its end, or until `fn` returns false. An error only
// where there is nothing in it to be read; NotFound if it is whole and has no
// event.
absl::StatusOr<TracePassReport> ReadTraceEvents(
    const RereadableText& trace, const TraceOptions& options,
    const std::function<bool(const TraceEvent&)>& fn);

// The events of a machine that a recording drives (Redrive): its own page
// frames, not the recorded ones.
class ReplayEvents final : public MachineEventSource {
 public:
  static absl::StatusOr<std::unique_ptr<ReplayEvents>> Boot(
      const MachineConfig& config, std::shared_ptr<const RereadableText> trace,
      TraceOptions options);

  absl::Status Pass(const EventVisitor& visitor) override;

  // Of the last pass.
  const TracePassReport& report() const { return report_; }
  const RedriveCounts& counts() const { return counts_; }

 protected:
  Machine& simulated() override { return machine_; }

 private:
  ReplayEvents(Machine machine, std::shared_ptr<const RereadableText> trace,
               TraceOptions options)
      : MachineEventSource(machine.memory().pageblock_order()),
        machine_(std::move(machine)),
        booted_(machine_.Save()),
        trace_(std::move(trace)),
        options_(std::move(options)) {}

  Machine machine_;
  Machine::CheckpointPtr booted_;
  std::shared_ptr<const RereadableText> trace_;
  TraceOptions options_;
  TracePassReport report_;
  RedriveCounts counts_;
};

// The kmem events that a recording has, as they were recorded.
class RecordedEvents final : public EventSource {
 public:
  RecordedEvents(std::shared_ptr<const RereadableText> trace, Order order,
                 TraceOptions options)
      : trace_(std::move(trace)), order_(order), options_(std::move(options)) {}

  absl::Status ForEach(Stacks stacks,
                       const EventFramesVisitor& visitor) override;
  Order pageblock_order() const override { return order_; }

 private:
  std::shared_ptr<const RereadableText> trace_;
  Order order_;
  TraceOptions options_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_SOURCE_TRACE_EVENTS_H_
