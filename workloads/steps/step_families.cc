#include <array>

#include "pagelab/workloads/steps/step_tables.h"

namespace pagelab {

absl::Span<const AddSteps> StepFamilies() {
  static constexpr std::array kFamilies = {
      &AddAnonymousSteps,    &AddProcessSteps, &AddNumaSteps,
      &AddFileSteps,         &AddFileUseSteps, &AddNetworkSteps,
      &AddKernelMemorySteps, &AddDriverSteps,
  };
  return kFamilies;
}

absl::StatusOr<MemoryArea*> FindArea(const StepActor& actor,
                                     const std::string& name) {
  const auto found = actor.process.areas.find(name);
  if (found != actor.process.areas.end()) return found->second.get();
  return InvalidInput("process " + std::to_string(actor.process.task->pid) +
                      " (" + std::string(actor.process.task->comm_text()) +
                      ") has no memory area \"" + name +
                      "\": \"mmap\" makes one");
}

}  // namespace pagelab
