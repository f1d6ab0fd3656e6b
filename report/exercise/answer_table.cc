// The language of answers.

#include <utility>

#include "pagelab/report/exercise/exercise_tables.h"

namespace pagelab {
namespace {

const ObjectTable<ListedState>& StateTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<ListedState>(ObjectInfo{
        .name = "state",
        .title = "State",
        .doc = "The lists at some moment.",
        .example =
            R"({"free": [{"order": 0, "type": "Movable", "blocks": ["0x1001"]}]})"});
    result->Add(FieldText{.name = "free",
                          .doc = "The free lists.",
                          .default_text = "all empty",
                          .example = "[]"},
                &ListedState::free, ExerciseListsType());
    result->Add(FieldText{.name = "pcp",
                          .doc = "The per-cpu lists.",
                          .default_text = "all empty",
                          .example = "[]"},
                &ListedState::pcp, ExerciseListsType());
    return result;
  }();
  return *table;
}

const ObjectTable<ExerciseStep>& EventTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<ExerciseStep>(ObjectInfo{
        .name = "event",
        .title = "Event",
        .doc = "One thing that happens. Only `event` must be there; what else "
               "is given must be right.",
        .example = R"({"event": "split", "pfn": "0x1000", "order": 3})",
        .notes =
            "| event | what happens | `pfn` and `order` |\n"
            "| --- | --- | --- |\n"
            "| `take` | a block leaves the free list `type` | the block, as "
            "it was on the list |\n"
            "| `split` | a block is halved | the block that is halved |\n"
            "| `fallback` | the lists of the wanted `type` are empty, and "
            "those of `from` serve | the block that was found; its `take` "
            "and splits follow |\n"
            "| `merge` | two buddies become one block | the block that they "
            "become |\n"
            "| `drain` | a block goes from a per-cpu list to the buddy lists; "
            "its merges follow | the block |\n"
            "| `alloc` | the request is served | the block handed out |\n"
            "| `fail` | the request is not served | `order` of the request |\n"
            "| `free` | a block is given back | the block |\n"});
    result->Add(FieldText{.name = "event",
                          .doc = "Its kind.",
                          .example = "\"split\"",
                          .required = true},
                &ExerciseStep::kind, StepKindType());
    result->Add(FieldText{.name = "pfn",
                          .doc = "The first frame of the block.",
                          .default_text = "not compared",
                          .example = "\"0x1000\""},
                &ExerciseStep::pfn, Optional(PfnType()));
    result->Add(FieldText{.name = "order",
                          .doc = "The order of the block.",
                          .default_text = "not compared",
                          .example = "3"},
                &ExerciseStep::order, Optional(OrderType()));
    result->Add(FieldText{.name = "type",
                          .doc = "The migratetype of the list; of a "
                                 "fallback, the one that was wanted.",
                          .default_text = "not compared",
                          .example = "\"Movable\""},
                &ExerciseStep::type, Optional(MigratetypeType()));
    result->Add(FieldText{.name = "from",
                          .doc = "Of a fallback: the migratetype that gives.",
                          .default_text = "not compared",
                          .example = "\"Unmovable\""},
                &ExerciseStep::from, Optional(MigratetypeType()));
    result->Add(FieldText{.name = "claimed",
                          .doc = "Of a fallback: whether the pageblock changes "
                                 "type.",
                          .default_text = "not compared",
                          .example = "true"},
                &ExerciseStep::claimed, Optional(BoolType()));
    return result;
  }();
  return *table;
}

}  // namespace

const ObjectTable<ExerciseAnswer>& AnswerTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<ExerciseAnswer>(ObjectInfo{
        .name = "answer",
        .title = "Answer",
        .doc = "The whole file. At least one field; all that are there are "
               "graded.",
        .example =
            R"({"free": [{"order": 0, "type": "Unmovable", "blocks": ["0x1001"]}], "events": [{"event": "alloc", "pfn": "0x1000"}]})"});
    result->Add(FieldText{.name = "free",
                          .doc = "The free lists at the end.",
                          .default_text = "not graded",
                          .example = "[]"},
                &ExerciseAnswer::free, Optional(ExerciseListsType()));
    result->Add(FieldText{.name = "pcp",
                          .doc = "The per-cpu lists at the end.",
                          .default_text = "not graded",
                          .example = "[]"},
                &ExerciseAnswer::pcp, Optional(ExerciseListsType()));
    result->Add(FieldText{.name = "states",
                          .doc = "The lists after each operation, from the "
                                 "first on.",
                          .default_text = "not graded",
                          .example = "[{\"free\": []}]"},
                &ExerciseAnswer::states,
                Optional(ListType(ObjectType("state", "an object", &StateTable),
                                  "states")));
    result->Add(FieldText{.name = "events",
                          .doc = "All that happens, in its order.",
                          .default_text = "not graded",
                          .example = R"([{"event": "split"}])"},
                &ExerciseAnswer::events,
                Optional(ListType(ObjectType("event", "an object", &EventTable),
                                  "events")));
    result->SetCheck([](const JsonValue& object, const ExerciseAnswer& answer,
                        Reader& reader) {
      if (answer.free.has_value() || answer.pcp.has_value() ||
          answer.states.has_value() || answer.events.has_value()) {
        return;
      }
      reader.Error(object,
                   "needs one of \"free\", \"pcp\", \"states\" and \"events\"");
    });
    return result;
  }();
  return *table;
}

const LanguageInfo& AnswerLanguage() {
  static const auto* const language = new LanguageInfo{
      .title = "Answer files",
      .introduction =
          "An answer is JSON: what a student says about an\n"
          "[exercise](exercise-reference.md). `pagelab check` grades it; see "
          "[quiz.md](quiz.md).",
      .objects = {&AnswerTable().info(), &ExerciseListTable().info(),
                  &StateTable().info(), &EventTable().info()}};
  return *language;
}

}  // namespace pagelab
