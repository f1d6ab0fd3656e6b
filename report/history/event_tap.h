#ifndef PAGELAB_REPORT_HISTORY_EVENT_TAP_H_
#define PAGELAB_REPORT_HISTORY_EVENT_TAP_H_

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "pagelab/alloc/tracepoints.h"
#include "pagelab/report/history/allocator_event.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

// Sees an event at the place where the kernel's tracepoint is: an allocation's
// when it is served, a free's before the frame is on a list. The state after
// an event is the one that the next event finds. `context` has the caller's
// stack. False: it has seen enough.
using EventVisitor = std::function<bool(const AllocatorEvent& event,
                                        const ExecutionContext& context)>;

// Shows the events of a machine to a visitor, as long as it wants to see them.
class EventTap final : public TraceSink {
 public:
  // Begins. The machine must stay where it is until the tap is gone, and
  // nobody else may attach to its tracepoints.
  static absl::StatusOr<std::unique_ptr<EventTap>> Start(Machine& machine,
                                                         EventVisitor visitor);
  // Detaches.
  ~EventTap() override;
  EventTap(const EventTap&) = delete;
  EventTap& operator=(const EventTap&) = delete;

  // The visitor has seen enough.
  bool is_over() const { return is_over_; }
  uint64_t nr_events() const { return event_.number; }

  void OnEvent(const ExecutionContext&, const MmPageAlloc&) override;
  void OnEvent(const ExecutionContext&, const MmPageFree&) override;
  void OnEvent(const ExecutionContext&, const MmPageFreeBatched&) override;
  void OnEvent(const ExecutionContext&, const MmPageAllocZoneLocked&) override;
  void OnEvent(const ExecutionContext&, const MmPagePcpuDrain&) override;
  void OnEvent(const ExecutionContext&, const MmPageAllocExtfrag&) override;

 private:
  EventTap(Machine& machine, EventVisitor visitor)
      : machine_(machine), visitor_(std::move(visitor)) {}
  void Show(const ExecutionContext& context,
            const AllocatorEvent::Fields& fields);

  Machine& machine_;
  EventVisitor visitor_;
  // Kept, so that no event allocates memory.
  AllocatorEvent event_;
  bool is_over_ = false;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_HISTORY_EVENT_TAP_H_
