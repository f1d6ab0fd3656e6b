#include "pagelab/workloads/condition/condition_tokens.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         c == '.' || c == ':' || c == '/' || c == '-';
}

}  // namespace

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

absl::Status ConditionError(size_t column, std::string_view what) {
  return InvalidInput("column " + std::to_string(column) + ": " +
                      std::string(what));
}

bool ConditionTokens::IsWord() const {
  return !token_.empty() && IsWordCharacter(token_.front());
}

void ConditionTokens::Advance() {
  while (next_ < text_.size() &&
         absl::ascii_isspace(static_cast<unsigned char>(text_[next_]))) {
    ++next_;
  }
  column_ = next_ + 1;
  size_t end = next_;
  while (end < text_.size() && IsWordCharacter(text_[end])) ++end;
  if (end == next_ && end < text_.size()) {
    const char first = text_[end++];
    const bool two =
        (first == '>' || first == '<' || first == '=' || first == '!') &&
        end < text_.size() && text_[end] == '=';
    if (two) ++end;
  }
  token_ = text_.substr(next_, end - next_);
  next_ = end;
}

bool ConditionTokens::Take(std::string_view token) {
  if (token_ != token) return false;
  Advance();
  return true;
}

absl::Status ConditionTokens::Expected(std::string_view what) const {
  return ConditionError(
      column_, "expected " + std::string(what) + ", got " +
                   (token_.empty() ? std::string("the end")
                                   : "\"" + std::string(token_) + "\""));
}

absl::StatusOr<double> ConditionTokens::ParseNumber() {
  double number = 0;
  const bool digit =
      !token_.empty() &&
      absl::ascii_isdigit(static_cast<unsigned char>(token_.front()));
  if (token_.starts_with("0x")) {
    const absl::StatusOr<uint64_t> hexadecimal = ParseUint64(token_);
    if (!hexadecimal.ok()) return Expected("a number");
    number = static_cast<double>(*hexadecimal);
  } else if (!digit || !absl::SimpleAtod(ToAbsl(token_), &number)) {
    return Expected("a number");
  }
  Advance();
  return number;
}

absl::StatusOr<Bound> ConditionTokens::ParseBound() {
  constexpr std::pair<std::string_view, Comparison> kOperators[] = {
      {"<", Comparison::kLess},  {"<=", Comparison::kAtMost},
      {"=", Comparison::kEqual}, {"==", Comparison::kEqual},
      {"!=", Comparison::kNot},  {">=", Comparison::kAtLeast},
      {">", Comparison::kMore}};
  for (const auto& [spelling, comparison] : kOperators) {
    if (!Take(spelling)) continue;
    PAGELAB_ASSIGN_OR_RETURN(const double number, ParseNumber());
    return Bound{comparison, number};
  }
  return Expected("<, <=, =, !=, >= or > and a number");
}

absl::StatusOr<Order> ConditionTokens::ParseOrder() {
  const size_t column = column_;
  PAGELAB_ASSIGN_OR_RETURN(const double order, ParseNumber());
  if (!(order >= 0 && order <= kMaxPageOrder) ||
      order != static_cast<int>(order)) {
    return ConditionError(column,
                          "an order is 0 to " + std::to_string(kMaxPageOrder));
  }
  return Order(static_cast<int>(order));
}

absl::StatusOr<Gfp> ConditionTokens::ParseGfpFlag() {
  if (!Take("has")) return Expected("\"has\" and a flag, as __GFP_COMP");
  const absl::StatusOr<Gfp> gfp = ParseGfp(token_);
  if (!IsWord() || !gfp.ok()) {
    return Expected("a flag as the kernel spells it, as __GFP_COMP");
  }
  Advance();
  return gfp;
}

absl::StatusOr<ZoneType> ConditionTokens::ParseZoneName() {
  for (int i = 0; i < kMaxNrZones; ++i) {
    const auto type = static_cast<ZoneType>(i);
    if (Take(ToString(type))) return type;
  }
  return Expected("a zone: DMA, DMA32, Normal or Movable");
}

absl::StatusOr<std::string> ConditionTokens::ParseEventName() {
  if (!IsWord()) {
    return Expected("the name of a tracepoint or of a counter of /proc/vmstat");
  }
  std::string name(token_);
  // "kmem:mm_page_alloc" as the tracer has it.
  name = name.substr(name.find_last_of(":/") + 1);
  Advance();
  return name;
}

}  // namespace pagelab
