#include "pagelab/workloads/code_tags.h"

#include <optional>
#include <string>

#include "pagelab/workloads/kernel/kernel_path.h"
#include "pagelab/workloads/kernel/source_places.h"

namespace pagelab {
namespace {

// Without folders, so that it does not matter from where a file was given. A
// built-in scenario has a name only.
std::string FileOf(const Scenario& scenario) {
  const size_t slash = scenario.file.rfind('/');
  std::string file = slash == std::string::npos
                         ? scenario.file
                         : scenario.file.substr(slash + 1);
  if (file.find('.') == std::string::npos) file += ".json";
  return file;
}

// The tag of a frame that was written at `position`.
void AddWrittenTag(Machine& machine, const Scenario& scenario, SimAddress call,
                   TextPosition position) {
  std::optional<CodeTag> tag = machine.call_sites().TagOf(call);
  if (!tag.has_value()) return;
  if (!machine.call_sites().HasSource(tag->function, tag->module)) {
    tag->file = FileOf(scenario);
    tag->line = static_cast<uint32_t>(position.line);
  }
  machine.alloc_tagging().AddTag(call, *tag);
}

}  // namespace

void AddKernelCodeTags(Machine& machine) {
  SymbolCallSites& sites = machine.call_sites();
  for (const SourcePlace& place : KernelSourcePlaces()) {
    sites.AddSource(place.function, place.module, place.file, place.line);
  }
  for (const KernelFunction& function : KernelFunctions()) {
    if (SymbolCallSites::IsHelper(function.name)) continue;
    for (const KernelCall& call : function.calls) {
      if (!SymbolCallSites::IsHelper(call.callee)) continue;
      const absl::StatusOr<SimAddress> address =
          machine.symbols().AddressOf({.name = function.name,
                                       .offset = call.offset,
                                       .size = function.size,
                                       .module = function.module});
      if (!address.ok()) continue;
      machine.alloc_tagging().AddTag(*address, *sites.TagOf(*address));
    }
  }
}

void AddStackCodeTag(Machine& machine, const Scenario& scenario,
                     const ScriptedStack& stack,
                     const std::vector<SimAddress>& frames) {
  for (size_t i = 0; i < frames.size(); ++i) {
    if (SymbolCallSites::IsHelper(stack.frames[i].function)) continue;
    AddWrittenTag(machine, scenario, frames[i], stack.frames[i].position);
    return;
  }
}

void AddTaskCodeTag(Machine& machine, const Scenario& scenario,
                    const ScenarioTask& task,
                    const std::vector<SimAddress>& frames) {
  for (const SimAddress frame : frames) {
    if (!machine.call_sites().TagOf(frame).has_value()) continue;
    AddWrittenTag(machine, scenario, frame, task.position);
    return;
  }
}

}  // namespace pagelab
