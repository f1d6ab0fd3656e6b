#ifndef PAGELAB_OWNER_DUMP_FILTER_PARSER_H_
#define PAGELAB_OWNER_DUMP_FILTER_PARSER_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "pagelab/owner/dump/filter_token.h"
#include "pagelab/owner/dump/record_filter.h"

namespace pagelab {

// Compiles an expression; internal to RecordFilter.
//
//   either     := both (("||" | "or") both)*
//   both       := operand (("&&" | "and") operand)*
//   operand    := ("!" | "not")* ("(" either ")" | comparison)
//   comparison := FIELD OPERATOR VALUE
class FilterParser {
 public:
  explicit FilterParser(std::string_view expression) : lexer_(expression) {}

  absl::StatusOr<std::vector<FilterStep>> Parse();

 private:
  // Jumps that nobody has aimed yet, each a step's number with the lowest bit
  // set for its if_true.
  using Jumps = std::vector<uint32_t>;
  struct Jumping {
    Jumps if_true;
    Jumps if_false;
  };

  absl::Status Advance() { return lexer_.Next(token_); }
  absl::StatusOr<Jumping> ParseEither(int depth);
  absl::StatusOr<Jumping> ParseBoth(int depth);
  absl::StatusOr<Jumping> ParseOperand(int depth);
  absl::StatusOr<Jumping> ParseParentheses(int depth);
  absl::StatusOr<Jumping> ParseComparison();
  absl::Status ParseField(FilterStep& step);
  absl::Status ParseOperator(FilterStep& step);
  absl::Status ParseValue(std::string_view op, FilterStep& step);
  absl::Status ParseNumber(FilterStep& step) const;
  // Is it this symbol, or the word that means the same?
  bool At(FilterTokenKind kind, std::string_view word) const;
  absl::Status ErrorHere(std::string_view what) const;
  void Aim(const Jumps& jumps, uint32_t step);

  FilterLexer lexer_;
  FilterToken token_;
  std::vector<FilterStep> steps_;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_FILTER_PARSER_H_
