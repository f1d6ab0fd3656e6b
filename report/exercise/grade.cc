#include "pagelab/report/exercise/grade.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "pagelab/base/text.h"
#include "pagelab/workloads/language/json_value.h"

namespace pagelab {
namespace {

using ListKey = std::pair<int, int>;
using Lists = std::map<ListKey, std::vector<Pfn>>;

Lists ByKey(const std::vector<ExerciseList>& lists) {
  Lists by_key;
  for (const ExerciseList& list : lists) {
    if (list.blocks.empty()) continue;
    auto& blocks = by_key[{list.order.value(), Index(list.type)}];
    blocks.insert(blocks.end(), list.blocks.begin(), list.blocks.end());
  }
  return by_key;
}

std::vector<Pfn> At(const Lists& lists, ListKey key) {
  const auto found = lists.find(key);
  return found == lists.end() ? std::vector<Pfn>() : found->second;
}

enum class ListKind : uint8_t { kFree, kPcp };

const std::vector<ExerciseList>& ListsOf(const ListedState& state,
                                         ListKind kind) {
  return kind == ListKind::kFree ? state.free : state.pcp;
}

// Compares lists with those after an operation, and finds out when the first
// wrong one came to be.
class ListGrader {
 public:
  ListGrader(const Exercise& exercise, const ExerciseRun& run, ListKind kind)
      : exercise_(exercise), run_(run), kind_(kind) {}

  // `index` is that of run.states.
  std::optional<WrongStep> Compare(const std::vector<ExerciseList>& lists,
                                   size_t index, Grade& grade) const {
    const Lists have = ByKey(lists);
    const Lists right = ByKey(ListsOf(run_.states[index], kind_));
    std::set<ListKey> keys;
    for (const Lists& all : {have, right}) {
      for (const auto& [key, blocks] : all) keys.insert(key);
    }
    std::optional<WrongStep> first;
    for (const ListKey& key : keys) {
      ++grade.nr_lists;
      if (Same(At(have, key), At(right, key))) continue;
      WrongStep wrong = Describe(key, At(have, key), index);
      if (!first.has_value() || wrong.operation < first->operation) {
        first = std::move(wrong);
      }
    }
    return first;
  }

 private:
  bool Same(std::vector<Pfn> a, std::vector<Pfn> b) const {
    if (!exercise_.list_order) {
      std::sort(a.begin(), a.end());
      std::sort(b.begin(), b.end());
    }
    return a == b;
  }

  // The first operation that made the list what it is at `index`.
  std::optional<size_t> LastChange(ListKey key, size_t index) const {
    const auto list = [&](size_t at) {
      return At(ByKey(ListsOf(run_.states[at], kind_)), key);
    };
    for (size_t i = index; i > 0; --i) {
      if (list(i) != list(i - 1)) return i - 1;
    }
    return std::nullopt;
  }

  // The reasons of the steps of the operation that are about the blocks in
  // which the lists differ.
  std::string Why(size_t operation, const std::vector<Pfn>& have,
                  const std::vector<Pfn>& right) const {
    std::string why;
    for (const ExplainedStep& step : run_.steps) {
      if (step.operation != operation || !step.step.pfn.has_value()) continue;
      const bool changes = step.step.kind != StepKind::kAlloc &&
                           step.step.kind != StepKind::kFree;
      if (!changes || !IsAbout(step.step, have, right)) continue;
      if (!why.empty()) why += "; ";
      why += step.why;
    }
    return why;
  }

  static bool IsAbout(const ExerciseStep& step, const std::vector<Pfn>& have,
                      const std::vector<Pfn>& right) {
    const Pfn begin = *step.pfn;
    const Pfn end = begin + PageCount(step.order.value_or(Order(0)).pages());
    const auto differs = [&](const std::vector<Pfn>& list,
                             const std::vector<Pfn>& other) {
      return std::any_of(list.begin(), list.end(), [&](Pfn pfn) {
        return begin <= pfn && pfn < end &&
               std::find(other.begin(), other.end(), pfn) == other.end();
      });
    };
    return differs(have, right) || differs(right, have);
  }

  WrongStep Describe(ListKey key, const std::vector<Pfn>& have,
                     size_t index) const {
    const std::vector<Pfn> right =
        At(ByKey(ListsOf(run_.states[index], kind_)), key);
    const ExerciseList name{.order = Order(key.first),
                            .type = static_cast<Migratetype>(key.second)};
    const std::string list =
        std::string(kind_ == ListKind::kFree ? "free list " : "per-cpu list ") +
        NameOf(name) + ": ";
    WrongStep wrong{.operation = LastChange(key, index),
                    .have = list + BlocksText(have),
                    .right = list + BlocksText(right)};
    if (wrong.operation.has_value()) {
      wrong.why = Why(*wrong.operation, have, right);
      if (wrong.why.empty()) wrong.why = PlaceReason(have, right);
    } else {
      wrong.why = "no operation changes this list";
    }
    return wrong;
  }

  static std::string PlaceReason(std::vector<Pfn> have,
                                 std::vector<Pfn> right) {
    std::sort(have.begin(), have.end());
    std::sort(right.begin(), right.end());
    return have == right
               ? "the blocks are right, their places are not: a block goes to "
                 "the head of its list, or to the tail where its merged parent "
                 "would have a free buddy (__free_one_page(), "
                 "page-allocator.md 8.1)"
               : "";
  }

  const Exercise& exercise_;
  const ExerciseRun& run_;
  const ListKind kind_;
};

template <class T>
bool Agrees(const std::optional<T>& given, const std::optional<T>& right) {
  return !given.has_value() || given == right;
}

bool Agrees(const ExerciseStep& given, const ExerciseStep& right) {
  return given.kind == right.kind && Agrees(given.pfn, right.pfn) &&
         Agrees(given.order, right.order) && Agrees(given.type, right.type) &&
         Agrees(given.from, right.from) && Agrees(given.claimed, right.claimed);
}

std::optional<WrongStep> CompareEvents(const Exercise& exercise,
                                       const ExerciseRun& run,
                                       const std::vector<ExerciseStep>& events,
                                       Grade& grade) {
  std::vector<const ExplainedStep*> right;
  for (const ExplainedStep& step : run.steps) {
    if (IsAsked(exercise, step.step.kind)) right.push_back(&step);
  }
  for (size_t i = 0; i < std::max(events.size(), right.size()); ++i) {
    ++grade.nr_events;
    if (i < events.size() && i < right.size() &&
        Agrees(events[i], right[i]->step)) {
      continue;
    }
    WrongStep wrong{.where = "event " + std::to_string(i + 1)};
    wrong.have = i < events.size() ? Describe(events[i]) : "nothing more";
    if (i < right.size()) {
      wrong.operation = right[i]->operation;
      wrong.right = Describe(right[i]->step);
      wrong.why = right[i]->why;
    } else {
      wrong.right = "nothing more";
      wrong.why = "all that happens has been said";
    }
    return wrong;
  }
  return std::nullopt;
}

std::optional<WrongStep> CompareState(const Exercise& exercise,
                                      const ExerciseRun& run,
                                      const ListedState& state, size_t index,
                                      Grade& grade) {
  for (const ListKind kind : {ListKind::kFree, ListKind::kPcp}) {
    std::optional<WrongStep> wrong =
        ListGrader(exercise, run, kind)
            .Compare(ListsOf(state, kind), index, grade);
    if (wrong.has_value()) return wrong;
  }
  return std::nullopt;
}

std::optional<WrongStep> CompareStates(const Exercise& exercise,
                                       const ExerciseRun& run,
                                       const std::vector<ListedState>& states,
                                       Grade& grade) {
  const size_t nr_operations = exercise.operations.size();
  for (size_t i = 0; i < nr_operations; ++i) {
    const std::string where =
        "the lists after operation " + std::to_string(i + 1);
    if (i >= states.size()) {
      return WrongStep{.where = where,
                       .operation = i,
                       .have = "nothing more",
                       .right = Counted(nr_operations, "state"),
                       .why = "there is a state after each operation"};
    }
    auto wrong = CompareState(exercise, run, states[i], i + 1, grade);
    if (!wrong.has_value()) continue;
    wrong->where = where;
    return wrong;
  }
  if (states.size() == nr_operations) return std::nullopt;
  return WrongStep{.where = "the states",
                   .have = Counted(states.size(), "state"),
                   .right = Counted(nr_operations, "state"),
                   .why = "there is a state after each operation"};
}

std::optional<WrongStep> FirstWrong(const Exercise& exercise,
                                    const ExerciseRun& run,
                                    const ExerciseAnswer& answer,
                                    Grade& grade) {
  std::optional<WrongStep> wrong;
  if (answer.states.has_value()) {
    wrong = CompareStates(exercise, run, *answer.states, grade);
    if (wrong.has_value()) return wrong;
  }
  if (answer.events.has_value()) {
    wrong = CompareEvents(exercise, run, *answer.events, grade);
    if (wrong.has_value()) return wrong;
  }
  const size_t end = run.states.size() - 1;
  for (const auto& [lists, kind] : {std::pair{&answer.free, ListKind::kFree},
                                    std::pair{&answer.pcp, ListKind::kPcp}}) {
    if (!lists->has_value()) continue;
    wrong = ListGrader(exercise, run, kind).Compare(**lists, end, grade);
    if (!wrong.has_value()) continue;
    wrong->where = "the lists at the end";
    return wrong;
  }
  return std::nullopt;
}

std::string OperationText(const Exercise& exercise, const WrongStep& wrong) {
  if (!wrong.operation.has_value()) return "";
  return "operation " + std::to_string(*wrong.operation + 1) + ": " +
         Describe(exercise.operations[*wrong.operation]);
}

}  // namespace

Grade GradeAnswer(const Exercise& exercise, const ExerciseRun& run,
                  const ExerciseAnswer& answer) {
  Grade grade;
  grade.wrong = FirstWrong(exercise, run, answer, grade);
  return grade;
}

std::string GradeText(const Exercise& exercise, const Grade& grade) {
  if (grade.is_right()) {
    std::string what;
    if (grade.nr_lists > 0) what += Counted(grade.nr_lists, "list");
    if (grade.nr_events > 0) {
      if (!what.empty()) what += " and ";
      what += Counted(grade.nr_events, "event");
    }
    return what.empty() ? "right\n" : "right: " + what + "\n";
  }
  const WrongStep& wrong = *grade.wrong;
  const std::string operation = OperationText(exercise, wrong);
  std::string text = "wrong, first in " + wrong.where;
  if (!operation.empty()) text += " (" + operation + ")";
  text += "\n  you have  " + wrong.have + "\n  right is  " + wrong.right + "\n";
  if (!wrong.why.empty()) text += "  because   " + wrong.why + "\n";
  return text;
}

std::string GradeJson(const Exercise& exercise, const Grade& grade) {
  JsonValue json = JsonValue::Object();
  json.Set("right", JsonValue::Bool(grade.is_right()));
  json.Set("lists_compared", JsonValue::Number(grade.nr_lists));
  json.Set("events_compared", JsonValue::Number(grade.nr_events));
  if (!grade.is_right()) {
    const WrongStep& wrong = *grade.wrong;
    JsonValue first = JsonValue::Object();
    first.Set("where", JsonValue::String(wrong.where));
    if (wrong.operation.has_value()) {
      first.Set("operation", JsonValue::Number(*wrong.operation + 1));
      first.Set(
          "operation_text",
          JsonValue::String(Describe(exercise.operations[*wrong.operation])));
    }
    first.Set("have", JsonValue::String(wrong.have));
    first.Set("right", JsonValue::String(wrong.right));
    first.Set("why", JsonValue::String(wrong.why));
    json.Set("first_wrong", std::move(first));
  }
  return json.ToText() + "\n";
}

}  // namespace pagelab
