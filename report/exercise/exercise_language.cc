#include "pagelab/report/exercise/exercise_language.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "pagelab/report/exercise/exercise_tables.h"
#include "pagelab/report/pfn_text.h"
#include "pagelab/workloads/language/json_reader.h"
#include "pagelab/workloads/language/reference_writer.h"
#include "pagelab/workloads/language/schema_writer.h"

namespace pagelab {
namespace {

template <class T>
absl::StatusOr<T> Parse(std::string_view file, std::string_view text,
                        const ObjectTable<T>& table) {
  Reader reader{std::string(file)};
  T parsed;
  const std::optional<JsonValue> value = ReadJson(text, reader);
  if (value.has_value()) table.Read(*value, parsed, reader);
  if (!reader.ok()) return reader.status();
  return parsed;
}

JsonValue Whole(uint64_t value) { return JsonValue::Number(value); }
JsonValue Frame(Pfn pfn) { return JsonValue::String(PfnText(pfn)); }

JsonValue ListsJson(const std::vector<ExerciseList>& lists) {
  JsonValue json = JsonValue::Array();
  for (const ExerciseList& list : lists) {
    JsonValue blocks = JsonValue::Array();
    for (const Pfn pfn : list.blocks) blocks.Append(Frame(pfn));
    JsonValue item = JsonValue::Object();
    item.Set("order", Whole(static_cast<uint64_t>(list.order.value())));
    item.Set("type", JsonValue::String(ToString(list.type)));
    item.Set("blocks", std::move(blocks));
    json.Append(std::move(item));
  }
  return json;
}

template <class T>
JsonValue RangesJson(const std::vector<T>& ranges) {
  JsonValue json = JsonValue::Array();
  for (const T& range : ranges) {
    JsonValue item = JsonValue::Object();
    item.Set("begin", Frame(range.begin));
    item.Set("end", Frame(range.end));
    if constexpr (requires { range.type; }) {
      item.Set("type", JsonValue::String(ToString(range.type)));
    }
    json.Append(std::move(item));
  }
  return json;
}

JsonValue StartJson(const ExerciseStart& start) {
  JsonValue json = JsonValue::Object();
  if (!start.machine.empty()) {
    json.Set("machine", JsonValue::String(start.machine));
    return json;
  }
  json.Set("begin", Frame(start.begin));
  json.Set("pages", Whole(start.pages));
  json.Set("pageblock_order",
           Whole(static_cast<uint64_t>(start.pageblock_order.value())));
  json.Set("free", ListsJson(start.lists.free));
  if (!start.lists.pcp.empty()) json.Set("pcp", ListsJson(start.lists.pcp));
  if (!start.pageblocks.empty()) {
    json.Set("pageblocks", RangesJson(start.pageblocks));
  }
  if (!start.movable.empty()) json.Set("movable", RangesJson(start.movable));
  if (start.high != 0) {
    json.Set("min", Whole(start.min));
    json.Set("low", Whole(start.low));
    json.Set("high", Whole(start.high));
  }
  if (start.batch != 1 || start.pcp_high_max != 0) {
    json.Set("batch", Whole(static_cast<uint64_t>(start.batch)));
    json.Set("pcp_high_min", Whole(static_cast<uint64_t>(start.pcp_high_min)));
    json.Set("pcp_high_max", Whole(static_cast<uint64_t>(start.pcp_high_max)));
  }
  return json;
}

JsonValue OperationJson(const ExerciseOperation& operation) {
  JsonValue fields = JsonValue::Object();
  JsonValue json = JsonValue::Object();
  const auto order = static_cast<uint64_t>(operation.order.value());
  switch (operation.kind) {
    case OperationKind::kAlloc:
      fields.Set("order", Whole(order));
      fields.Set("gfp", JsonValue::String(ToString(operation.gfp)));
      json.Set("alloc", std::move(fields));
      break;
    case OperationKind::kFree:
      fields.Set("pfn", Frame(operation.pfn));
      fields.Set("order", Whole(order));
      json.Set("free", std::move(fields));
      break;
    case OperationKind::kDrain:
      json.Set("drain", JsonValue::Bool(true));
      break;
  }
  return json;
}

JsonValue EventJson(const ExerciseStep& step) {
  JsonValue json = JsonValue::Object();
  json.Set("event", JsonValue::String(ToString(step.kind)));
  if (step.pfn.has_value()) json.Set("pfn", Frame(*step.pfn));
  if (step.order.has_value()) {
    json.Set("order", Whole(static_cast<uint64_t>(step.order->value())));
  }
  if (step.type.has_value()) {
    json.Set("type", JsonValue::String(ToString(*step.type)));
  }
  if (step.from.has_value()) {
    json.Set("from", JsonValue::String(ToString(*step.from)));
  }
  if (step.claimed.has_value()) {
    json.Set("claimed", JsonValue::Bool(*step.claimed));
  }
  return json;
}

}  // namespace

absl::StatusOr<Exercise> ParseExercise(std::string_view file,
                                       std::string_view text) {
  return Parse(file, text, ExerciseTable());
}

absl::StatusOr<ExerciseAnswer> ParseAnswer(std::string_view file,
                                           std::string_view text) {
  return Parse(file, text, AnswerTable());
}

std::string ExerciseJson(const Exercise& exercise) {
  JsonValue json = JsonValue::Object();
  if (!exercise.description.empty()) {
    json.Set("description", JsonValue::String(exercise.description));
  }
  json.Set("start", StartJson(exercise.start));
  JsonValue operations = JsonValue::Array();
  for (const ExerciseOperation& operation : exercise.operations) {
    operations.Append(OperationJson(operation));
  }
  json.Set("operations", std::move(operations));
  if (!exercise.list_order) json.Set("list_order", JsonValue::Bool(false));
  if (!exercise.asked.empty()) {
    JsonValue asked = JsonValue::Array();
    for (const StepKind kind : exercise.asked) {
      asked.Append(JsonValue::String(ToString(kind)));
    }
    json.Set("asked", std::move(asked));
  }
  return json.ToText() + "\n";
}

std::string SolutionJson(const Exercise& exercise, const ExerciseRun& run) {
  JsonValue json = JsonValue::Object();
  json.Set("free", ListsJson(run.states.back().free));
  json.Set("pcp", ListsJson(run.states.back().pcp));
  JsonValue events = JsonValue::Array();
  for (const ExplainedStep& step : run.steps) {
    if (IsAsked(exercise, step.step.kind)) events.Append(EventJson(step.step));
  }
  json.Set("events", std::move(events));
  return json.ToText() + "\n";
}

std::string ExerciseSchema() { return WriteSchema(ExerciseLanguage()); }
std::string ExerciseReference() { return WriteReference(ExerciseLanguage()); }
std::string AnswerSchema() { return WriteSchema(AnswerLanguage()); }
std::string AnswerReference() { return WriteReference(AnswerLanguage()); }

}  // namespace pagelab
