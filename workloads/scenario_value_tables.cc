// Distributions and stacks of a scenario.

#include <cmath>
#include <string>
#include <utility>

#include "pagelab/base/text.h"
#include "pagelab/workloads/language/field_types.h"
#include "pagelab/workloads/scenario_reader.h"
#include "pagelab/workloads/scenario_tables.h"

namespace pagelab {
namespace {

using DistributionObject = ObjectTable<Distribution>;

// The kernel keeps at most this many frames of a stack.
constexpr size_t kMaxStackFrames = 64;
// A weight of a choice; a thousand of them still add up in 64 bits.
constexpr int64_t kMaxWeight = 1'000'000'000;
constexpr size_t kMaxChoices = 1000;

void CheckLimits(const JsonValue& object, const Distribution& distribution,
                 Reader& reader) {
  if (distribution.min <= distribution.max) return;
  reader.Error(PositionOf(object, "max"), "\"max\" must not be below \"min\"");
}

void AddAmount(DistributionObject& table, FieldText text,
               uint64_t Distribution::*member) {
  text.required = true;
  table.Add(std::move(text), member, AmountType());
}

void AddLimits(DistributionObject& table, bool with_min = true) {
  if (with_min) {
    table.Add(FieldText{.name = "min",
                        .doc = "What is drawn below counts as this.",
                        .default_text = "0",
                        .example = "1"},
              &Distribution::min, AmountType());
  }
  table.Add(FieldText{.name = "max",
                      .doc = "What is drawn above counts as this.",
                      .default_text = "no limit",
                      .example = "\"1s\""},
            &Distribution::max, AmountType());
  table.SetCheck(CheckLimits);
}

template <class Build>
const DistributionObject* MakeTable(ObjectInfo info, Build build) {
  auto* table = new DistributionObject(std::move(info));
  build(*table);
  return table;
}

void AddKind(DistributionObject& table, FieldText text, DistributionKind kind,
             const DistributionObject& (*kind_table)()) {
  const ObjectInfo& info = kind_table().info();
  table.AddRead(std::move(text), ReferenceTo(info.name, "an object"),
                [kind, kind_table](const JsonValue& value, Distribution& target,
                                   Reader& reader) {
                  target.kind = kind;
                  kind_table().Read(value, target, reader);
                });
}

void AddConstant(DistributionObject& table) {
  table.AddStored(FieldText{.name = "constant",
                            .doc = "Always the same value.",
                            .example = "\"10ms\""},
                  AmountType(), [](Distribution& target, uint64_t value) {
                    target.kind = DistributionKind::kConstant;
                    target.value = value;
                  });
}

void AddChoice(DistributionObject& table) {
  table.AddStored(
      FieldText{.name = "choice",
                .doc = "One of several values, by weight.",
                .example = "[{\"value\": 0, \"weight\": 9}, {\"value\": 3}]"},
      ListType(ObjectType("choice", "a choice", &ChoiceTable), "choices",
               ListLimits{.min = 1, .max = kMaxChoices}),
      [](Distribution& target, std::vector<Distribution::Choice> choices) {
        target.kind = DistributionKind::kChoice;
        target.choices = std::move(choices);
      });
}

bool IsIdentifierChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '$';
}

constexpr std::string_view kFrameForm =
    "a frame, as in \"my_probe+0x1c/0x80 [my_driver]\" or \"my_probe\"";
constexpr std::string_view kFramePattern =
    "^[A-Za-z_][A-Za-z0-9_.$]*(\\+0x[0-9a-fA-F]+(/0x[0-9a-fA-F]+)?)?"
    "( \\[[A-Za-z0-9_-]+\\])?$";

// Takes "0x<digits>" from the front of `text`.
std::optional<uint64_t> TakeHex(std::string_view& text) {
  size_t end = 2;
  while (end < text.size() &&
         std::string_view("0123456789abcdefABCDEF").find(text[end]) !=
             std::string_view::npos) {
    ++end;
  }
  const auto value = ParseUint64(text.substr(0, end));
  if (!text.starts_with("0x") || !value.ok()) return std::nullopt;
  text.remove_prefix(end);
  return *value;
}

// Takes "+0x<offset>" and "/0x<size>" as far as they are there; false if what
// is there is something else.
bool TakeOffset(std::string_view& text, StackFrame& frame) {
  if (!text.starts_with('+')) return true;
  text.remove_prefix(1);
  frame.offset = TakeHex(text);
  if (!frame.offset.has_value()) return false;
  if (!text.starts_with('/')) return true;
  text.remove_prefix(1);
  frame.size = TakeHex(text);
  return frame.size.has_value() && *frame.offset < *frame.size;
}

bool TakeModule(std::string_view& text, StackFrame& frame) {
  if (text.empty()) return true;
  if (!text.starts_with(" [") || !text.ends_with(']')) return false;
  frame.module = text.substr(2, text.size() - 3);
  text = {};
  if (frame.module.empty()) return false;
  for (const char c : frame.module) {
    if ((!IsIdentifierChar(c) && c != '-') || c == '.' || c == '$') {
      return false;
    }
  }
  return true;
}

bool ParseFrame(std::string_view text, StackFrame& frame) {
  size_t end = 0;
  while (end < text.size() && IsIdentifierChar(text[end])) ++end;
  frame.function = text.substr(0, end);
  const bool starts_well =
      end > 0 && (text[0] == '_' || IsName(text.substr(0, 1)));
  text.remove_prefix(end);
  return starts_well && TakeOffset(text, frame) && TakeModule(text, frame);
}

ValueType<StackFrame> FrameType() {
  JsonValue schema =
      JsonValue::Object({{"type", JsonValue::String("string")},
                         {"pattern", JsonValue::String(kFramePattern)}});
  const std::string words(kFrameForm);
  return ValueType<StackFrame>{
      TypeInfo{words, words, std::move(schema)},
      [](const JsonValue& value, StackFrame& target, Reader& reader) {
        target.position = value.position();
        if (!value.is_string() || !ParseFrame(value.text(), target)) {
          reader.ErrorExpected(value, kFrameForm);
        }
      }};
}

}  // namespace

const DistributionObject& UniformTable() {
  static const auto* const table =
      MakeTable(ObjectInfo{.name = "uniform",
                           .title = "Uniform",
                           .doc = "Every whole number of a range is as likely.",
                           .example = R"({"min": "1ms", "max": "5ms"})"},
                [](DistributionObject& result) {
                  AddAmount(result,
                            FieldText{.name = "min",
                                      .doc = "The smallest value.",
                                      .example = "\"1ms\""},
                            &Distribution::min);
                  AddAmount(result,
                            FieldText{.name = "max",
                                      .doc = "The largest value.",
                                      .example = "\"5ms\""},
                            &Distribution::max);
                  result.SetCheck(CheckLimits);
                });
  return *table;
}

const DistributionObject& ExponentialTable() {
  static const auto* const table = MakeTable(
      ObjectInfo{.name = "exponential",
                 .title = "Exponential",
                 .doc = "The time until something happens that is equally "
                        "likely at any moment.",
                 .example = R"({"mean": "10ms"})"},
      [](DistributionObject& result) {
        AddAmount(
            result,
            FieldText{
                .name = "mean", .doc = "The mean.", .example = "\"10ms\""},
            &Distribution::mean);
        AddLimits(result);
      });
  return *table;
}

const DistributionObject& NormalTable() {
  static const auto* const table = MakeTable(
      ObjectInfo{.name = "normal",
                 .title = "Normal",
                 .doc = "The bell curve.",
                 .example = R"({"mean": "10ms", "deviation": "2ms"})"},
      [](DistributionObject& result) {
        AddAmount(
            result,
            FieldText{
                .name = "mean", .doc = "The mean.", .example = "\"10ms\""},
            &Distribution::mean);
        AddAmount(result,
                  FieldText{.name = "deviation",
                            .doc = "The standard deviation.",
                            .example = "\"2ms\""},
                  &Distribution::deviation);
        AddLimits(result);
      });
  return *table;
}

const DistributionObject& LogNormalTable() {
  static const auto* const table = MakeTable(
      ObjectInfo{.name = "lognormal",
                 .title = "Lognormal",
                 .doc = "Its logarithm has a normal distribution: many short, "
                        "a few very long.",
                 .example = R"({"median": "5ms", "sigma": 1.5})"},
      [](DistributionObject& result) {
        AddAmount(result,
                  FieldText{.name = "median",
                            .doc = "Half of the values are below.",
                            .example = "\"5ms\""},
                  &Distribution::median);
        result.Add(FieldText{.name = "sigma",
                             .doc = "The deviation of the logarithm.",
                             .example = "1.5",
                             .required = true},
                   &Distribution::sigma, RealType({.min = 0, .max = 20}));
        AddLimits(result);
      });
  return *table;
}

const DistributionObject& ParetoTable() {
  static const auto* const table = MakeTable(
      ObjectInfo{.name = "pareto",
                 .title = "Pareto",
                 .doc = "A heavy tail: the larger `shape`, the lighter.",
                 .example = R"({"scale": "1ms", "shape": 1.2, "max": "10s"})"},
      [](DistributionObject& result) {
        AddAmount(result,
                  FieldText{.name = "scale",
                            .doc = "The smallest value.",
                            .example = "\"1ms\""},
                  &Distribution::scale);
        result.Add(FieldText{.name = "shape",
                             .doc = "The exponent of the tail.",
                             .example = "1.2",
                             .required = true},
                   &Distribution::shape,
                   RealType({.min = 0, .max = 1000, .above_min = true}));
        AddLimits(result, /*with_min=*/false);
      });
  return *table;
}

const ObjectTable<Distribution::Choice>& ChoiceTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<Distribution::Choice>(
        ObjectInfo{.name = "choice",
                   .title = "Choice",
                   .doc = "A value and how likely it is.",
                   .example = R"({"value": 3, "weight": 2})"});
    result->Add(FieldText{.name = "value",
                          .doc = "The value.",
                          .example = "3",
                          .required = true},
                &Distribution::Choice::value, AmountType());
    result->Add(FieldText{.name = "weight",
                          .doc = "How often, compared with the other choices.",
                          .default_text = "1",
                          .example = "2"},
                &Distribution::Choice::weight,
                As<uint64_t>(WholeType(1, kMaxWeight)));
    return result;
  }();
  return *table;
}

const DistributionObject& DistributionTable() {
  static const auto* const table = [] {
    auto* result = new DistributionObject(ObjectInfo{
        .name = "distribution",
        .title = "Distribution",
        .doc = "A random number: of nanoseconds where it stands for a "
               "duration, a plain one where it stands for an order or a "
               "count. What is drawn is rounded to a whole number. The same "
               "seed draws the same numbers.",
        .example = R"({"exponential": {"mean": "10ms", "max": "1s"}})",
        .one_of_fields = true});
    AddConstant(*result);
    AddKind(*result,
            {.name = "uniform",
             .doc = "Any of a range.",
             .example = R"({"min": "1ms", "max": "5ms"})"},
            DistributionKind::kUniform, &UniformTable);
    AddKind(*result,
            {.name = "exponential",
             .doc = "Waiting times.",
             .example = R"({"mean": "10ms"})"},
            DistributionKind::kExponential, &ExponentialTable);
    AddKind(*result,
            {.name = "normal",
             .doc = "The bell curve.",
             .example = R"({"mean": 100, "deviation": 20})"},
            DistributionKind::kNormal, &NormalTable);
    AddKind(*result,
            {.name = "lognormal",
             .doc = "Many short, a few long.",
             .example = R"({"median": "5ms", "sigma": 1.5})"},
            DistributionKind::kLogNormal, &LogNormalTable);
    AddKind(*result,
            {.name = "pareto",
             .doc = "A heavy tail.",
             .example = R"({"scale": "1ms", "shape": 1.2})"},
            DistributionKind::kPareto, &ParetoTable);
    AddChoice(*result);
    return result;
  }();
  return *table;
}

ValueType<std::vector<Distribution>> DistributionsType() {
  return MapType(
      ObjectType("distribution", "a distribution", &DistributionTable),
      "distributions", [](Distribution& target, const JsonMember& member) {
        target.name = member.name;
        target.position = member.position;
      });
}

ValueType<ScriptedStack> StackType() {
  auto frames = ListType(FrameType(), "frames",
                         ListLimits{.min = 1, .max = kMaxStackFrames});
  frames.info.expected =
      "a list of 1 to " + std::to_string(kMaxStackFrames) +
      " frames, as in [\"my_probe+0x1c/0x80 [my_driver]\", \"do_init\"]";
  frames.info.markdown = frames.info.expected;
  return ValueType<ScriptedStack>{
      frames.info, [read = std::move(frames.read)](
                       const JsonValue& value, ScriptedStack& target,
                       Reader& reader) { read(value, target.frames, reader); }};
}

ValueType<std::vector<ScriptedStack>> StacksType() {
  return MapType(StackType(), "stacks",
                 [](ScriptedStack& target, const JsonMember& member) {
                   target.name = member.name;
                   target.position = member.position;
                 });
}

}  // namespace pagelab
