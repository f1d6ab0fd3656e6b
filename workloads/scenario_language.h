// The language of scenario files (docs/scenario-reference.md).

#ifndef PAGELAB_WORKLOADS_SCENARIO_LANGUAGE_H_
#define PAGELAB_WORKLOADS_SCENARIO_LANGUAGE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// The scenario that the JSON `text` describes; `file` is for messages and for
// a machine that is a relative path. InvalidArgument with one line
// "file:line:column: what" per error, at most kMaxReportedErrors.
absl::StatusOr<Scenario> ParseScenario(std::string_view file,
                                       std::string_view text);

// JSON Schema (draft-07) and reference page of scenario files.
std::string ScenarioSchema();
std::string ScenarioReference();

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SCENARIO_LANGUAGE_H_
