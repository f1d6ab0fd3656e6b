// The steps of a scenario's tasks.

#include <string>
#include <utility>

#include "pagelab/workloads/kernel/kernel_path.h"
#include "pagelab/workloads/language/field_types.h"
#include "pagelab/workloads/memcg_steps.h"
#include "pagelab/workloads/migrate_steps.h"
#include "pagelab/workloads/scenario_reader.h"
#include "pagelab/workloads/scenario_tables.h"
#include "pagelab/workloads/steps/step_tables.h"

namespace pagelab {
namespace {

// A bulk request is one call: the caller's array of pages.
constexpr uint64_t kMaxBulk = uint64_t{1} << 20;

ValueType<Quantity> OrderType() {
  return QuantityType(As<uint64_t>(WholeType(0, kMaxPageOrder)), kMaxPageOrder);
}

ValueType<Quantity> CountQuantity() {
  return QuantityType(CountType(1), UINT64_MAX);
}

ValueType<Quantity> DurationQuantity() {
  return QuantityType(DurationType(), UINT64_MAX);
}

ValueType<std::string> CallType() {
  EnumWords<std::string> words;
  for (const KernelPath& path : KernelPaths()) {
    words.emplace_back(path.name, std::string(path.name));
  }
  return EnumType(words);
}

// What there is to call.
std::string CallNotes() {
  std::string text =
      "Functions to `call`, and what leads to them; gfp and order are what "
      "they\nask for by themselves:\n\n"
      "| function | what | gfp | order |\n| --- | --- | --- | --- |\n";
  for (const KernelPath& path : KernelPaths()) {
    std::string flags;
    for (const char c : ToString(path.gfp)) {
      if (c == '|') flags += '\\';
      flags += c;
    }
    text += "| `" + std::string(path.name) + "` | " +
            std::string(path.summary) + " | `" + flags + "` | " +
            std::to_string(path.order.value()) + " |\n";
  }
  return text;
}

// The name of a stack, or its frames in place: the index of the stack.
ValueType<int> StackReferenceType() {
  ValueType<ScriptedStack> frames = StackType();
  TypeInfo info;
  info.expected = "the name of a stack, or " + frames.info.expected;
  info.markdown = info.expected;
  info.schema = JsonValue::Object(
      {{"anyOf", JsonValue::Array(
                     {NameType("a name").info.schema, frames.info.schema})}});
  auto read = [expected = info.expected, frames_read = std::move(frames.read)](
                  const JsonValue& value, int& target, Reader& reader) {
    ScenarioReader& names = ScenarioReader::Of(reader);
    if (value.is_string()) {
      target = names.FindStack(value);
      return;
    }
    if (!value.is_array()) {
      reader.ErrorExpected(value, expected);
      return;
    }
    ScriptedStack stack;
    stack.position = value.position();
    frames_read(value, stack, reader);
    std::vector<ScriptedStack>& stacks = names.scenario().stacks;
    target = static_cast<int>(stacks.size());
    stacks.push_back(std::move(stack));
  };
  return ValueType<int>{std::move(info), std::move(read)};
}

// At most one of two keys.
void CheckOneOf(const JsonValue& object, std::string_view a, std::string_view b,
                Reader& reader) {
  if (object.Find(a) == nullptr || object.Find(b) == nullptr) return;
  reader.Error(PositionOf(object, b),
               QuoteJson(a) + " and " + QuoteJson(b) + " exclude each other");
}

void CheckGfp(const JsonValue& object, Gfp flags, Reader& reader) {
  const TextPosition position = PositionOf(object, "gfp");
  const int zones = (flags.HasAny(gfp::kDma) ? 1 : 0) +
                    (flags.HasAny(gfp::kDma32) ? 1 : 0) +
                    (flags.HasAny(gfp::kHighmem) ? 1 : 0);
  if (zones > 1) {
    reader.Error(position,
                 "\"gfp\" must name at most one of the zones: __GFP_DMA, "
                 "__GFP_DMA32, __GFP_HIGHMEM");
  }
  if (flags.Has(gfp::kMovable.With(gfp::kReclaimable))) {
    reader.Error(position,
                 "\"gfp\" must not have both __GFP_MOVABLE and "
                 "__GFP_RECLAIMABLE");
  }
}

void CheckAlloc(const JsonValue& object, const AllocStep& step,
                Reader& reader) {
  CheckOneOf(object, "count", "for", reader);
  CheckOneOf(object, "count", "until_failure", reader);
  CheckOneOf(object, "for", "until_failure", reader);
  CheckOneOf(object, "stack", "call", reader);
  CheckOneOf(object, "exact_pages", "order", reader);
  CheckOneOf(object, "exact_pages", "bulk", reader);
  CheckOneOf(object, "exact_pages", "call", reader);
  CheckOneOf(object, "bulk", "order", reader);
  CheckOneOf(object, "bulk", "call", reader);
  if (step.duration.has_value() && step.rate == 0) {
    reader.Error(PositionOf(object, "for"), "\"for\" needs a \"rate\"");
  }
  if (step.until_failure && step.lifetime.has_value()) {
    reader.Error(PositionOf(object, "until_failure"),
                 "\"until_failure\" with a \"lifetime\" may never end");
  }
  if (step.bulk && step.until_failure) {
    reader.Error(PositionOf(object, "bulk"),
                 "a bulk request needs a \"count\", not \"until_failure\"");
  }
  if (step.bulk && step.count.fixed > kMaxBulk) {
    reader.Error(PositionOf(object, "count"),
                 "a bulk request must be for at most " +
                     std::to_string(kMaxBulk) + " pages");
  }
  if (step.gfp.has_value()) CheckGfp(object, *step.gfp, reader);
  const size_t nodes = std::max<size_t>(
      1, ScenarioReader::Of(reader).scenario().machine.nodes.size());
  if (step.node.valid() && static_cast<size_t>(step.node.value()) >= nodes) {
    reader.Error(PositionOf(object, "node"),
                 "there is no node " + std::to_string(step.node.value()) +
                     "; the machine's last one is " +
                     std::to_string(nodes - 1));
  }
}

// What is allocated.
void AddAllocRequest(ObjectTable<AllocStep>& table) {
  table.Add(FieldText{.name = "order",
                      .doc = "log2 of the pages of each block.",
                      .default_text = "0, or what `call` uses",
                      .example = "3"},
            &AllocStep::order, OrderType());
  table.Add(FieldText{.name = "gfp",
                      .doc = "The request's flags.",
                      .default_text = "`GFP_KERNEL`, or what `call` uses",
                      .example = "\"GFP_KERNEL|__GFP_ZERO\""},
            &AllocStep::gfp, As<std::optional<Gfp>>(GfpType()));
  table.Add(FieldText{.name = "exact_pages",
                      .doc = "alloc_pages_exact(): so many pages in a row, the "
                             "rest of the block given back.",
                      .default_text = "none",
                      .example = "5"},
            &AllocStep::exact_pages,
            As<std::optional<uint64_t>>(
                As<uint64_t>(WholeType(1, int64_t{kMaxOrderNrPages}))));
  table.Add(FieldText{.name = "bulk",
                      .doc = "alloc_pages_bulk(): all `count` pages in one "
                             "call.",
                      .default_text = "false",
                      .example = "true"},
            &AllocStep::bulk, BoolType());
  table.Add(FieldText{.name = "node",
                      .doc = "The node to prefer.",
                      .default_text = "the CPU's",
                      .example = "1"},
            &AllocStep::node, As<NodeId>(As<int>(WholeType(0, 63))));
}

// How many, and when.
void AddAllocPace(ObjectTable<AllocStep>& table) {
  table.Add(FieldText{.name = "count",
                      .doc = "How many blocks.",
                      .default_text = "1",
                      .example = "100"},
            &AllocStep::count, CountQuantity());
  table.Add(FieldText{.name = "for",
                      .doc = "As many as `rate` gives in that time.",
                      .default_text = "none",
                      .example = "\"2s\""},
            &AllocStep::duration,
            As<std::optional<Quantity>>(DurationQuantity()));
  table.Add(FieldText{.name = "until_failure",
                      .doc = "As many as there are: the step ends when an "
                             "allocation fails.",
                      .default_text = "false",
                      .example = "true"},
            &AllocStep::until_failure, BoolType());
  table.Add(FieldText{.name = "rate",
                      .doc = "Blocks a second of simulated time.",
                      .default_text = "one right after the other",
                      .example = "1000"},
            &AllocStep::rate, RateType());
  table.Add(FieldText{.name = "lifetime",
                      .doc = "Each block frees itself that long after its "
                             "allocation, unless a step freed it before.",
                      .default_text = "until it is freed",
                      .example = "\"50ms\""},
            &AllocStep::lifetime,
            As<std::optional<Quantity>>(DurationQuantity()));
}

// By whom.
void AddAllocOwner(ObjectTable<AllocStep>& table) {
  table.Add(FieldText{.name = "as",
                      .doc = "The handle that gets the blocks, to free them "
                             "by. Handles belong to all tasks.",
                      .default_text = "none",
                      .example = "\"buffers\""},
            &AllocStep::as, NewHandleType());
  table.Add(FieldText{.name = "stack",
                      .doc = "The callers to record, innermost first.",
                      .default_text = "a stack of the task's own",
                      .example = "\"probe\""},
            &AllocStep::stack, StackReferenceType());
  table.Add(FieldText{.name = "call",
                      .doc = "A simulated kernel function that allocates, by "
                             "its real call chain.",
                      .default_text = "none"},
            &AllocStep::call, CallType());
  table.Add(FieldText{.name = "memcg",
                      .doc = "The memory cgroup that pays.",
                      .default_text = "the task's",
                      .example = "\"app.slice\""},
            &AllocStep::memcg, MemcgNameType());
}

template <class To, class From>
auto Stored(ValueType<From> type) {
  return Converted<To>(std::move(type),
                       [](From value) { return To{std::move(value)}; });
}

// A handle, or an object that says more: {"free": "x"}.
ValueType<FreeStep> FreeType() {
  ValueType<std::string> handle = HandleType();
  const TypeInfo object = ReferenceTo("free-step", "an object");
  TypeInfo info;
  info.expected = "a handle, or an object";
  info.markdown = "a handle, or " + object.markdown;
  info.schema = JsonValue::Object(
      {{"anyOf", JsonValue::Array({handle.info.schema, object.schema})}});
  auto read = [read_handle = std::move(handle.read)](
                  const JsonValue& value, FreeStep& target, Reader& reader) {
    if (value.is_object()) {
      FreeTable().Read(value, target, reader);
    } else {
      read_handle(value, target.handle, reader);
    }
  };
  return ValueType<FreeStep>{std::move(info), std::move(read)};
}

template <class Action>
void AddStep(ObjectTable<Step>& table, FieldText text, ValueType<Action> type) {
  table.AddStored(
      std::move(text), std::move(type),
      [](Step& step, Action action) { step.action = std::move(action); });
}

// Steps that work on memory.
void AddMemorySteps(ObjectTable<Step>& table) {
  AddStep(table,
          {.name = "alloc",
           .doc = "Allocates blocks of pages.",
           .example = R"({"order": 2, "count": 10, "as": "buffers"})"},
          ObjectType("alloc-step", "an object", &AllocTable));
  AddStep(table,
          {.name = "free",
           .doc = "Frees blocks of a handle.",
           .example = R"({"handle": "buffers", "count": 5})"},
          FreeType());
  AddStep(table,
          {.name = "split",
           .doc = "split_page() on every block of a handle: afterwards it has "
                  "single pages.",
           .example = "\"buffers\""},
          Stored<SplitStep>(HandleType()));
  AddStep(table,
          {.name = "migrate",
           .doc = "Moves the blocks of a handle elsewhere.",
           .example = R"({"handle": "heap", "reason": "compaction"})"},
          ObjectType("migrate-step", "an object", &MigrateTable));
  AddStep(table,
          {.name = "drain",
           .doc = "Gives the per-cpu lists back to the buddy allocator "
                  "(drain_all_pages()).",
           .example = "{}"},
          ObjectType("drain-step", "an object without keys", &DrainTable));
  AddStep(table,
          {.name = "memcg_offline",
           .doc = "Removes a memory cgroup. What is charged to it stays so.",
           .example = "\"app.slice\""},
          MemcgOfflineType());
  AddStep(table,
          {.name = "access",
           .doc = "Reads or writes the contents of blocks, freed or not.",
           .example = R"({"handle": "buffers", "write": true})"},
          ObjectType("access-step", "an object", &AccessTable));
}

// Steps that work on time and files.
void AddOtherSteps(ObjectTable<Step>& table) {
  AddStep(table,
          {.name = "wait",
           .doc = "Lets simulated time pass.",
           .example = "\"10ms\""},
          Stored<WaitStep>(DurationQuantity()));
  AddStep(table,
          {.name = "repeat",
           .doc = "Runs steps again and again.",
           .example = R"({"times": 3, "steps": [{"wait": "1ms"}]})"},
          ObjectType("repeat-step", "an object", &RepeatTable));
  AddStep(table,
          {.name = "capture",
           .doc = "Writes all files as they are now, under that name. "
                  "Disturbs nothing.",
           .example = "\"before\""},
          Stored<CaptureStep>(NameType("a name")));
  AddStep(table,
          {.name = "read",
           .doc = "Reads a file of the simulated kernel to its end, with the "
                  "kernel's side effects.",
           .example = "\"/proc/pagetypeinfo\""},
          ReadType());
  AddStep(table,
          {.name = "write",
           .doc = "Writes to a file of the simulated kernel.",
           .example = R"({"path": "/proc/sys/vm/min_free_kbytes", )"
                      R"("text": "4096"})"},
          ObjectType("write-step", "an object", &WriteTable));
}

}  // namespace

const ObjectTable<AllocStep>& AllocTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<AllocStep>(ObjectInfo{
        .name = "alloc-step",
        .title = "Alloc step",
        .doc = "Allocates blocks of pages. That memory runs out is no error: "
               "the allocation is counted as failed, and the task goes on.",
        .example = R"({"order": 1, "gfp": "GFP_KERNEL|__GFP_NOWARN", )"
                   R"("count": 200, "rate": 1000, "as": "ring"})",
        .notes = CallNotes()});
    AddAllocRequest(*result);
    AddAllocPace(*result);
    AddAllocOwner(*result);
    result->SetLenientCheck(CheckAlloc);
    return result;
  }();
  return *table;
}

const ObjectTable<FreeStep>& FreeTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<FreeStep>(ObjectInfo{
        .name = "free-step",
        .title = "Free step",
        .doc = "Frees blocks of a handle: those that are old enough, in the "
               "order of `pick`, each with `probability`, at most `count`.",
        .example = R"({"handle": "buffers", "pick": "random", )"
                   R"("probability": 0.5})"});
    result->Add(FieldText{.name = "handle",
                          .doc = "Whose blocks.",
                          .example = "\"buffers\"",
                          .required = true},
                &FreeStep::handle, HandleType());
    result->Add(FieldText{.name = "count",
                          .doc = "At most so many.",
                          .default_text = "all",
                          .example = "5"},
                &FreeStep::count, As<std::optional<Quantity>>(CountQuantity()));
    result->Add(FieldText{.name = "pick",
                          .doc = "Which come first.",
                          .default_text = "\"oldest\"",
                          .example = "\"random\""},
                &FreeStep::pick,
                EnumType(EnumWords<FreePick>{{"oldest", FreePick::kOldest},
                                             {"newest", FreePick::kNewest},
                                             {"random", FreePick::kRandom}}));
    result->Add(FieldText{.name = "older_than",
                          .doc = "Only blocks that were allocated at least "
                                 "that long ago.",
                          .default_text = "any age",
                          .example = "\"100ms\""},
                &FreeStep::older_than,
                As<std::optional<Quantity>>(DurationQuantity()));
    result->Add(FieldText{.name = "probability",
                          .doc = "Of each block to be freed.",
                          .default_text = "1",
                          .example = "0.5"},
                &FreeStep::probability, RealType({.min = 0, .max = 1}));
    result->Add(FieldText{.name = "rate",
                          .doc = "Blocks a second of simulated time.",
                          .default_text = "one right after the other",
                          .example = "1000"},
                &FreeStep::rate, RateType());
    result->Add(FieldText{.name = "dangling",
                          .doc = "A handle that still knows the blocks when "
                                 "they are free, for `access`, or for a "
                                 "second `free`.",
                          .default_text = "none",
                          .example = "\"stale\""},
                &FreeStep::dangling, NewHandleType());
    result->Add(FieldText{.name = "stack",
                          .doc = "The callers to record as those who freed, "
                                 "innermost first.",
                          .default_text = "none",
                          .example = "\"probe\""},
                &FreeStep::stack, StackReferenceType());
    return result;
  }();
  return *table;
}

const ObjectTable<RepeatStep>& RepeatTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<RepeatStep>(ObjectInfo{
        .name = "repeat-step",
        .title = "Repeat step",
        .doc = "Runs `steps` again and again: `times` times, or until `for` "
               "has passed; the round that is under way then ends first.",
        .example = R"({"for": "2s", "steps": [{"alloc": {}}, )"
                   R"({"wait": "10ms"}]})"});
    result->Add(FieldText{.name = "times",
                          .doc = "How many rounds.",
                          .default_text = "none",
                          .example = "100"},
                &RepeatStep::times,
                As<std::optional<Quantity>>(CountQuantity()));
    result->Add(FieldText{.name = "for",
                          .doc = "Simulated time from the first round on.",
                          .default_text = "none",
                          .example = "\"2s\""},
                &RepeatStep::duration,
                As<std::optional<Quantity>>(DurationQuantity()));
    result->Add(FieldText{.name = "steps",
                          .doc = "What to repeat.",
                          .example = R"([{"alloc": {}}, {"wait": "10ms"}])",
                          .required = true},
                &RepeatStep::steps,
                ListType(Positioned(ObjectType("step", "a step", &StepTable)),
                         "steps"));
    result->SetCheck(
        [](const JsonValue& object, const RepeatStep& step, Reader& reader) {
          CheckOneOf(object, "times", "for", reader);
          if (step.times.has_value() || step.duration.has_value()) return;
          reader.Error(object, "needs \"times\" or \"for\"");
        });
    return result;
  }();
  return *table;
}

const ObjectTable<DrainStep>& DrainTable() {
  static const auto* const table = new ObjectTable<DrainStep>(
      ObjectInfo{.name = "drain-step",
                 .title = "Drain step",
                 .doc = "Has no keys: `{\"drain\": {}}`.",
                 .example = "{}"});
  return *table;
}

const ObjectTable<Step>& StepTable() {
  static const auto* const table = [] {
    auto* result =
        new ObjectTable<Step>(ObjectInfo{.name = "step",
                                         .title = "Step",
                                         .doc = "One thing that a task does.",
                                         .example = R"({"free": "buffers"})",
                                         .one_of_fields = true});
    AddMemorySteps(*result);
    AddUserPageSteps(*result);
    AddOtherSteps(*result);
    std::vector<const ObjectInfo*> objects;
    for (const AddSteps add : StepFamilies()) add(*result, objects);
    return result;
  }();
  return *table;
}

}  // namespace pagelab
