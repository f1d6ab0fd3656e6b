#include "pagelab/report/history/event_tap.h"

#include <utility>

#include "pagelab/alloc/hook_keys.h"
#include "pagelab/base/status.h"

namespace pagelab {

absl::StatusOr<std::unique_ptr<EventTap>> EventTap::Start(
    Machine& machine, EventVisitor visitor) {
  std::unique_ptr<EventTap> tap(new EventTap(machine, std::move(visitor)));
  PAGELAB_RETURN_IF_ERROR(AttachTrace(machine.state(), *tap));
  return tap;
}

EventTap::~EventTap() {
  if (machine_.state().trace == this) DetachTrace(machine_.state());
}

void EventTap::Show(const ExecutionContext& context,
                    const AllocatorEvent::Fields& fields) {
  if (is_over_) return;
  ++event_.number;
  event_.when = context.now;
  event_.cpu = context.cpu;
  event_.level = context.level;
  event_.pid = context.task->pid;
  event_.comm = context.task->comm_text();
  event_.fields = fields;
  is_over_ = !visitor_(event_, context);
}

void EventTap::OnEvent(const ExecutionContext& context,
                       const MmPageAlloc& event) {
  Show(context, event);
}

void EventTap::OnEvent(const ExecutionContext& context,
                       const MmPageFree& event) {
  Show(context, event);
}

void EventTap::OnEvent(const ExecutionContext& context,
                       const MmPageFreeBatched& event) {
  Show(context, event);
}

void EventTap::OnEvent(const ExecutionContext& context,
                       const MmPageAllocZoneLocked& event) {
  Show(context, event);
}

void EventTap::OnEvent(const ExecutionContext& context,
                       const MmPagePcpuDrain& event) {
  Show(context, event);
}

void EventTap::OnEvent(const ExecutionContext& context,
                       const MmPageAllocExtfrag& event) {
  Show(context, event);
}

}  // namespace pagelab
