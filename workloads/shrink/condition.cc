#include "pagelab/workloads/shrink/condition.h"

#include "pagelab/base/status.h"
#include "pagelab/workloads/shrink/condition_parser.h"

namespace pagelab {

absl::StatusOr<Condition> Condition::Parse(std::string_view text) {
  PAGELAB_ASSIGN_OR_RETURN(std::vector<Case> cases,
                           ConditionParser(text).Parse());
  return Condition(std::string(text), std::move(cases));
}

}  // namespace pagelab
