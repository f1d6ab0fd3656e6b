#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "pagelab/base/check.h"
#include "pagelab/base/status.h"
#include "pagelab/base/text.h"
#include "pagelab/workloads/language/json_reader.h"
#include "pagelab/workloads/runner.h"
#include "pagelab/workloads/scenario_language.h"
#include "pagelab/workloads/shrink/ddmin.h"
#include "pagelab/workloads/shrink/json_tree.h"
#include "pagelab/workloads/shrink/shrink.h"
#include "pagelab/workloads/shrink/trial.h"

namespace pagelab {
namespace {

// Where a number stands for how much or how often. Others are left alone: an
// order, a seed or a cpu is not more or less of something.
constexpr std::array<std::string_view, 17> kCountKeys = {
    "bytes",  "count",  "duration", "exact_pages", "files",  "for",
    "length", "memory", "pages",    "processes",   "repeat", "rounds",
    "size",   "tasks",  "threads",  "times",       "writes"};

// "10ms", "64M": digits, and what they count.
struct Amount {
  uint64_t number = 0;
  std::string_view unit = {};
  bool quoted = false;
};

std::optional<Amount> AmountOf(const JsonValue& value) {
  if (!value.is_number() && !value.is_string()) return std::nullopt;
  const std::string_view text = value.text();
  const size_t digits =
      std::min(text.find_first_not_of("0123456789"), text.size());
  const absl::StatusOr<uint64_t> number = ParseUint64(text.substr(0, digits));
  const std::string_view unit = text.substr(digits);
  if (!number.ok() || unit.starts_with('.') ||
      (value.is_number() && !unit.empty())) {
    return std::nullopt;
  }
  return Amount{*number, unit, value.is_string()};
}

JsonValue ValueOf(const Amount& amount, uint64_t number) {
  if (!amount.quoted) return JsonValue::Number(number);
  return JsonValue::String(std::to_string(number) + std::string(amount.unit));
}

bool IsSteps(std::string_view name, const JsonValue& value) {
  return name == "steps" && value.is_array();
}

bool IsCount(std::string_view name, const JsonValue& value) {
  return std::find(kCountKeys.begin(), kCountKeys.end(), name) !=
             kCountKeys.end() &&
         AmountOf(value).has_value();
}

class ScenarioShrinker {
 public:
  ScenarioShrinker(const ScenarioInput& input, TrialMachine& trial,
                   JsonValue root)
      : input_(input), trial_(trial), root_(std::move(root)) {}

  absl::StatusOr<ShrinkResult> Shrink();

 private:
  // Runs a scenario until the condition shows, or much longer than the input
  // took.
  absl::Status Drive(std::string_view text, Machine& machine,
                     ConditionWatch& watch);
  absl::StatusOr<bool> ShowsAtFirst();
  // Keeps the candidate if it shows the condition.
  bool TryInstead(JsonValue candidate);

  void ShrinkList(const JsonPath& path);
  void ShrinkLists();
  void UnwrapSteps();
  void LowerNumbers();
  void DropNames();
  InputSize SizeOf() const;

  const ScenarioInput& input_;
  TrialMachine& trial_;
  JsonValue root_;
  uint64_t operations_ = 0;
  uint64_t turns_ = 0;
  uint64_t most_turns_ = UINT64_MAX;
  bool changed_ = false;
};

absl::Status ScenarioShrinker::Drive(std::string_view text, Machine& machine,
                                     ConditionWatch& watch) {
  PAGELAB_ASSIGN_OR_RETURN(const Scenario scenario,
                           ParseScenario(input_.file, text));
  turns_ = 0;
  RunOptions options;
  options.is_over = [&] { return watch.shown() || ++turns_ > most_turns_; };
  return RunScenario(machine, scenario, options).status();
}

absl::StatusOr<bool> ScenarioShrinker::ShowsAtFirst() {
  PAGELAB_ASSIGN_OR_RETURN(
      const bool shown,
      trial_.Run([&](Machine& machine, ConditionWatch& watch) {
        return Drive(input_.text, machine, watch);
      }));
  operations_ = trial_.operations();
  constexpr uint64_t kFew = 10000;
  most_turns_ = 4 * turns_ + kFew;
  return shown;
}

bool ScenarioShrinker::TryInstead(JsonValue candidate) {
  const std::string text = candidate.ToText();
  const bool shows = trial_.Try(
      [&](Machine& machine, ConditionWatch& watch) {
        return Drive(text, machine, watch);
      },
      SizeOf());
  if (!shows) return false;
  root_ = std::move(candidate);
  operations_ = trial_.operations();
  changed_ = true;
  return true;
}

void ScenarioShrinker::ShrinkList(const JsonPath& path) {
  const JsonValue before = root_;
  const JsonValue& list = ValueAt(before, path);
  const size_t size =
      list.is_object() ? list.members().size() : list.items().size();
  MinimizeItems(size, [&](const KeptItems& kept) {
    return TryInstead(Replaced(before, path, Selected(list, kept)));
  });
}

void ScenarioShrinker::ShrinkLists() {
  for (size_t i = 0; i < root_.members().size(); ++i) {
    if (root_.members()[i].name == "tasks") ShrinkList({i});
  }
  // What goes from a list takes only lists behind it along.
  for (size_t i = 0;; ++i) {
    const std::vector<JsonPath> lists = FindMembers(root_, IsSteps);
    if (i >= lists.size()) break;
    ShrinkList(lists[i]);
  }
}

// A step that only holds others is one step more than they are.
void ScenarioShrinker::UnwrapSteps() {
  for (size_t i = 0;; ++i) {
    std::vector<JsonPath> inner = FindMembers(root_, IsSteps);
    // {"...": {"steps": [...]}} in a list: three levels above the list.
    std::erase_if(inner, [](const JsonPath& path) { return path.size() < 6; });
    if (i >= inner.size()) break;
    const JsonPath& path = inner[i];
    const absl::Span<const size_t> list(path.data(), path.size() - 3);
    const size_t place = path[path.size() - 3];
    const JsonValue& steps = ValueAt(root_, list);
    if (!steps.is_array()) continue;
    std::vector<JsonValue> items = steps.items();
    const std::vector<JsonValue> within = ValueAt(root_, path).items();
    const auto at = items.erase(items.begin() + static_cast<ptrdiff_t>(place));
    items.insert(at, within.begin(), within.end());
    TryInstead(Replaced(root_, list, JsonValue::Array(std::move(items))));
  }
}

void ScenarioShrinker::LowerNumbers() {
  for (const JsonPath& path : FindMembers(root_, IsCount)) {
    const JsonValue value = ValueAt(root_, path);
    const Amount amount = *AmountOf(value);
    MinimizeNumber(1, amount.number, [&](uint64_t number) {
      return TryInstead(Replaced(root_, path, ValueOf(amount, number)));
    });
  }
}

// Distributions and stacks that no step mentions any more.
void ScenarioShrinker::DropNames() {
  for (const std::string_view name : {"distributions", "stacks"}) {
    for (size_t i = 0; i < root_.members().size(); ++i) {
      const JsonMember& member = root_.members()[i];
      if (member.name != name || !member.value.is_object()) continue;
      ShrinkList({i});
      if (!root_.members()[i].value.members().empty()) continue;
      std::vector<JsonMember> others = root_.members();
      others.erase(others.begin() + static_cast<ptrdiff_t>(i));
      TryInstead(JsonValue::Object(std::move(others)));
    }
  }
}

InputSize ScenarioShrinker::SizeOf() const {
  InputSize size;
  const JsonValue* tasks = root_.Find("tasks");
  if (tasks != nullptr) size.tasks = tasks->items().size();
  for (const JsonPath& path : FindMembers(root_, IsSteps)) {
    size.steps += ValueAt(root_, path).items().size();
  }
  size.operations = operations_;
  return size;
}

absl::StatusOr<ShrinkResult> ScenarioShrinker::Shrink() {
  ShrinkResult result;
  PAGELAB_ASSIGN_OR_RETURN(result.shown, ShowsAtFirst());
  result.before = SizeOf();
  do {
    changed_ = false;
    if (!result.shown) break;
    ShrinkLists();
    UnwrapSteps();
    LowerNumbers();
    DropNames();
  } while (changed_ && !trial_.out_of_tries());
  result.after = SizeOf();
  result.text = root_.ToText() + "\n";
  result.tries = trial_.tries();
  result.out_of_tries = trial_.out_of_tries();
  return result;
}

}  // namespace

absl::StatusOr<ShrinkResult> ShrinkScenario(const ScenarioInput& input,
                                            const Condition& condition,
                                            const ShrinkOptions& options) {
  PAGELAB_RETURN_IF_ERROR(ParseScenario(input.file, input.text).status());
  Reader reader(input.file);
  std::optional<JsonValue> root = ReadJson(input.text, reader);
  if (!root.has_value()) return reader.status();
  PAGELAB_ASSIGN_OR_RETURN(
      const std::unique_ptr<TrialMachine> trial,
      TrialMachine::Boot(input.machine, condition, options));
  return ScenarioShrinker(input, *trial, *std::move(root)).Shrink();
}

}  // namespace pagelab
