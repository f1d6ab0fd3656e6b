#include "pagelab/bench/hotpath_machine.h"

#include <utility>

#include "pagelab/alloc/hook_keys.h"
#include "pagelab/base/check.h"
#include "pagelab/base/status.h"
#include "pagelab/bench/bench_machine.h"
#include "pagelab/bench/kernel_chain.h"
#include "pagelab/stackdepot/unwinder.h"
#include "pagelab/workloads/kernel/kernel_path.h"

namespace pagelab {

absl::StatusOr<std::unique_ptr<HotpathMachine>> HotpathMachine::Boot() {
  std::unique_ptr<HotpathMachine> machine(
      new HotpathMachine(BootForBench(kName, "page_owner=on")));
  PAGELAB_RETURN_IF_ERROR(machine->PrepareStacks());
  return machine;
}

HotpathMachine::HotpathMachine(Machine machine)
    : machine_(std::move(machine)), hooks_(machine_.state().hooks) {
  PAGELAB_CHECK(hooks_ != nullptr);
  context_ = machine_.ContextOf(machine_.NewTask("bench", 1, 1));
}

HotpathMachine::~HotpathMachine() {
  machine_.page_owner()->UseHostStacks({});
  Detach();
}

absl::Status HotpathMachine::PrepareStacks() {
  PAGELAB_ASSIGN_OR_RETURN(
      translator_,
      HostStackTranslator::Create(KernelFunctions(), KernelFunctionSection(),
                                  machine_.symbols()));
  frames_.resize(PageOwnerProfile().stack_depth);
  size_t depth = 0;
  Run([&] {
    const HostStacks host{&LibunwindUnwinder(), &*translator_};
    depth = host.Capture(machine_.symbols(), absl::MakeSpan(frames_));
  });
  frames_.resize(depth);
  PAGELAB_CHECK(depth > 0);
  context_.frames = frames_;
  PAGELAB_RETURN_IF_ERROR(Switch(OwnerMode::kDepot));
  context_.interned =
      machine_.page_owner()->InternAlloc(context_, gfp::kKernel).value();
  return absl::OkStatus();
}

void HotpathMachine::Run(absl::FunctionRef<void()> work) {
  RunBelowKernelChain(machine_, context_, work);
}

uint32_t HotpathMachine::StackOf(const Page& page) {
  const PageOwner::Entry entry =
      machine_.page_owner()->EntryAt(machine_.memory().PfnOf(&page));
  return entry.record.has_value() ? entry.record->handle : 0;
}

absl::Status HotpathMachine::Switch(OwnerMode owner) {
  const Unwinder* unwinder = owner == OwnerMode::kFramePointers
                                 ? FramePointerUnwinder()
                                 : &LibunwindUnwinder();
  machine_.page_owner()->UseHostStacks({unwinder, &*translator_});
  switch (owner) {
    case OwnerMode::kOff:
      Detach();
      return absl::OkStatus();
    case OwnerMode::kRecord:
      context_.stack_kind = StackKind::kInterned;
      break;
    case OwnerMode::kDepot:
      context_.stack_kind = StackKind::kScripted;
      break;
    case OwnerMode::kLibunwind:
    case OwnerMode::kFramePointers:
      context_.stack_kind = StackKind::kHost;
      break;
  }
  return Attach();
}

absl::Status HotpathMachine::Attach() {
  AllocatorState& state = machine_.state();
  return state.hooks != nullptr ? absl::OkStatus()
                                : AttachHooks(state, *hooks_);
}

void HotpathMachine::Detach() { DetachHooks(machine_.state()); }

void HotpathMachine::BypassPerCpuLists(bool bypass) {
  AllocatorState& state = machine_.state();
  for (Zone& zone : state.all_zones()) {
    if (!zone.populated()) continue;
    for (int cpu = 0; cpu < state.nr_cpus; ++cpu) zone.pcp[cpu].locked = bypass;
  }
}

// The pointer to the hooks is part of what is saved: attached both times, so
// that it goes with the keys.
void HotpathMachine::Save() {
  PAGELAB_CHECK(machine_.state().hooks != nullptr);
  saved_ = machine_.Save();
}

absl::Status HotpathMachine::Restore() {
  PAGELAB_CHECK(saved_ != nullptr);
  PAGELAB_RETURN_IF_ERROR(Attach());
  machine_.Restore(*saved_);
  return absl::OkStatus();
}

}  // namespace pagelab
