// Reads conditions of the stepper; internal to this folder.

#ifndef PAGELAB_REPORT_STEP_STEP_CONDITION_PARSER_H_
#define PAGELAB_REPORT_STEP_STEP_CONDITION_PARSER_H_

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/report/step/step_condition.h"
#include "pagelab/workloads/condition/condition_tokens.h"

namespace pagelab {

//   condition: term { "or" term }
//   term:      part { "and" part }
//   part:      "not" part | "(" condition ")" | atom { filter }
//   filter:    "order" bound | "gfp" "has" flag | "zone" "=" name
// A filter behind an atom is short for "and" filter.
class StepConditionParser {
 public:
  explicit StepConditionParser(std::string_view text) : tokens_(text) {}

  absl::StatusOr<std::vector<StepCondition::Step>> Parse();

 private:
  using Kind = StepAtom::Kind;

  absl::Status ParseOr();
  absl::Status ParseAnd();
  absl::Status ParsePart();
  absl::Status ParseAtom();
  absl::StatusOr<bool> ParseField(StepAtom& atom);
  absl::StatusOr<bool> ParseState(StepAtom& atom);
  absl::Status ParseEvent(StepAtom& atom);
  absl::Status ParseFilters(StepAtom& atom);
  // "=", "==" or "!=".
  absl::Status ParseEquality(StepAtom& atom);
  absl::Status ParseType(StepAtom& atom);
  void Emit(StepCondition::Step::Kind kind) {
    steps_.push_back({.kind = kind});
  }

  ConditionTokens tokens_;
  std::vector<StepCondition::Step> steps_;
  int depth_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_STEP_STEP_CONDITION_PARSER_H_
