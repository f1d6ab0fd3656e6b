#include "pagelab/workloads/shrink/condition_parser.h"

#include <utility>

#include "pagelab/base/status.h"

namespace pagelab {
namespace {

// More cases than anybody writes by hand.
constexpr size_t kMostCases = 256;

constexpr std::string_view kAtoms =
    "failure, steal, fallback, oom, event NAME, free_pages OP N or "
    "unusable_index(ORDER) OP X";

}  // namespace

absl::StatusOr<std::vector<Condition::Case>> ConditionParser::Parse() {
  PAGELAB_ASSIGN_OR_RETURN(Cases cases, ParseOr());
  if (!tokens_.token().empty())
    return tokens_.Expected("\"and\", \"or\" or the end");
  return cases;
}

absl::StatusOr<ConditionParser::Cases> ConditionParser::ParseOr() {
  PAGELAB_ASSIGN_OR_RETURN(Cases cases, ParseAnd());
  while (tokens_.Take("or")) {
    PAGELAB_ASSIGN_OR_RETURN(const Cases more, ParseAnd());
    cases.insert(cases.end(), more.begin(), more.end());
  }
  return cases;
}

absl::StatusOr<ConditionParser::Cases> ConditionParser::ParseAnd() {
  PAGELAB_ASSIGN_OR_RETURN(Cases cases, ParsePart());
  while (tokens_.Take("and")) {
    const size_t column = tokens_.column();
    PAGELAB_ASSIGN_OR_RETURN(const Cases factors, ParsePart());
    if (cases.size() * factors.size() > kMostCases) {
      return ConditionError(column,
                            "too many combinations of \"or\" under \"and\"");
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
  if (tokens_.Take("(")) {
    constexpr int kDeepest = 64;
    if (++depth_ > kDeepest) return tokens_.Expected("less nesting");
    PAGELAB_ASSIGN_OR_RETURN(Cases cases, ParseOr());
    if (!tokens_.Take(")")) return tokens_.Expected("\")\"");
    --depth_;
    return cases;
  }
  PAGELAB_ASSIGN_OR_RETURN(ConditionAtom atom, ParseAtom());
  return Cases{{std::move(atom)}};
}

absl::StatusOr<ConditionAtom> ConditionParser::ParseAtom() {
  using Kind = ConditionAtom::Kind;
  ConditionAtom atom;
  if (tokens_.Take("failure")) {
    atom.kind = Kind::kFailure;
    PAGELAB_RETURN_IF_ERROR(ParseFilters(atom));
  } else if (tokens_.Take("steal")) {
    atom.kind = Kind::kSteal;
    PAGELAB_RETURN_IF_ERROR(ParseFilters(atom));
  } else if (tokens_.Take("fallback")) {
    atom.kind = Kind::kFallback;
    PAGELAB_RETURN_IF_ERROR(ParseFilters(atom));
  } else if (tokens_.Take("oom")) {
    atom.kind = Kind::kOom;
  } else if (tokens_.Take("event")) {
    atom.kind = Kind::kEvent;
    PAGELAB_ASSIGN_OR_RETURN(atom.name, tokens_.ParseEventName());
  } else if (tokens_.Take("free_pages")) {
    atom.kind = Kind::kFreePages;
    PAGELAB_ASSIGN_OR_RETURN(atom.bound, tokens_.ParseBound());
    PAGELAB_RETURN_IF_ERROR(ParseFilters(atom));
  } else if (tokens_.Take("unusable_index")) {
    atom.kind = Kind::kUnusableIndex;
    if (!tokens_.Take("(")) return tokens_.Expected("\"(\" and an order");
    PAGELAB_ASSIGN_OR_RETURN(atom.order, tokens_.ParseOrder());
    if (!tokens_.Take(")")) return tokens_.Expected("\")\"");
    PAGELAB_ASSIGN_OR_RETURN(atom.bound, tokens_.ParseBound());
    PAGELAB_RETURN_IF_ERROR(ParseFilters(atom));
  } else {
    return tokens_.Expected(kAtoms);
  }
  return atom;
}

absl::Status ConditionParser::ParseFilters(ConditionAtom& atom) {
  using Kind = ConditionAtom::Kind;
  for (;;) {
    const size_t column = tokens_.column();
    if (tokens_.token() == "order") {
      if (!atom.is_event())
        return ConditionError(column, "a state has no order");
      tokens_.Advance();
      PAGELAB_ASSIGN_OR_RETURN(const Bound bound, tokens_.ParseBound());
      atom.orders.push_back(bound);
    } else if (tokens_.token() == "gfp") {
      if (atom.kind != Kind::kFailure) {
        return ConditionError(column, "only \"failure\" knows the gfp mask");
      }
      tokens_.Advance();
      PAGELAB_ASSIGN_OR_RETURN(const Gfp flag, tokens_.ParseGfpFlag());
      atom.gfp = atom.gfp.With(flag);
    } else if (tokens_.token() == "zone") {
      tokens_.Advance();
      PAGELAB_RETURN_IF_ERROR(ParseZone(atom));
    } else {
      return absl::OkStatus();
    }
  }
}

absl::Status ConditionParser::ParseZone(ConditionAtom& atom) {
  if (!tokens_.Take("=") && !tokens_.Take("==")) {
    return tokens_.Expected("\"=\" and a zone");
  }
  PAGELAB_ASSIGN_OR_RETURN(atom.zone, tokens_.ParseZoneName());
  return absl::OkStatus();
}

}  // namespace pagelab
