// Reads conditions; internal to this folder.

#ifndef PAGELAB_WORKLOADS_SHRINK_CONDITION_PARSER_H_
#define PAGELAB_WORKLOADS_SHRINK_CONDITION_PARSER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/workloads/shrink/condition.h"

namespace pagelab {

//   condition: case { "or" case }
//   case:      part { "and" part }
//   part:      "(" condition ")" | atom
// "and" is spread over "or", so that a list of cases comes out.
class ConditionParser {
 public:
  explicit ConditionParser(std::string_view text) : tokens_(text) {}

  absl::StatusOr<std::vector<Condition::Case>> Parse();

 private:
  using Cases = std::vector<Condition::Case>;

  absl::StatusOr<Cases> ParseOr();
  absl::StatusOr<Cases> ParseAnd();
  absl::StatusOr<Cases> ParsePart();
  absl::StatusOr<ConditionAtom> ParseAtom();
  absl::Status ParseFilters(ConditionAtom& atom);
  absl::Status ParseZone(ConditionAtom& atom);

  ConditionTokens tokens_;
  int depth_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SHRINK_CONDITION_PARSER_H_
