// The field tables of the steps that subsystems carry out; for the language
// code only.

#ifndef PAGELAB_WORKLOADS_STEPS_STEP_TABLES_H_
#define PAGELAB_WORKLOADS_STEPS_STEP_TABLES_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/types/span.h"
#include "pagelab/workloads/language/field_types.h"
#include "pagelab/workloads/scenario.h"
#include "pagelab/workloads/scenario_tables.h"
#include "pagelab/workloads/steps/kernel_step.h"

namespace pagelab {

// Steps that belong together: each family is a file of this folder.
using AddSteps = void (*)(ObjectTable<Step>& table,
                          std::vector<const ObjectInfo*>& objects);
void AddAnonymousSteps(ObjectTable<Step>&, std::vector<const ObjectInfo*>&);
void AddFileSteps(ObjectTable<Step>&, std::vector<const ObjectInfo*>&);
void AddFileUseSteps(ObjectTable<Step>&, std::vector<const ObjectInfo*>&);
void AddNetworkSteps(ObjectTable<Step>&, std::vector<const ObjectInfo*>&);
void AddDriverSteps(ObjectTable<Step>&, std::vector<const ObjectInfo*>&);
void AddKernelMemorySteps(ObjectTable<Step>&, std::vector<const ObjectInfo*>&);
void AddNumaSteps(ObjectTable<Step>&, std::vector<const ObjectInfo*>&);
void AddProcessSteps(ObjectTable<Step>&, std::vector<const ObjectInfo*>&);

// All of them, in the order of the reference page.
absl::Span<const AddSteps> StepFamilies();

// A step `S` under the table's name without "-step".
template <class S>
void AddKernelStep(ObjectTable<Step>& table,
                   std::vector<const ObjectInfo*>& objects,
                   const ObjectTable<S>& (*fields)()) {
  const ObjectInfo& info = fields().info();
  constexpr std::string_view kSuffix = "-step";
  objects.push_back(&info);
  const size_t sentence = info.doc.find(". ");
  table.AddStored(
      FieldText{.name = info.name.substr(0, info.name.size() - kSuffix.size()),
                .doc = sentence == std::string::npos
                           ? info.doc
                           : info.doc.substr(0, sentence + 1),
                .example = info.example},
      ObjectType(info.name, "an object", fields), [](Step& step, S action) {
        step.action = std::make_shared<const S>(std::move(action));
      });
}

// What steps have in common. `what` is what there are so many of a second.
template <class S>
void AddPace(ObjectTable<S>& table, std::string_view what) {
  table.AddStored(
      FieldText{.name = "rate",
                .doc = std::string(what) + " a second of simulated time.",
                .default_text = "one right after the other",
                .example = "\"500/s\""},
      RateType(), [](S& step, double rate) { step.rate = rate; });
}
template <class S>
void AddOf(ObjectTable<S>& table) {
  table.AddStored(
      FieldText{.name = "of",
                .doc = "Processes of a `fork` that do it, one after the "
                       "other, instead of the task.",
                .default_text = "the task",
                .example = "\"children\""},
      NameType("the name of a fork's processes"),
      [](S& step, std::string of) { step.of = std::move(of); });
}

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_STEPS_STEP_TABLES_H_
