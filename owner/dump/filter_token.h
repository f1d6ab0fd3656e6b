#ifndef PAGELAB_OWNER_DUMP_FILTER_TOKEN_H_
#define PAGELAB_OWNER_DUMP_FILTER_TOKEN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace pagelab {

enum class FilterTokenKind : uint8_t {
  kEnd,
  kWord,
  kQuoted,
  // ==, =, !=, <, <=, >, >=, ~, !~.
  kComparison,
  kAnd,
  kOr,
  kNot,
  kOpen,
  kClose,
};

struct FilterToken {
  FilterTokenKind kind = FilterTokenKind::kEnd;
  // As it was written; of a quoted text what is meant.
  std::string text;
  // Bytes in front of it.
  size_t position = 0;
};

// Takes an expression apart. "and", "or" and "not" are words here.
class FilterLexer {
 public:
  explicit FilterLexer(std::string_view expression) : text_(expression) {}

  absl::Status Next(FilterToken& token);
  // An error in the expression, `position` bytes behind its beginning.
  absl::Status Error(size_t position, std::string_view what) const;

 private:
  bool TakeSymbol(FilterToken& token);
  absl::Status TakeQuoted(FilterToken& token);
  void TakeWord(FilterToken& token);

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_FILTER_TOKEN_H_
