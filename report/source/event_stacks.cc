#include "pagelab/report/source/event_stacks.h"

#include <array>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/stackdepot/unwinder.h"
#include "pagelab/workloads/kernel/kernel_path.h"

namespace pagelab {

EventFrames FrameNames::NamesOf(absl::Span<const SimAddress> frames) {
  stack_.clear();
  for (const SimAddress frame : frames) {
    std::unique_ptr<std::string>& name = names_[frame];
    if (name == nullptr) {
      name = std::make_unique<std::string>(symbols_.ToText(frame));
      // A recording without offsets.
      constexpr std::string_view kNothing = "+0x0/0x0";
      const size_t nothing = name->find(kNothing);
      if (nothing != std::string::npos) name->erase(nothing, kNothing.size());
    }
    stack_.push_back(*name);
  }
  return stack_;
}

absl::StatusOr<EventFrames> EventStacks::FramesOf(
    const ExecutionContext& context) {
  if (context.stack_kind != StackKind::kHost) {
    return names_.NamesOf(context.frames);
  }
  if (!translator_.has_value()) {
    PAGELAB_ASSIGN_OR_RETURN(
        translator_,
        HostStackTranslator::Create(KernelFunctions(), KernelFunctionSection(),
                                    machine_.symbols()));
  }
  constexpr size_t kMaxFrames = 64;
  std::array<SimAddress, kMaxFrames> frames;
  const HostStacks host = {.unwinder = &LibunwindUnwinder(),
                           .translator = &*translator_};
  const size_t count = host.Capture(machine_.symbols(), absl::MakeSpan(frames));
  return names_.NamesOf(absl::MakeConstSpan(frames).subspan(0, count));
}

absl::Status MachineEventSource::ForEach(Stacks stacks,
                                         const EventFramesVisitor& visitor) {
  std::optional<EventStacks> names;
  if (stacks == Stacks::kWanted) names.emplace(simulated());
  absl::Status failure;
  PAGELAB_RETURN_IF_ERROR(
      Pass([&](const AllocatorEvent& event, const ExecutionContext& context) {
        if (!names.has_value()) return visitor(event, EventFrames());
        const absl::StatusOr<EventFrames> frames = names->FramesOf(context);
        failure = frames.status();
        return frames.ok() && visitor(event, *frames);
      }));
  return failure;
}

}  // namespace pagelab
