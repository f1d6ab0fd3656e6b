// The steps that use memory: touch, shrink, map, unmap.

#include <optional>
#include <utility>

#include "pagelab/workloads/language/field_types.h"
#include "pagelab/workloads/scenario_reader.h"
#include "pagelab/workloads/scenario_tables.h"

namespace pagelab {
namespace {

// Whose blocks, and how many of them.
template <class T>
void AddBlockChoice(ObjectTable<T>& table, std::string_view count_doc) {
  const auto store = [](auto BlockChoice::*member) {
    return [member](T& step, auto value) {
      step.blocks.*member = std::move(value);
    };
  };
  table.AddStored(FieldText{.name = "handle",
                            .doc = "Whose blocks: user memory, which is what "
                                   "`__GFP_MOVABLE` or a call such as "
                                   "`handle_mm_fault` gives.",
                            .example = "\"heap\"",
                            .required = true},
                  HandleType(), store(&BlockChoice::handle));
  table.AddStored(
      FieldText{.name = "count",
                .doc = std::string(count_doc),
                .default_text = "all",
                .example = "250"},
      As<std::optional<Quantity>>(QuantityType(CountType(1), UINT64_MAX)),
      store(&BlockChoice::count));
}

template <class T>
void AddPick(ObjectTable<T>& table) {
  table.AddStored(
      FieldText{.name = "pick",
                .doc = "Which come first. At random, one may come twice.",
                .default_text = "\"oldest\"",
                .example = "\"random\""},
      EnumType(EnumWords<FreePick>{{"oldest", FreePick::kOldest},
                                   {"newest", FreePick::kNewest},
                                   {"random", FreePick::kRandom}}),
      [](T& step, FreePick pick) { step.blocks.pick = pick; });
}

template <class T>
void AddKind(ObjectTable<T>& table) {
  table.Add(
      FieldText{.name = "as",
                .doc = "What the page table takes the page for. Another "
                       "kind than the page's is a bug of the kernel, "
                       "which page_table_check=on finds.",
                .default_text = "what the page is",
                .example = "\"file\""},
      &T::as,
      As<std::optional<MappingKind>>(EnumType(EnumWords<MappingKind>{
          {"anon", MappingKind::kAnonymous}, {"file", MappingKind::kFile}})));
}

template <class Action>
void AddStep(ObjectTable<Step>& table, FieldText text, ValueType<Action> type) {
  table.AddStored(
      std::move(text), std::move(type),
      [](Step& step, Action action) { step.action = std::move(action); });
}

}  // namespace

const ObjectTable<TouchStep>& TouchTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<TouchStep>(ObjectInfo{
        .name = "touch-step",
        .title = "Touch step",
        .doc = "Uses user memory, without a price in simulated time. Through "
               "a mapping, only the page table's accessed bit is set: a page "
               "that was marked idle looks so until the next read or write of "
               "`/sys/kernel/mm/page_idle/bitmap`, or the next `shrink`. A "
               "system call ends Idle at once.",
        .example = R"({"handle": "heap", "by": "mapping", "count": 250})"});
    AddBlockChoice(*result, "How many blocks.");
    AddPick(*result);
    result->Add(FieldText{.name = "by",
                          .doc = "How it is reached.",
                          .default_text = "\"mapping\"",
                          .example = "\"syscall\""},
                &TouchStep::by,
                EnumType(EnumWords<TouchBy>{{"mapping", TouchBy::kMapping},
                                            {"syscall", TouchBy::kSyscall}}));
    return result;
  }();
  return *table;
}

const ObjectTable<ShrinkStep>& ShrinkTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<ShrinkStep>(ObjectInfo{
        .name = "shrink-step",
        .title = "Shrink step",
        .doc = "One pass of reclaim over a handle's blocks, oldest first: "
               "those that were used through a mapping since the last pass "
               "stay, and so do those that are Young because somebody who "
               "marked them idle found them used; the others are freed.",
        .example = R"({"handle": "heap"})"});
    AddBlockChoice(*result, "How many blocks to look at.");
    return result;
  }();
  return *table;
}

const ObjectTable<MapStep>& MapTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<MapStep>(ObjectInfo{
        .name = "map-step",
        .title = "Map step",
        .doc = "Another page table maps each block once more. What a task "
               "allocates it maps itself: anonymous memory at once and "
               "writable, the page of a file when it is touched by mapping; "
               "that mapping goes when the block is freed.",
        .example = R"({"handle": "heap", "as": "anon"})"});
    AddBlockChoice(*result, "How many blocks, oldest first.");
    AddKind(*result);
    result->Add(FieldText{.name = "writable",
                          .doc = "The mapping may be written to; of anonymous "
                                 "memory there may be no other then.",
                          .default_text = "false",
                          .example = "true"},
                &MapStep::writable, BoolType());
    return result;
  }();
  return *table;
}

const ObjectTable<UnmapStep>& UnmapTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<UnmapStep>(ObjectInfo{
        .name = "unmap-step",
        .title = "Unmap step",
        .doc = "Takes a mapping of each block away: one of a `map` step, or "
               "else its own.",
        .example = R"({"handle": "heap"})"});
    AddBlockChoice(*result, "How many blocks, oldest first.");
    AddKind(*result);
    return result;
  }();
  return *table;
}

void AddUserPageSteps(ObjectTable<Step>& table) {
  AddStep(table,
          {.name = "touch",
           .doc = "Uses user memory: the next look finds it accessed.",
           .example = R"({"handle": "heap", "count": 250})"},
          ObjectType("touch-step", "an object", &TouchTable));
  AddStep(table,
          {.name = "shrink",
           .doc = "One pass of reclaim: frees what was not used.",
           .example = R"({"handle": "heap"})"},
          ObjectType("shrink-step", "an object", &ShrinkTable));
  AddStep(table,
          {.name = "map",
           .doc = "Maps user memory once more.",
           .example = R"({"handle": "heap", "as": "anon"})"},
          ObjectType("map-step", "an object", &MapTable));
  AddStep(table,
          {.name = "unmap",
           .doc = "Takes a mapping of user memory away.",
           .example = R"({"handle": "heap"})"},
          ObjectType("unmap-step", "an object", &UnmapTable));
}

}  // namespace pagelab
