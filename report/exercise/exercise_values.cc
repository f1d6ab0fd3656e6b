// What exercises and answers share: frames, orders, types, lists.

#include <string>
#include <utility>
#include <vector>

#include "pagelab/base/text.h"
#include "pagelab/report/exercise/exercise_tables.h"

namespace pagelab {
namespace {

// 2^36 frames are what x86-64 maps with four levels.
constexpr uint64_t kMaxPfn = uint64_t{1} << 36;
constexpr std::string_view kPfnWords =
    "a page frame number below 2^36: 4096 or \"0x1000\"";

struct PositionedPfn {
  TextPosition position;
  Pfn pfn;
};

ValueType<PositionedPfn> PositionedPfnType() {
  ValueType<Pfn> type = PfnType();
  return {std::move(type.info),
          [read = std::move(type.read)](const JsonValue& value,
                                        PositionedPfn& target, Reader& reader) {
            target.position = value.position();
            read(value, target.pfn, reader);
          }};
}

JsonValue PfnSchema() {
  JsonValue number =
      JsonValue::Object({{"type", JsonValue::String("integer")}});
  number.Set("minimum", JsonValue::Number(0));
  JsonValue text = JsonValue::Object({{"type", JsonValue::String("string")}});
  text.Set("pattern", JsonValue::String("^(0[xX][0-9a-fA-F]+|[0-9]+)$"));
  return JsonValue::Object({{"anyOf", JsonValue::Array({number, text})}});
}

}  // namespace

ValueType<Pfn> PfnType() {
  return ValueType<Pfn>{
      TypeInfo{std::string(kPfnWords), "page frame number", PfnSchema()},
      [](const JsonValue& value, Pfn& target, Reader& reader) {
        if (value.is_number() || value.is_string()) {
          const auto number = ParseUint64(value.text());
          if (number.ok() && *number < kMaxPfn) {
            target = Pfn(*number);
            return;
          }
        }
        reader.ErrorExpected(value, kPfnWords);
      }};
}

ValueType<Order> OrderType() {
  return Converted<Order>(WholeType(0, kMaxPageOrder), [](int64_t order) {
    return Order(static_cast<int>(order));
  });
}

ValueType<Migratetype> MigratetypeType() {
  return EnumType<Migratetype>({{"Unmovable", Migratetype::kUnmovable},
                                {"Movable", Migratetype::kMovable},
                                {"Reclaimable", Migratetype::kReclaimable},
                                {"HighAtomic", Migratetype::kHighAtomic}});
}

ValueType<StepKind> StepKindType() {
  EnumWords<StepKind> words;
  for (int kind = 0; kind < kNrStepKinds; ++kind) {
    words.emplace_back(ToString(static_cast<StepKind>(kind)),
                       static_cast<StepKind>(kind));
  }
  return EnumType<StepKind>(words);
}

const ObjectTable<ExerciseList>& ExerciseListTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<ExerciseList>(ObjectInfo{
        .name = "list",
        .title = "A list",
        .doc = "The blocks of one order and type on one kind of list, head "
               "first. Lists that are empty may be left out.",
        .example =
            R"({"order": 2, "type": "Movable", "blocks": ["0x1004", "0x1020"]})"});
    result->Add(FieldText{.name = "order",
                          .doc = "A block of order n has 2^n pages.",
                          .example = "2",
                          .required = true},
                &ExerciseList::order, OrderType());
    result->Add(FieldText{.name = "type",
                          .doc = "The migratetype of the list.",
                          .example = "\"Movable\"",
                          .required = true},
                &ExerciseList::type, MigratetypeType());
    result->AddStored(
        FieldText{.name = "blocks",
                  .doc = "First frames of the blocks, head first.",
                  .example = "[\"0x1004\"]",
                  .required = true},
        ListType(PositionedPfnType(), "frames"),
        [](ExerciseList& list, const std::vector<PositionedPfn>& blocks) {
          for (const PositionedPfn& block : blocks) {
            list.blocks.push_back(block.pfn);
            list.block_positions.push_back(block.position);
          }
        });
    return result;
  }();
  return *table;
}

ValueType<std::vector<ExerciseList>> ExerciseListsType() {
  return ListType(ObjectType("list", "a list", &ExerciseListTable), "lists");
}

}  // namespace pagelab
