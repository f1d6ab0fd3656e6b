#include "pagelab/workloads/shrink/condition.h"

#include "pagelab/base/status.h"
#include "pagelab/workloads/shrink/condition_parser.h"

namespace pagelab {

bool Bound::Holds(double value) const {
  switch (comparison) {
    case Comparison::kLess:
      return value < number;
    case Comparison::kAtMost:
      return value <= number;
    case Comparison::kEqual:
      return value == number;
    case Comparison::kNot:
      return value != number;
    case Comparison::kAtLeast:
      return value >= number;
    case Comparison::kMore:
      return value > number;
  }
  return false;
}

absl::StatusOr<Condition> Condition::Parse(std::string_view text) {
  PAGELAB_ASSIGN_OR_RETURN(std::vector<Case> cases,
                           ConditionParser(text).Parse());
  return Condition(std::string(text), std::move(cases));
}

}  // namespace pagelab
