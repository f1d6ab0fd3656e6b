#ifndef PAGELAB_REPORT_SOURCE_EVENT_SOURCE_H_
#define PAGELAB_REPORT_SOURCE_EVENT_SOURCE_H_

#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "pagelab/alloc/types.h"
#include "pagelab/report/history/allocator_event.h"
#include "pagelab/report/history/event_tap.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

// "nicdrv_poll+0x61/0x110 [nicdrv]", innermost first, without the allocator's
// own frames; or only "nicdrv_poll" where no more was recorded. Empty: not
// known. Good during the call.
using EventFrames = absl::Span<const std::string_view>;

// False: it has seen enough.
using EventFramesVisitor =
    std::function<bool(const AllocatorEvent& event, EventFrames frames)>;

// The kmem events of a run, a replay or a recording, as often as somebody wants
// to see them: always the same. They are never all in memory.
class EventSource {
 public:
  virtual ~EventSource() = default;
  EventSource(const EventSource&) = delete;
  EventSource& operator=(const EventSource&) = delete;

  enum class Stacks : bool { kNone, kWanted };
  // From the first event on. Stacks take their time.
  virtual absl::Status ForEach(Stacks stacks,
                               const EventFramesVisitor& visitor) = 0;

  // Of the machine that the events are of, as far as it is known.
  virtual Order pageblock_order() const = 0;
  // The machine that makes the events, as the last pass left it: at the end, if
  // the pass went there. Null for a recording.
  virtual Machine* machine() { return nullptr; }

 protected:
  EventSource() = default;
};

// Events that a machine makes while it runs.
class MachineEventSource : public EventSource {
 public:
  absl::Status ForEach(Stacks stacks, const EventFramesVisitor& visitor) final;
  Order pageblock_order() const final { return pageblock_order_; }
  Machine* machine() final { return &simulated(); }

  // Puts the machine back to the beginning and runs it, showing each event
  // while it happens.
  virtual absl::Status Pass(const EventVisitor& visitor) = 0;

 protected:
  explicit MachineEventSource(Order pageblock_order)
      : pageblock_order_(pageblock_order) {}
  virtual Machine& simulated() = 0;

 private:
  Order pageblock_order_;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_SOURCE_EVENT_SOURCE_H_
