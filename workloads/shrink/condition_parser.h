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
  explicit ConditionParser(std::string_view text) : text_(text) { Advance(); }

  absl::StatusOr<std::vector<Condition::Case>> Parse();

 private:
  using Cases = std::vector<Condition::Case>;

  // "(", ")", "=", ">=", ..., a word or a number; empty at the end.
  void Advance();
  bool Take(std::string_view token);
  absl::Status Expected(std::string_view what) const;

  absl::StatusOr<Cases> ParseOr();
  absl::StatusOr<Cases> ParseAnd();
  absl::StatusOr<Cases> ParsePart();
  absl::StatusOr<ConditionAtom> ParseAtom();
  absl::Status ParseFilters(ConditionAtom& atom);
  absl::Status ParseGfp(ConditionAtom& atom);
  absl::Status ParseZone(ConditionAtom& atom);
  absl::Status ParseEventName(ConditionAtom& atom);
  absl::Status ParseOrder(ConditionAtom& atom);
  absl::StatusOr<Bound> ParseBound();
  absl::StatusOr<double> ParseNumber();

  std::string_view text_;
  size_t next_ = 0;
  std::string_view token_;
  size_t column_ = 1;
  int depth_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SHRINK_CONDITION_PARSER_H_
