#ifndef PAGELAB_WORKLOADS_CONDITION_CONDITION_TOKENS_H_
#define PAGELAB_WORKLOADS_CONDITION_CONDITION_TOKENS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/types.h"
#include "pagelab/alloc/zone.h"

namespace pagelab {

enum class Comparison : uint8_t {
  kLess,
  kAtMost,
  kEqual,
  kNot,
  kAtLeast,
  kMore
};

// "OP N".
struct Bound {
  Comparison comparison = Comparison::kEqual;
  double number = 0;
  bool Holds(double value) const;
};

// The words, numbers and signs of a condition, one after another: what all
// languages of conditions have in common, so that they spell the same thing
// the same way. Errors are InvalidArgument "column N: what".
class ConditionTokens {
 public:
  explicit ConditionTokens(std::string_view text) : text_(text) { Advance(); }

  // "(", ")", "=", ">=", ..., a word or a number; empty at the end. A word may
  // have the signs that names of tasks and trace events have: _ . : / -
  std::string_view token() const { return token_; }
  // Of the token, counted from 1.
  size_t column() const { return column_; }
  bool IsWord() const;
  void Advance();
  bool Take(std::string_view token);
  // "column N: expected `what`, got "x"".
  absl::Status Expected(std::string_view what) const;

  // Decimal, with a fraction perhaps, or hexadecimal after 0x.
  absl::StatusOr<double> ParseNumber();
  // One of <, <=, = or ==, !=, >=, > and a number.
  absl::StatusOr<Bound> ParseBound();
  // A number from 0 to kMaxPageOrder.
  absl::StatusOr<Order> ParseOrder();
  // "has" and a flag in the kernel's spelling.
  absl::StatusOr<Gfp> ParseGfpFlag();
  // The name of a zone.
  absl::StatusOr<ZoneType> ParseZoneName();
  // Of a tracepoint or counter, without the subsystem that may stand before it.
  absl::StatusOr<std::string> ParseEventName();

 private:
  std::string_view text_;
  size_t next_ = 0;
  std::string_view token_;
  size_t column_ = 1;
};

// "column N: what".
absl::Status ConditionError(size_t column, std::string_view what);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_CONDITION_CONDITION_TOKENS_H_
