#include "pagelab/report/source/event_stacks.h"

#include <array>
#include <utility>

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

EventFrames EventStacks::FramesOf(const ExecutionContext& context) {
  if (context.stack_kind != StackKind::kHost) {
    return names_.NamesOf(context.frames);
  }
  if (!translator_.has_value()) {
    absl::StatusOr<HostStackTranslator> translator =
        HostStackTranslator::Create(KernelFunctions(), KernelFunctionSection(),
                                    machine_.symbols());
    if (!translator.ok()) return {};
    translator_ = *std::move(translator);
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
  return Pass(
      [&](const AllocatorEvent& event, const ExecutionContext& context) {
        return visitor(event, names.has_value() ? names->FramesOf(context)
                                                : EventFrames());
      });
}

}  // namespace pagelab
