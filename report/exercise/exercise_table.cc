// The language of exercise files.

#include <string>
#include <utility>

#include "pagelab/report/exercise/exercise_tables.h"

namespace pagelab {
namespace {

using StartObject = ObjectTable<ExerciseStart>;

// Enough to draw on a blackboard, and far from what a test of a file would
// take long to read.
constexpr int64_t kMostPages = 1 << 16;
constexpr int64_t kMostPcpPages = 1 << 16;
constexpr size_t kMostOperations = 1000;

ValueType<uint64_t> PagesType(int64_t min = 0) {
  return Converted<uint64_t>(WholeType(min, kMostPages), [](int64_t pages) {
    return static_cast<uint64_t>(pages);
  });
}

template <class T>
ObjectTable<T>& AddFrames(ObjectTable<T>& table) {
  table.Add(FieldText{.name = "begin",
                      .doc = "The first frame.",
                      .example = "\"0x1000\"",
                      .required = true},
            &T::begin, PfnType());
  return table.Add(FieldText{.name = "end",
                             .doc = "The frame behind the last one.",
                             .example = "\"0x1010\"",
                             .required = true},
                   &T::end, PfnType());
}

template <class T>
void CheckFrames(const JsonValue& object, const T& range, Reader& reader) {
  if (range.begin >= range.end) {
    reader.Error(PositionOf(object, "end"), "must be above \"begin\"");
  } else if ((range.end - range.begin).value() >
             static_cast<uint64_t>(kMostPages)) {
    reader.Error(PositionOf(object, "end"), "the range is too long");
  }
}

const ObjectTable<TypedPageblocks>& PageblocksTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<TypedPageblocks>(ObjectInfo{
        .name = "pageblocks",
        .title = "Pageblocks",
        .doc = "The migratetype of pageblocks in which nothing is free: a "
               "free block tells the type of its own.",
        .example =
            R"({"begin": "0x1010", "end": "0x1020", "type": "Unmovable"})"});
    AddFrames(*result).Add(FieldText{.name = "type",
                                     .doc = "Their type.",
                                     .example = "\"Unmovable\"",
                                     .required = true},
                           &TypedPageblocks::type, MigratetypeType());
    result->SetCheck(CheckFrames<TypedPageblocks>);
    return result;
  }();
  return *table;
}

const ObjectTable<FrameRange>& FramesTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<FrameRange>(
        ObjectInfo{.name = "frames",
                   .title = "Frames",
                   .doc = "Frames in use.",
                   .example = R"({"begin": "0x1010", "end": "0x1018"})"});
    AddFrames(*result);
    result->SetCheck(CheckFrames<FrameRange>);
    return result;
  }();
  return *table;
}

void AddMemory(StartObject& table) {
  table.Add(FieldText{.name = "machine",
                      .doc = "The state that a machine boots to, by its name "
                             "or file; it has one zone and one CPU, as "
                             "`hello` has. The other fields are not looked at.",
                      .default_text = "none",
                      .example = "\"hello\""},
            &ExerciseStart::machine, TextType());
  table.Add(FieldText{.name = "begin",
                      .doc = "The first page frame of memory.",
                      .default_text = "\"0x1000\"",
                      .example = "\"0x1000\""},
            &ExerciseStart::begin, PfnType());
  table.Add(FieldText{.name = "pages",
                      .doc = "How many frames there are.",
                      .default_text = "64",
                      .example = "64"},
            &ExerciseStart::pages, PagesType(1));
  table.Add(FieldText{.name = "pageblock_order",
                      .doc = "The order of a pageblock. Differs from Linux, "
                             "where it is 9 on x86-64: so that several fit "
                             "the blackboard.",
                      .default_text = "4",
                      .example = "4"},
            &ExerciseStart::pageblock_order,
            Converted<Order>(WholeType(1, kMaxPageOrder), [](int64_t order) {
              return Order(static_cast<int>(order));
            }));
}

void AddLists(StartObject& table) {
  table.AddStored(
      FieldText{
          .name = "free",
          .doc = "The free lists. Frames on no list are in use.",
          .default_text = "[]",
          .example =
              R"([{"order": 3, "type": "Unmovable", "blocks": ["0x1000"]}])"},
      ExerciseListsType(),
      [](ExerciseStart& start, std::vector<ExerciseList> lists) {
        start.lists.free = std::move(lists);
      });
  table.AddStored(
      FieldText{
          .name = "pcp",
          .doc = "The per-cpu lists of the one CPU.",
          .default_text = "[]",
          .example =
              R"([{"order": 0, "type": "Movable", "blocks": ["0x1008"]}])"},
      ExerciseListsType(),
      [](ExerciseStart& start, std::vector<ExerciseList> lists) {
        start.lists.pcp = std::move(lists);
      });
  table.Add(
      FieldText{
          .name = "pageblocks",
          .doc = "Types of pageblocks in which nothing is free.",
          .default_text = "Movable",
          .example =
              R"([{"begin": "0x1010", "end": "0x1020", "type": "Unmovable"}])"},
      &ExerciseStart::pageblocks,
      ListType(ObjectType("pageblocks", "an object", &PageblocksTable),
               "ranges"));
  table.Add(
      FieldText{.name = "movable",
                .doc = "Frames in use that can be moved, on an LRU "
                       "list: they count when a pageblock is claimed.",
                .default_text = "[]",
                .example = R"([{"begin": "0x1010", "end": "0x1018"}])"},
      &ExerciseStart::movable,
      ListType(ObjectType("frames", "an object", &FramesTable), "ranges"));
}

void AddLimits(StartObject& table) {
  const auto mark = [&table](const char* name,
                             uint64_t ExerciseStart::*member) {
    table.Add(FieldText{.name = name,
                        .doc = std::string("The watermark \"") + name +
                               "\" of the zone, in pages.",
                        .default_text = "0",
                        .example = "4"},
              member, PagesType());
  };
  mark("min", &ExerciseStart::min);
  mark("low", &ExerciseStart::low);
  mark("high", &ExerciseStart::high);
  table.Add(FieldText{.name = "batch",
                      .doc = "How many pages a refill of an empty per-cpu "
                             "list takes.",
                      .default_text = "1",
                      .example = "4"},
            &ExerciseStart::batch, WholeType(1, 256));
  table.Add(FieldText{.name = "pcp_high_min",
                      .doc = "The least number of pages at which per-cpu "
                             "lists are drained. With 0 for both limits, as "
                             "at early boot, nothing stays on them.",
                      .default_text = "0",
                      .example = "8"},
            &ExerciseStart::pcp_high_min, WholeType(0, kMostPcpPages));
  table.Add(FieldText{.name = "pcp_high_max",
                      .doc = "The greatest.",
                      .default_text = "0",
                      .example = "8"},
            &ExerciseStart::pcp_high_max, WholeType(0, kMostPcpPages));
}

const StartObject& StartTableOfExercise() {
  static const auto* const table = [] {
    auto* result = new StartObject(ObjectInfo{
        .name = "start",
        .title = "Start",
        .doc = "One zone of one node with one CPU, and what is free in it.",
        .example =
            R"({"pages": 32, "free": [{"order": 3, "type": "Unmovable", "blocks": ["0x1000"]}]})"});
    AddMemory(*result);
    AddLists(*result);
    AddLimits(*result);
    return result;
  }();
  return *table;
}

struct AllocFields {
  Order order{};
  Gfp gfp = gfp::kKernel;
};

const ObjectTable<AllocFields>& AllocFieldsTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<AllocFields>(
        ObjectInfo{.name = "alloc",
                   .title = "Alloc",
                   .doc = "A block is asked for.",
                   .example = R"({"order": 0, "gfp": "GFP_KERNEL"})"});
    result->Add(FieldText{.name = "order",
                          .doc = "Its order.",
                          .default_text = "0",
                          .example = "0"},
                &AllocFields::order, OrderType());
    result->Add(FieldText{.name = "gfp",
                          .doc = "How it is asked for; not with "
                                 "`__GFP_NOFAIL`, which would wait for pages "
                                 "that nobody gives back.",
                          .default_text = "\"GFP_KERNEL\"",
                          .example = "\"GFP_HIGHUSER_MOVABLE\""},
                &AllocFields::gfp, GfpType());
    result->SetCheck([](const JsonValue& object, const AllocFields& fields,
                        Reader& reader) {
      if (!fields.gfp.HasAny(gfp::kNofail)) return;
      reader.Error(PositionOf(object, "gfp"),
                   "an exercise has no __GFP_NOFAIL: the request would wait "
                   "for pages that nobody gives back");
    });
    return result;
  }();
  return *table;
}

struct FreeFields {
  Pfn pfn{};
  Order order{};
};

const ObjectTable<FreeFields>& FreeFieldsTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<FreeFields>(
        ObjectInfo{.name = "free",
                   .title = "Free",
                   .doc = "A block in use is given back: one from before, or "
                          "one that an operation got.",
                   .example = R"({"pfn": "0x1004", "order": 2})"});
    result->Add(FieldText{.name = "pfn",
                          .doc = "Its first frame.",
                          .example = "\"0x1004\"",
                          .required = true},
                &FreeFields::pfn, PfnType());
    result->Add(FieldText{.name = "order",
                          .doc = "Its order, not above that of a pageblock.",
                          .default_text = "0",
                          .example = "2"},
                &FreeFields::order, OrderType());
    return result;
  }();
  return *table;
}

const ObjectTable<ExerciseOperation>& OperationTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<ExerciseOperation>(
        ObjectInfo{.name = "operation",
                   .title = "Operation",
                   .doc = "One thing that happens.",
                   .example = R"({"alloc": {"order": 1}})",
                   .one_of_fields = true});
    result->AddStored(FieldText{.name = "alloc",
                                .doc = "A block is asked for.",
                                .example = R"({"order": 1})"},
                      ObjectType("alloc", "an object", &AllocFieldsTable),
                      [](ExerciseOperation& to, AllocFields fields) {
                        to.kind = OperationKind::kAlloc;
                        to.order = fields.order;
                        to.gfp = fields.gfp;
                      });
    result->AddStored(FieldText{.name = "free",
                                .doc = "A block is given back.",
                                .example = R"({"pfn": "0x1004"})"},
                      ObjectType("free", "an object", &FreeFieldsTable),
                      [](ExerciseOperation& to, FreeFields fields) {
                        to.kind = OperationKind::kFree;
                        to.order = fields.order;
                        to.pfn = fields.pfn;
                      });
    result->AddStored(FieldText{.name = "drain",
                                .doc = "The per-cpu lists are emptied; "
                                       "`true`.",
                                .example = "true"},
                      BoolType(), [](ExerciseOperation& to, bool) {
                        to.kind = OperationKind::kDrain;
                      });
    return result;
  }();
  return *table;
}

}  // namespace

const ObjectTable<Exercise>& ExerciseTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<Exercise>(ObjectInfo{
        .name = "exercise",
        .title = "Exercise",
        .doc = "The whole file.",
        .example =
            R"({"start": {"free": [{"order": 3, "type": "Unmovable", "blocks": ["0x1000"]}]}, "operations": [{"alloc": {}}]})"});
    result->Add(FieldText{.name = "description",
                          .doc = "What it is about, for people.",
                          .default_text = "none",
                          .example = "\"One block is split.\""},
                &Exercise::description, TextType());
    result->Add(FieldText{.name = "start",
                          .doc = "Memory at the start.",
                          .example = R"({"machine": "hello"})",
                          .required = true},
                &Exercise::start,
                ObjectType("start", "an object", &StartTableOfExercise));
    result->Add(FieldText{.name = "operations",
                          .doc = "What happens, in this order.",
                          .example = R"([{"alloc": {}}])",
                          .required = true},
                &Exercise::operations,
                ListType(ObjectType("operation", "an object", &OperationTable),
                         "operations", {.min = 1, .max = kMostOperations}));
    result->Add(FieldText{.name = "list_order",
                          .doc = "Whether it counts where in its list a "
                                 "block is.",
                          .default_text = "true",
                          .example = "false"},
                &Exercise::list_order, BoolType());
    result->Add(FieldText{.name = "asked",
                          .doc = "The kinds of events that an answer has.",
                          .default_text = "all",
                          .example = R"(["split", "merge"])"},
                &Exercise::asked, ListType(StepKindType(), "kinds"));
    return result;
  }();
  return *table;
}

const LanguageInfo& ExerciseLanguage() {
  static const auto* const language = new LanguageInfo{
      .title = "Exercise files",
      .introduction =
          "An exercise file is JSON: a small memory, and what is done to it. "
          "`pagelab check`\nsays what an allocator makes of it, and grades "
          "what a student says; see [quiz.md](quiz.md).",
      .objects = {&ExerciseTable().info(), &StartTableOfExercise().info(),
                  &ExerciseListTable().info(), &PageblocksTable().info(),
                  &FramesTable().info(), &OperationTable().info(),
                  &AllocFieldsTable().info(), &FreeFieldsTable().info()}};
  return *language;
}

}  // namespace pagelab
