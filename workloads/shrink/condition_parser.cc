#include "pagelab/workloads/shrink/condition_parser.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

// More cases than anybody writes by hand.
constexpr size_t kMostCases = 256;

constexpr std::string_view kAtoms =
    "failure, steal, fallback, oom, event NAME, free_pages OP N or "
    "unusable_index(ORDER) OP X";

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         c == '.' || c == ':' || c == '/';
}

bool IsWord(std::string_view token) {
  return !token.empty() && IsWordCharacter(token.front());
}

absl::Status AtColumn(size_t column, std::string_view what) {
  return InvalidInput("column " + std::to_string(column) + ": " +
                      std::string(what));
}

}  // namespace

void ConditionParser::Advance() {
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

bool ConditionParser::Take(std::string_view token) {
  if (token_ != token) return false;
  Advance();
  return true;
}

absl::Status ConditionParser::Expected(std::string_view what) const {
  return AtColumn(column_,
                  "expected " + std::string(what) + ", got " +
                      (token_.empty() ? std::string("the end")
                                      : "\"" + std::string(token_) + "\""));
}

absl::StatusOr<std::vector<Condition::Case>> ConditionParser::Parse() {
  PAGELAB_ASSIGN_OR_RETURN(Cases cases, ParseOr());
  if (!token_.empty()) return Expected("\"and\", \"or\" or the end");
  return cases;
}

absl::StatusOr<ConditionParser::Cases> ConditionParser::ParseOr() {
  PAGELAB_ASSIGN_OR_RETURN(Cases cases, ParseAnd());
  while (Take("or")) {
    PAGELAB_ASSIGN_OR_RETURN(const Cases more, ParseAnd());
    cases.insert(cases.end(), more.begin(), more.end());
  }
  return cases;
}

absl::StatusOr<ConditionParser::Cases> ConditionParser::ParseAnd() {
  PAGELAB_ASSIGN_OR_RETURN(Cases cases, ParsePart());
  while (Take("and")) {
    const size_t column = column_;
    PAGELAB_ASSIGN_OR_RETURN(const Cases factors, ParsePart());
    if (cases.size() * factors.size() > kMostCases) {
      return AtColumn(column, "too many combinations of \"or\" under \"and\"");
    }
    Cases product;
    for (const Condition::Case& left : cases) {
      for (const Condition::Case& right : factors) {
        product.push_back(left);
        product.back().insert(product.back().end(), right.begin(), right.end());
      }
    }
    cases = std::move(product);
  }
  return cases;
}

absl::StatusOr<ConditionParser::Cases> ConditionParser::ParsePart() {
  if (Take("(")) {
    constexpr int kDeepest = 64;
    if (++depth_ > kDeepest) return Expected("less nesting");
    PAGELAB_ASSIGN_OR_RETURN(Cases cases, ParseOr());
    if (!Take(")")) return Expected("\")\"");
    --depth_;
    return cases;
  }
  PAGELAB_ASSIGN_OR_RETURN(ConditionAtom atom, ParseAtom());
  return Cases{{std::move(atom)}};
}

absl::StatusOr<ConditionAtom> ConditionParser::ParseAtom() {
  using Kind = ConditionAtom::Kind;
  ConditionAtom atom;
  if (Take("failure")) {
    atom.kind = Kind::kFailure;
    PAGELAB_RETURN_IF_ERROR(ParseFilters(atom));
  } else if (Take("steal")) {
    atom.kind = Kind::kSteal;
    PAGELAB_RETURN_IF_ERROR(ParseFilters(atom));
  } else if (Take("fallback")) {
    atom.kind = Kind::kFallback;
    PAGELAB_RETURN_IF_ERROR(ParseFilters(atom));
  } else if (Take("oom")) {
    atom.kind = Kind::kOom;
  } else if (Take("event")) {
    atom.kind = Kind::kEvent;
    PAGELAB_RETURN_IF_ERROR(ParseEventName(atom));
  } else if (Take("free_pages")) {
    atom.kind = Kind::kFreePages;
    PAGELAB_ASSIGN_OR_RETURN(atom.bound, ParseBound());
    PAGELAB_RETURN_IF_ERROR(ParseFilters(atom));
  } else if (Take("unusable_index")) {
    atom.kind = Kind::kUnusableIndex;
    if (!Take("(")) return Expected("\"(\" and an order");
    PAGELAB_RETURN_IF_ERROR(ParseOrder(atom));
    if (!Take(")")) return Expected("\")\"");
    PAGELAB_ASSIGN_OR_RETURN(atom.bound, ParseBound());
    PAGELAB_RETURN_IF_ERROR(ParseFilters(atom));
  } else {
    return Expected(kAtoms);
  }
  return atom;
}

absl::Status ConditionParser::ParseFilters(ConditionAtom& atom) {
  using Kind = ConditionAtom::Kind;
  for (;;) {
    const size_t column = column_;
    if (token_ == "order") {
      if (!atom.is_event()) return AtColumn(column, "a state has no order");
      Advance();
      PAGELAB_ASSIGN_OR_RETURN(const Bound bound, ParseBound());
      atom.orders.push_back(bound);
    } else if (token_ == "gfp") {
      if (atom.kind != Kind::kFailure) {
        return AtColumn(column, "only \"failure\" knows the gfp mask");
      }
      Advance();
      PAGELAB_RETURN_IF_ERROR(ParseGfp(atom));
    } else if (token_ == "zone") {
      Advance();
      PAGELAB_RETURN_IF_ERROR(ParseZone(atom));
    } else {
      return absl::OkStatus();
    }
  }
}

absl::Status ConditionParser::ParseGfp(ConditionAtom& atom) {
  if (!Take("has")) return Expected("\"has\" and a flag, as __GFP_COMP");
  const absl::StatusOr<Gfp> gfp = pagelab::ParseGfp(token_);
  if (!IsWord(token_) || !gfp.ok()) {
    return Expected("a flag as the kernel spells it, as __GFP_COMP");
  }
  atom.gfp = atom.gfp.With(*gfp);
  Advance();
  return absl::OkStatus();
}

absl::Status ConditionParser::ParseZone(ConditionAtom& atom) {
  if (!Take("=") && !Take("==")) return Expected("\"=\" and a zone");
  for (int i = 0; i < kMaxNrZones; ++i) {
    const auto type = static_cast<ZoneType>(i);
    if (!Take(ToString(type))) continue;
    atom.zone = type;
    return absl::OkStatus();
  }
  return Expected("a zone: DMA, DMA32, Normal or Movable");
}

absl::Status ConditionParser::ParseEventName(ConditionAtom& atom) {
  if (!IsWord(token_)) {
    return Expected("the name of a tracepoint or of a counter of /proc/vmstat");
  }
  atom.name = std::string(token_);
  // "kmem:mm_page_alloc" as the tracer has it.
  atom.name = atom.name.substr(atom.name.find_last_of(":/") + 1);
  Advance();
  return absl::OkStatus();
}

absl::Status ConditionParser::ParseOrder(ConditionAtom& atom) {
  const size_t column = column_;
  PAGELAB_ASSIGN_OR_RETURN(const double order, ParseNumber());
  if (!(order >= 0 && order <= kMaxPageOrder) ||
      order != static_cast<int>(order)) {
    return AtColumn(column,
                    "an order is 0 to " + std::to_string(kMaxPageOrder));
  }
  atom.order = Order(static_cast<int>(order));
  return absl::OkStatus();
}

absl::StatusOr<Bound> ConditionParser::ParseBound() {
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

absl::StatusOr<double> ConditionParser::ParseNumber() {
  double number = 0;
  const bool digit =
      !token_.empty() &&
      absl::ascii_isdigit(static_cast<unsigned char>(token_.front()));
  if (!digit || !absl::SimpleAtod(ToAbsl(token_), &number)) {
    return Expected("a number");
  }
  Advance();
  return number;
}

}  // namespace pagelab
