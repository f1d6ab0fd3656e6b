#ifndef PAGELAB_OWNER_DUMP_RECORD_FILTER_H_
#define PAGELAB_OWNER_DUMP_RECORD_FILTER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/owner/dump/dump_field.h"

namespace pagelab {

enum class FilterOperator : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kContains,
  kContainsNot,
};

// One comparison, and where to go on when it holds and when it does not.
struct FilterStep {
  static constexpr uint32_t kMatch = UINT32_MAX;
  static constexpr uint32_t kNoMatch = UINT32_MAX - 1;

  DumpField field = DumpField::kStack;
  FilterOperator op = FilterOperator::kEqual;
  bool is_number = false;
  // Compares with "-", which stands for what a record does not say.
  bool unknown = false;
  int64_t number = 0;
  std::string text;
  uint32_t if_true = kMatch;
  uint32_t if_false = kNoMatch;
};

// An expression over the fields of a record (docs/grep.md):
//
//   order>=4 && gfp~GFP_ATOMIC && (age>10s || !(stack~ath11k))
//
// Compiled into comparisons that jump, so that neither its length nor its
// depth costs stack. Thread-safe once it is compiled.
class RecordFilter {
 public:
  // What is wrong is said with the name "expression" and its place in it.
  static absl::StatusOr<RecordFilter> Compile(std::string_view expression);

  // `fields` goes over to the record. What a record does not say is equal to
  // "-", different from everything else, and neither less nor greater.
  bool Matches(const DumpRecord& record, FieldReader& fields) const;

  bool Uses(DumpField field) const;

  // Whether a record counts for who wants those that match `filter`, which is
  // all of them without one. A stack that a handle stands for always does: no
  // filter can mean it.
  static bool Passes(const RecordFilter* filter, const DumpRecord& record,
                     FieldReader& fields) {
    return filter == nullptr || record.kind == RecordKind::kStackOfHandle ||
           filter->Matches(record, fields);
  }

 private:
  explicit RecordFilter(std::vector<FilterStep> steps)
      : steps_(std::move(steps)) {}

  std::vector<FilterStep> steps_;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_RECORD_FILTER_H_
