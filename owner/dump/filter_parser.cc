#include "pagelab/owner/dump/filter_parser.h"

#include <charconv>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// Each costs a few hundred bytes of stack.
constexpr int kMaxDepth = 200;

constexpr std::pair<std::string_view, FilterOperator> kOperators[] = {
    {"==", FilterOperator::kEqual},          {"=", FilterOperator::kEqual},
    {"!=", FilterOperator::kNotEqual},       {"<", FilterOperator::kLess},
    {"<=", FilterOperator::kLessOrEqual},    {">", FilterOperator::kGreater},
    {">=", FilterOperator::kGreaterOrEqual}, {"~", FilterOperator::kContains},
    {"!~", FilterOperator::kContainsNot},
};

bool ComparesText(FilterOperator op) {
  return op == FilterOperator::kContains || op == FilterOperator::kContainsNot;
}

bool ComparesEquality(FilterOperator op) {
  return op == FilterOperator::kEqual || op == FilterOperator::kNotEqual;
}

std::string InQuotes(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

std::vector<std::string_view> FieldNames() {
  std::vector<std::string_view> names;
  for (const DumpFieldInfo& field : DumpFields()) {
    names.push_back(field.name);
    if (!field.alias.empty()) names.push_back(field.alias);
  }
  return names;
}

// Decimal with an optional minus sign, or hexadecimal after 0x.
bool ToNumber(std::string_view text, int64_t& number) {
  const bool is_hex = text.starts_with("0x") || text.starts_with("0X");
  if (is_hex) text.remove_prefix(2);
  if (is_hex && text.starts_with('-')) return false;
  const char* const end = text.data() + text.size();
  const auto [stop, error] =
      std::from_chars(text.data(), end, number, is_hex ? 16 : 10);
  return error == std::errc() && stop == end;
}

}  // namespace

absl::Status FilterParser::ErrorHere(std::string_view what) const {
  return lexer_.Error(token_.position, what);
}

bool FilterParser::At(FilterTokenKind kind, std::string_view word) const {
  return token_.kind == kind ||
         (token_.kind == FilterTokenKind::kWord && token_.text == word);
}

void FilterParser::Aim(const Jumps& jumps, uint32_t step) {
  for (const uint32_t jump : jumps) {
    FilterStep& from = steps_[jump / 2];
    (jump % 2 == 1 ? from.if_true : from.if_false) = step;
  }
}

absl::StatusOr<std::vector<FilterStep>> FilterParser::Parse() {
  PAGELAB_RETURN_IF_ERROR(Advance());
  PAGELAB_ASSIGN_OR_RETURN(const Jumping jumps, ParseEither(0));
  if (token_.kind == FilterTokenKind::kClose) {
    return ErrorHere("this \")\" closes nothing");
  }
  if (token_.kind != FilterTokenKind::kEnd) {
    return ErrorHere("expected && or || in front of " + InQuotes(token_.text));
  }
  Aim(jumps.if_true, FilterStep::kMatch);
  Aim(jumps.if_false, FilterStep::kNoMatch);
  return std::move(steps_);
}

absl::StatusOr<FilterParser::Jumping> FilterParser::ParseEither(int depth) {
  PAGELAB_ASSIGN_OR_RETURN(Jumping left, ParseBoth(depth));
  while (At(FilterTokenKind::kOr, "or")) {
    PAGELAB_RETURN_IF_ERROR(Advance());
    Aim(left.if_false, static_cast<uint32_t>(steps_.size()));
    PAGELAB_ASSIGN_OR_RETURN(Jumping right, ParseBoth(depth));
    left.if_false = std::move(right.if_false);
    left.if_true.insert(left.if_true.end(), right.if_true.begin(),
                        right.if_true.end());
  }
  return left;
}

absl::StatusOr<FilterParser::Jumping> FilterParser::ParseBoth(int depth) {
  PAGELAB_ASSIGN_OR_RETURN(Jumping left, ParseOperand(depth));
  while (At(FilterTokenKind::kAnd, "and")) {
    PAGELAB_RETURN_IF_ERROR(Advance());
    Aim(left.if_true, static_cast<uint32_t>(steps_.size()));
    PAGELAB_ASSIGN_OR_RETURN(Jumping right, ParseOperand(depth));
    left.if_true = std::move(right.if_true);
    left.if_false.insert(left.if_false.end(), right.if_false.begin(),
                         right.if_false.end());
  }
  return left;
}

absl::StatusOr<FilterParser::Jumping> FilterParser::ParseOperand(int depth) {
  bool negated = false;
  while (At(FilterTokenKind::kNot, "not")) {
    negated = !negated;
    PAGELAB_RETURN_IF_ERROR(Advance());
  }
  PAGELAB_ASSIGN_OR_RETURN(Jumping jumps, token_.kind == FilterTokenKind::kOpen
                                              ? ParseParentheses(depth + 1)
                                              : ParseComparison());
  if (negated) std::swap(jumps.if_true, jumps.if_false);
  return jumps;
}

absl::StatusOr<FilterParser::Jumping> FilterParser::ParseParentheses(
    int depth) {
  if (depth > kMaxDepth) {
    return ErrorHere("more than " + std::to_string(kMaxDepth) +
                     " parentheses inside each other");
  }
  const size_t open = token_.position;
  PAGELAB_RETURN_IF_ERROR(Advance());
  PAGELAB_ASSIGN_OR_RETURN(Jumping jumps, ParseEither(depth));
  if (token_.kind == FilterTokenKind::kEnd) {
    return lexer_.Error(open, "this \"(\" is not closed");
  }
  if (token_.kind != FilterTokenKind::kClose) {
    return ErrorHere("expected &&, || or \")\" in front of " +
                     InQuotes(token_.text));
  }
  PAGELAB_RETURN_IF_ERROR(Advance());
  return jumps;
}

absl::StatusOr<FilterParser::Jumping> FilterParser::ParseComparison() {
  FilterStep step;
  PAGELAB_RETURN_IF_ERROR(ParseField(step));
  const std::string op = token_.text;
  PAGELAB_RETURN_IF_ERROR(ParseOperator(step));
  PAGELAB_RETURN_IF_ERROR(ParseValue(op, step));
  const auto number = static_cast<uint32_t>(steps_.size());
  steps_.push_back(std::move(step));
  return Jumping{.if_true = {number * 2 + 1}, .if_false = {number * 2}};
}

absl::Status FilterParser::ParseField(FilterStep& step) {
  constexpr std::string_view kExpected =
      "expected a comparison, as in \"order>=4\"";
  if (token_.kind == FilterTokenKind::kEnd) return ErrorHere(kExpected);
  if (token_.kind != FilterTokenKind::kWord) {
    return ErrorHere(std::string(kExpected) + ", not " + InQuotes(token_.text));
  }
  const DumpFieldInfo* field = FindDumpField(token_.text);
  if (field == nullptr) {
    return ErrorHere("unknown field " + InQuotes(token_.text) +
                     DidYouMean(token_.text, FieldNames()));
  }
  step.field = field->field;
  step.is_number = field->is_number;
  const std::string name = token_.text;
  PAGELAB_RETURN_IF_ERROR(Advance());
  if (token_.kind == FilterTokenKind::kComparison) return absl::OkStatus();
  return ErrorHere(
      "expected ==, !=, " +
      std::string(field->is_number ? "<, <=, > or >=" : "~ or !~") +
      " behind " + InQuotes(name));
}

absl::Status FilterParser::ParseOperator(FilterStep& step) {
  for (const auto& [text, op] : kOperators) {
    if (text == token_.text) step.op = op;
  }
  const std::string name = InQuotes(InfoOf(step.field).name);
  if (step.is_number && ComparesText(step.op)) {
    return ErrorHere(name + " is a number: ==, !=, <, <=, > or >=, not " +
                     InQuotes(token_.text));
  }
  if (!step.is_number && !ComparesText(step.op) && !ComparesEquality(step.op)) {
    return ErrorHere(name + " is a text: ==, !=, ~ or !~, not " +
                     InQuotes(token_.text));
  }
  return Advance();
}

absl::Status FilterParser::ParseValue(std::string_view op, FilterStep& step) {
  const bool quoted = token_.kind == FilterTokenKind::kQuoted;
  if (!quoted && token_.kind != FilterTokenKind::kWord) {
    return ErrorHere("expected a value behind " + InQuotes(op) +
                     "; a text with blanks, parentheses or operators in it "
                     "needs quotation marks");
  }
  step.text = token_.text;
  step.unknown = token_.text == "-" && ComparesEquality(step.op);
  if (step.is_number && !step.unknown) {
    PAGELAB_RETURN_IF_ERROR(ParseNumber(step));
  }
  return Advance();
}

absl::Status FilterParser::ParseNumber(FilterStep& step) const {
  const DumpFieldInfo& field = InfoOf(step.field);
  if (field.is_time) {
    const absl::StatusOr<uint64_t> time = ParseDuration(step.text);
    if (!time.ok()) return ErrorHere(FromAbsl(time.status().message()));
    if (*time > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return ErrorHere(InQuotes(step.text) + " is too large");
    }
    step.number = static_cast<int64_t>(*time);
    return absl::OkStatus();
  }
  if (ToNumber(step.text, step.number)) return absl::OkStatus();
  return ErrorHere(InQuotes(step.text) + " is not a number, and " +
                   InQuotes(field.name) +
                   " is one; write it in decimal, or in hexadecimal after 0x");
}

}  // namespace pagelab
