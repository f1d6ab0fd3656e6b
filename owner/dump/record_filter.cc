#include "pagelab/owner/dump/record_filter.h"

#include <algorithm>

#include "pagelab/base/status.h"
#include "pagelab/owner/dump/filter_parser.h"

namespace pagelab {
namespace {

bool NumberHolds(FilterOperator op, int64_t number, int64_t than) {
  switch (op) {
    case FilterOperator::kEqual:
      return number == than;
    case FilterOperator::kNotEqual:
      return number != than;
    case FilterOperator::kLess:
      return number < than;
    case FilterOperator::kLessOrEqual:
      return number <= than;
    case FilterOperator::kGreater:
      return number > than;
    case FilterOperator::kGreaterOrEqual:
      return number >= than;
    case FilterOperator::kContains:
    case FilterOperator::kContainsNot:
      break;
  }
  return false;
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool Holds(const FilterStep& step, const FieldValue& value) {
  const bool negative = step.op == FilterOperator::kNotEqual ||
                        step.op == FilterOperator::kContainsNot;
  if (step.unknown) {
    const bool says_nothing =
        !value.known || (!step.is_number && value.text == "-");
    return says_nothing != negative;
  }
  if (!value.known) return negative;
  if (step.is_number) return NumberHolds(step.op, value.number, step.number);
  const bool is_part = step.op == FilterOperator::kContains ||
                       step.op == FilterOperator::kContainsNot;
  const bool same =
      is_part ? Contains(value.text, step.text) : value.text == step.text;
  return same != negative;
}

}  // namespace

absl::StatusOr<RecordFilter> RecordFilter::Compile(
    std::string_view expression) {
  PAGELAB_ASSIGN_OR_RETURN(std::vector<FilterStep> steps,
                           FilterParser(expression).Parse());
  return RecordFilter(std::move(steps));
}

bool RecordFilter::Matches(const DumpRecord& record,
                           FieldReader& fields) const {
  fields.Start(record);
  uint32_t at = 0;
  while (at < steps_.size()) {
    const FilterStep& step = steps_[at];
    at = Holds(step, fields.Read(step.field)) ? step.if_true : step.if_false;
  }
  return at == FilterStep::kMatch;
}

bool RecordFilter::Uses(DumpField field) const {
  return std::any_of(
      steps_.begin(), steps_.end(),
      [field](const FilterStep& step) { return step.field == field; });
}

}  // namespace pagelab
