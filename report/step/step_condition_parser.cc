#include "pagelab/report/step/step_condition_parser.h"

#include <array>
#include <string>
#include <utility>

#include "pagelab/base/status.h"
#include "pagelab/base/text.h"

namespace pagelab {
namespace {

using Kind = StepAtom::Kind;
using StepKind = StepCondition::Step::Kind;

constexpr std::pair<std::string_view, Kind> kWords[] = {
    {"alloc", Kind::kAlloc},     {"free", Kind::kFree},
    {"failure", Kind::kFailure}, {"fallback", Kind::kFallback},
    {"steal", Kind::kSteal},     {"refill", Kind::kRefill},
    {"drain", Kind::kDrain},     {"split", Kind::kSplit},
    {"merge", Kind::kMerge},     {"migrate", Kind::kMigrate},
    {"oom", Kind::kOom},
};
constexpr std::pair<std::string_view, Kind> kNumbers[] = {
    {"pfn", Kind::kPfn}, {"order", Kind::kOrder}, {"pid", Kind::kPid},
    {"cpu", Kind::kCpu}, {"node", Kind::kNode},
};
// What else a condition may begin with, for "did you mean".
constexpr std::string_view kOthers[] = {
    "comm",  "zone",       "type",           "migratetype", "gfp",
    "event", "free_pages", "unusable_index", "not"};

constexpr std::string_view kAtoms =
    "alloc, free, failure, fallback, steal, split, merge, refill, drain, "
    "migrate, oom, event==N, event NAME, pfn==N, order OP N, pid==N, "
    "comm==NAME, "
    "cpu==N, node==N, zone==NAME, type==NAME, gfp has FLAG, free_pages OP N, "
    "unusable_index(ORDER) OP X";

constexpr std::array<std::string_view, 6> kTracepoints = {
    "mm_page_alloc",        "mm_page_free",
    "mm_page_free_batched", "mm_page_alloc_zone_locked",
    "mm_page_pcpu_drain",   "mm_page_alloc_extfrag"};

std::string Suggestion(std::string_view word) {
  std::vector<std::string_view> known(std::begin(kOthers), std::end(kOthers));
  for (const auto& [name, kind] : kWords) known.push_back(name);
  for (const auto& [name, kind] : kNumbers) known.push_back(name);
  return DidYouMean(word, known);
}

}  // namespace

absl::StatusOr<std::vector<StepCondition::Step>> StepConditionParser::Parse() {
  PAGELAB_RETURN_IF_ERROR(ParseOr());
  if (!tokens_.token().empty()) {
    return tokens_.Expected("\"and\", \"or\" or the end");
  }
  return std::move(steps_);
}

absl::Status StepConditionParser::ParseOr() {
  PAGELAB_RETURN_IF_ERROR(ParseAnd());
  while (tokens_.Take("or")) {
    PAGELAB_RETURN_IF_ERROR(ParseAnd());
    Emit(StepKind::kOr);
  }
  return absl::OkStatus();
}

absl::Status StepConditionParser::ParseAnd() {
  PAGELAB_RETURN_IF_ERROR(ParsePart());
  while (tokens_.Take("and")) {
    PAGELAB_RETURN_IF_ERROR(ParsePart());
    Emit(StepKind::kAnd);
  }
  return absl::OkStatus();
}

absl::Status StepConditionParser::ParsePart() {
  constexpr int kDeepest = 64;
  if (tokens_.token() == "not" || tokens_.token() == "(") {
    if (depth_ >= kDeepest) return tokens_.Expected("less nesting");
  }
  if (tokens_.Take("not")) {
    ++depth_;
    PAGELAB_RETURN_IF_ERROR(ParsePart());
    --depth_;
    Emit(StepKind::kNot);
    return absl::OkStatus();
  }
  if (tokens_.Take("(")) {
    ++depth_;
    PAGELAB_RETURN_IF_ERROR(ParseOr());
    if (!tokens_.Take(")")) return tokens_.Expected("\")\"");
    --depth_;
    return absl::OkStatus();
  }
  return ParseAtom();
}

absl::Status StepConditionParser::ParseAtom() {
  StepAtom atom;
  for (const auto& [word, kind] : kWords) {
    if (!tokens_.Take(word)) continue;
    atom.kind = kind;
    return ParseFilters(atom);
  }
  PAGELAB_ASSIGN_OR_RETURN(const bool is_field, ParseField(atom));
  if (is_field) return ParseFilters(atom);
  PAGELAB_ASSIGN_OR_RETURN(const bool is_state, ParseState(atom));
  if (is_state) {
    steps_.push_back({.kind = StepKind::kAtom, .atom = std::move(atom)});
    return absl::OkStatus();
  }
  const absl::Status wrong = tokens_.Expected(kAtoms);
  return InvalidInput(std::string(FromAbsl(wrong.message())) +
                      Suggestion(tokens_.token()));
}

absl::StatusOr<bool> StepConditionParser::ParseField(StepAtom& atom) {
  for (const auto& [word, kind] : kNumbers) {
    if (!tokens_.Take(word)) continue;
    atom.kind = kind;
    PAGELAB_ASSIGN_OR_RETURN(atom.bound, tokens_.ParseBound());
    return true;
  }
  if (tokens_.Take("event")) {
    PAGELAB_RETURN_IF_ERROR(ParseEvent(atom));
  } else if (tokens_.Take("comm")) {
    atom.kind = Kind::kComm;
    PAGELAB_RETURN_IF_ERROR(ParseEquality(atom));
    if (!tokens_.IsWord()) return tokens_.Expected("the name of a task");
    atom.name = std::string(tokens_.token());
    tokens_.Advance();
  } else if (tokens_.Take("zone")) {
    atom.kind = Kind::kZone;
    PAGELAB_RETURN_IF_ERROR(ParseEquality(atom));
    PAGELAB_ASSIGN_OR_RETURN(atom.zone, tokens_.ParseZoneName());
  } else if (tokens_.Take("type") || tokens_.Take("migratetype")) {
    PAGELAB_RETURN_IF_ERROR(ParseType(atom));
  } else if (tokens_.Take("gfp")) {
    atom.kind = Kind::kGfp;
    PAGELAB_ASSIGN_OR_RETURN(atom.gfp, tokens_.ParseGfpFlag());
  } else {
    return false;
  }
  return true;
}

absl::StatusOr<bool> StepConditionParser::ParseState(StepAtom& atom) {
  if (tokens_.Take("free_pages")) {
    atom.kind = Kind::kFreePages;
  } else if (tokens_.Take("unusable_index")) {
    atom.kind = Kind::kUnusableIndex;
    if (!tokens_.Take("(")) return tokens_.Expected("\"(\" and an order");
    PAGELAB_ASSIGN_OR_RETURN(atom.order, tokens_.ParseOrder());
    if (!tokens_.Take(")")) return tokens_.Expected("\")\"");
  } else {
    return false;
  }
  PAGELAB_ASSIGN_OR_RETURN(atom.bound, tokens_.ParseBound());
  if (tokens_.Take("zone")) {
    if (!tokens_.Take("=") && !tokens_.Take("==")) {
      return tokens_.Expected("\"=\" and a zone");
    }
    atom.of_zone = true;
    PAGELAB_ASSIGN_OR_RETURN(atom.zone, tokens_.ParseZoneName());
  }
  return true;
}

absl::Status StepConditionParser::ParseEvent(StepAtom& atom) {
  if (!tokens_.IsWord()) {
    atom.kind = Kind::kNumber;
    PAGELAB_ASSIGN_OR_RETURN(atom.bound, tokens_.ParseBound());
    return absl::OkStatus();
  }
  const size_t column = tokens_.column();
  PAGELAB_ASSIGN_OR_RETURN(atom.name, tokens_.ParseEventName());
  std::vector<std::string_view> known;
  for (const std::string_view name : kTracepoints) {
    atom.kind = Kind::kName;
    if (atom.name == name) return absl::OkStatus();
    known.push_back(name);
  }
  for (int i = 0; i < kNrVmEvents; ++i) {
    const std::string_view name = ToString(static_cast<VmEvent>(i));
    atom.kind = Kind::kCounter;
    atom.counter = static_cast<VmEvent>(i);
    if (atom.name == name) return absl::OkStatus();
    known.push_back(name);
  }
  return ConditionError(
      column,
      "no tracepoint of the allocator and no event counter of "
      "/proc/vmstat is called \"" +
          atom.name + "\"" + DidYouMean(atom.name, known));
}

absl::Status StepConditionParser::ParseFilters(StepAtom& atom) {
  steps_.push_back({.kind = StepKind::kAtom, .atom = std::move(atom)});
  while (tokens_.token() == "order" || tokens_.token() == "gfp" ||
         tokens_.token() == "zone") {
    StepAtom filter;
    PAGELAB_RETURN_IF_ERROR(ParseField(filter).status());
    steps_.push_back({.kind = StepKind::kAtom, .atom = std::move(filter)});
    Emit(StepKind::kAnd);
  }
  return absl::OkStatus();
}

absl::Status StepConditionParser::ParseEquality(StepAtom& atom) {
  if (tokens_.Take("=") || tokens_.Take("==")) return absl::OkStatus();
  atom.is_not = tokens_.Take("!=");
  return atom.is_not ? absl::OkStatus()
                     : tokens_.Expected("==, = or != and a name");
}

absl::Status StepConditionParser::ParseType(StepAtom& atom) {
  atom.kind = Kind::kType;
  PAGELAB_RETURN_IF_ERROR(ParseEquality(atom));
  for (int i = 0; i < kMigrateTypes; ++i) {
    atom.type = static_cast<Migratetype>(i);
    if (tokens_.Take(ToString(atom.type))) return absl::OkStatus();
  }
  return tokens_.Expected(
      "a migratetype: Unmovable, Movable, Reclaimable, HighAtomic, CMA or "
      "Isolate");
}

}  // namespace pagelab
