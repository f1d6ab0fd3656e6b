// The field tables give the parser, the schema and the reference page; these
// tests keep the three in step.

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"
#include "pagelab/test/workloads/schema_validator.h"
#include "pagelab/workloads/language/json_reader.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/machine_language.h"
#include "pagelab/workloads/machine_parts.h"
#include "pagelab/workloads/machine_tables.h"
#include "pagelab/workloads/migrate_steps.h"
#include "pagelab/workloads/scenario_language.h"
#include "pagelab/workloads/scenario_reader.h"
#include "pagelab/workloads/scenario_tables.h"
#include "pagelab/workloads/start_table.h"

namespace pagelab {
namespace {

std::vector<const LanguageInfo*> Languages() {
  return {&ScenarioLanguage(), &MachineLanguage()};
}

std::string SchemaOf(const LanguageInfo& language) {
  return &language == &ScenarioLanguage() ? ScenarioSchema() : MachineSchema();
}

std::string ReferenceOf(const LanguageInfo& language) {
  return &language == &ScenarioLanguage() ? ScenarioReference()
                                          : MachineReference();
}

// The part of the schema that is about an object.
const JsonValue& SchemaPart(const SchemaValidator& schema,
                            const ObjectInfo& object) {
  const JsonValue* part =
      schema.schema().Find("definitions")->Find(object.name);
  return part == nullptr ? schema.schema() : *part;
}

// Reads `text` through the table of the object that is called `name`, in a
// scenario that has everything the examples mention.
std::string ReadAs(const std::string& name, const std::string& text) {
  Scenario scenario;
  scenario.machine = *LoadMachine("numa-2n");
  scenario.distributions = {{.name = "use", .max = 1}};
  scenario.stacks = {{.name = "probe", .position = {}, .frames = {}}};
  ScenarioReader reader("example", scenario);
  const auto read = [&](const auto& table, auto target) {
    table.Read(ParsedJson(text), target, reader);
  };
  const std::vector<std::pair<std::string, std::function<void()>>> tables = {
      {"scenario", [&] { read(ScenarioTable(), scenario); }},
      {"from", [&] { read(StartTable(), ScenarioStart()); }},
      {"task", [&] { read(TaskTable(), ScenarioTask()); }},
      {"step", [&] { read(StepTable(), Step()); }},
      {"alloc-step", [&] { read(AllocTable(), AllocStep()); }},
      {"free-step", [&] { read(FreeTable(), FreeStep()); }},
      {"repeat-step", [&] { read(RepeatTable(), RepeatStep()); }},
      {"touch-step", [&] { read(TouchTable(), TouchStep()); }},
      {"shrink-step", [&] { read(ShrinkTable(), ShrinkStep()); }},
      {"map-step", [&] { read(MapTable(), MapStep()); }},
      {"unmap-step", [&] { read(UnmapTable(), UnmapStep()); }},
      {"read-step", [&] { read(ReadTable(), ReadStep()); }},
      {"write-step", [&] { read(WriteTable(), WriteStep()); }},
      {"drain-step", [&] { read(DrainTable(), DrainStep()); }},
      {"migrate-step", [&] { read(MigrateTable(), MigrateStep()); }},
      {"access-step", [&] { read(AccessTable(), AccessStep()); }},
      {"distribution", [&] { read(DistributionTable(), Distribution()); }},
      {"uniform", [&] { read(UniformTable(), Distribution()); }},
      {"exponential", [&] { read(ExponentialTable(), Distribution()); }},
      {"normal", [&] { read(NormalTable(), Distribution()); }},
      {"lognormal", [&] { read(LogNormalTable(), Distribution()); }},
      {"pareto", [&] { read(ParetoTable(), Distribution()); }},
      {"choice", [&] { read(ChoiceTable(), Distribution::Choice()); }},
      {"machine", [&] { read(MachineTable(), MachineConfig()); }},
      {"memory-range", [&] { read(FirmwareRangeTable(), FirmwareRange()); }},
      {"hotplug-range", [&] { read(HotplugRangeTable(), AddressRange()); }},
      {"node-range", [&] { read(NodeRangeTable(), AddressRange()); }},
      {"node", [&] { read(NodeTable(), NodeConfig()); }},
      {"geometry", [&] { read(GeometryTable(), MemoryGeometry()); }},
      {"policy", [&] { read(PolicyTable(), AllocatorPolicy()); }},
      {"page-flags", [&] { read(PageFlagsTable(), PageFlagsLayout()); }},
      {"reservation", [&] { read(ReservationTable(), BootReservation()); }},
      {"early-allocation",
       [&] { read(EarlyAllocationTable(), EarlyAllocation()); }},
      {"boot-free", [&] { read(BootFreeTable(), BootFree()); }},
  };
  for (const auto& [table, read_it] : tables) {
    if (table != name) continue;
    read_it();
    return reader.ok() ? "" : std::string(FromAbsl(reader.status().message()));
  }
  constexpr std::string_view kStep = "-step";
  if (name.size() <= kStep.size() ||
      name.substr(name.size() - kStep.size()) != kStep) {
    return "no table is called " + name;
  }
  // A step of a subsystem: its table is known to the table of steps alone.
  Step step;
  StepTable().Read(
      ParsedJson(R"({")" + name.substr(0, name.size() - kStep.size()) +
                 R"(": )" + text + "}"),
      step, reader);
  return reader.ok() ? "" : std::string(FromAbsl(reader.status().message()));
}

// Steps that take new files or existing ones (steps/file_choice.h).
bool NeedsForFiles(const ObjectInfo& object, const std::string& field,
                   const std::string& other) {
  if (object.name != "write_file-step" && object.name != "read_file-step" &&
      object.name != "fallocate-step") {
    return false;
  }
  if (field == "as") return other == "files";
  if (field == "files") return other == "as";
  return other == "file";
}

// An object with the field's example, and whatever it needs beside.
std::string ObjectWith(const ObjectInfo& object, const FieldInfo& field) {
  JsonValue value = JsonValue::Object();
  for (const FieldInfo& other : object.fields) {
    const bool wanted = other.text.name == field.text.name;
    const bool needed =
        other.text.required ||
        (object.name == "alloc-step" && field.text.name == "for" &&
         other.text.name == "rate") ||
        (object.name == "repeat-step" && other.text.name == "times" &&
         field.text.name != "for") ||
        (object.name == "repeat-step" && other.text.name == "for" && wanted) ||
        (object.name == "access-step" && field.text.name == "value" &&
         other.text.name == "write") ||
        (object.name == "write-step" && other.text.name == "text" &&
         field.text.name != "hex") ||
        (object.name == "from" && field.text.name == "as" &&
         other.text.name == "page_owner") ||
        (object.name == "geometry" && other.text.name == "pageblock_order") ||
        NeedsForFiles(object, field.text.name, other.text.name);
    if (wanted || needed) {
      value.Set(other.text.name, ParsedJson(other.text.example));
    }
  }
  return value.ToText();
}

TEST_CASE("Schema: it has every object and every field of the tables",
          "[workloads][schema]") {
  for (const LanguageInfo* language : Languages()) {
    const SchemaValidator schema(SchemaOf(*language));
    for (const ObjectInfo* object : language->objects) {
      const JsonValue& part = SchemaPart(schema, *object);
      CAPTURE(object->name);
      CHECK(part.Find("description")->text() == object->doc);
      REQUIRE(part.Find("properties") != nullptr);
      CHECK(part.Find("properties")->members().size() == object->fields.size());
      CHECK_FALSE(part.Find("additionalProperties")->boolean());
      for (const FieldInfo& field : object->fields) {
        CAPTURE(field.text.name);
        const JsonValue* property =
            part.Find("properties")->Find(field.text.name);
        REQUIRE(property != nullptr);
        CHECK(property->Find("description")->text() == field.text.doc);
      }
    }
  }
}

TEST_CASE("Schema: every field is described", "[workloads][schema]") {
  for (const LanguageInfo* language : Languages()) {
    std::set<std::string> names;
    for (const ObjectInfo* object : language->objects) {
      CAPTURE(object->name);
      CHECK(names.insert(object->name).second);
      CHECK_FALSE(object->doc.empty());
      CHECK_FALSE(object->example.empty());
      for (const FieldInfo& field : object->fields) {
        CAPTURE(field.text.name);
        CHECK(field.text.doc.back() == '.');
        CHECK_FALSE(field.type.expected.empty());
        CHECK_FALSE(field.type.schema.members().empty());
        if (!object->one_of_fields) {
          CHECK(field.text.required == field.text.default_text.empty());
        }
      }
    }
  }
}

TEST_CASE("Schema: every object is read by a table of its own",
          "[workloads][schema]") {
  for (const LanguageInfo* language : Languages()) {
    const SchemaValidator schema(SchemaOf(*language));
    for (const ObjectInfo* object : language->objects) {
      CAPTURE(object->name, object->example);
      // The handle of an example is another step's.
      CHECK(ReadAs(object->name, object->example).empty());
      const JsonValue example = ParsedJson(object->example);
      CHECK((object == language->objects.front()
                 ? schema.Validate(example)
                 : schema.ValidateAs(object->name, example))
                .empty());
    }
  }
}

TEST_CASE("Schema: parser and schema take the example of every field",
          "[workloads][schema]") {
  int examples = 0;
  for (const LanguageInfo* language : Languages()) {
    const SchemaValidator schema(SchemaOf(*language));
    for (const ObjectInfo* object : language->objects) {
      for (const FieldInfo& field : object->fields) {
        if (field.text.example.empty()) continue;
        const std::string text = ObjectWith(*object, field);
        CAPTURE(object->name, text);
        CHECK(ReadAs(object->name, text).empty());
        const JsonValue value = ParsedJson(text);
        CHECK((object == language->objects.front()
                   ? schema.Validate(value)
                   : schema.ValidateAs(object->name, value))
                  .empty());
        ++examples;
      }
    }
  }
  CHECK(examples > 80);
}

TEST_CASE("Schema: parser and schema refuse a wrong type in every field",
          "[workloads][schema]") {
  for (const LanguageInfo* language : Languages()) {
    const SchemaValidator schema(SchemaOf(*language));
    for (const ObjectInfo* object : language->objects) {
      for (const FieldInfo& field : object->fields) {
        // No field takes any of these.
        for (const char* wrong : {"null", "[[[]]]", "-7.5"}) {
          const std::string text = "{" + QuoteJson(field.text.name) + ": " +
                                   std::string(wrong) + "}";
          CAPTURE(object->name, text);
          const JsonValue value = ParsedJson(text);
          CHECK_FALSE((object == language->objects.front()
                           ? schema.Validate(value)
                           : schema.ValidateAs(object->name, value))
                          .empty());
          CHECK_FALSE(ReadAs(object->name, text).empty());
        }
      }
    }
  }
}

// A document and every document that differs from it in one place.
void ForEachMutation(const JsonValue& value,
                     const std::function<void(const JsonValue&)>& use) {
  for (const char* replacement :
       {"null", "true", "0", "11", "-1", "1.5", "\"\"", "\"x y\"", "\"10ms\"",
        "\"0x1000\"", "\"name\"", "[]", "{}", "{\"x\": 1}"}) {
    use(ParsedJson(replacement));
  }
  for (size_t i = 0; i < value.items().size(); ++i) {
    ForEachMutation(value.items()[i], [&](const JsonValue& item) {
      std::vector<JsonValue> items = value.items();
      items[i] = item;
      use(JsonValue::Array(std::move(items)));
    });
  }
  for (size_t i = 0; i < value.members().size(); ++i) {
    ForEachMutation(value.members()[i].value, [&](const JsonValue& member) {
      std::vector<JsonMember> members = value.members();
      members[i].value = member;
      use(JsonValue::Object(std::move(members)));
    });
    std::vector<JsonMember> renamed = value.members();
    renamed[i].name += "x";
    use(JsonValue::Object(std::move(renamed)));
    std::vector<JsonMember> without = value.members();
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(i));
    use(JsonValue::Object(std::move(without)));
  }
}

using Parser = std::function<bool(const std::string&)>;

// Whatever the parser takes, the schema takes. The other way round, the schema
// cannot know what names and ranges mean together; it must find most errors.
void CompareOnMutations(const std::string& text, const SchemaValidator& schema,
                        const Parser& parses) {
  const JsonValue document = ParsedJson(text);
  REQUIRE(parses(text));
  REQUIRE(schema.Validate(document).empty());
  int refused_by_parser = 0;
  int refused_by_both = 0;
  ForEachMutation(document, [&](const JsonValue& mutation) {
    const std::string mutated = mutation.ToText();
    const std::string wrong = schema.Validate(mutation);
    const bool good = parses(mutated);
    if (good && !wrong.empty()) {
      CAPTURE(mutated, wrong);
      CHECK(wrong.empty());
    }
    refused_by_parser += good ? 0 : 1;
    refused_by_both += !good && !wrong.empty() ? 1 : 0;
  });
  CAPTURE(refused_by_parser, refused_by_both);
  CHECK(refused_by_parser > 100);
  CHECK(refused_by_both * 10 > refused_by_parser * 8);
}

TEST_CASE("Schema: what the scenario parser takes, the schema takes",
          "[workloads][schema]") {
  const SchemaValidator schema(ScenarioSchema());
  CompareOnMutations(
      R"({"machine": "hello", "seed": 3,
          "set": {"policy.cma": false},
          "stacks": {"probe": ["f+0x1/0x10 [m]", "g"]},
          "distributions": {"name": {"uniform": {"min": 0, "max": 5}},
                            "c": {"choice": [{"value": 1, "weight": 2}]}},
          "tasks": [{"name": "t", "pid": 7, "start": "1ms", "steps": [
            {"alloc": {"order": "name", "gfp": "GFP_KERNEL", "count": 5,
                       "rate": 2.5, "as": "name", "stack": "probe"}},
            {"free": {"handle": "name", "pick": "newest",
                      "probability": 0.5}},
            {"repeat": {"times": 2, "steps": [{"wait": "name"}]}},
            {"capture": "name"}]}]})",
      schema, [](const std::string& text) {
        return ParseScenario("s.json", text).ok();
      });
}

TEST_CASE("Schema: what the machine parser takes, the schema takes",
          "[workloads][schema]") {
  const SchemaValidator schema(MachineSchema());
  CompareOnMutations(
      R"({"memory_map": [{"begin": "0x1000", "end": "4MiB"},
                         {"begin": "4MiB", "end": "5MiB", "type": "reserved"}],
          "nodes": [{"ranges": [{"begin": 0, "end": "4MiB"}], "cpus": 2,
                     "distances": [10]}],
          "cpus": 2, "geometry": {"section_order": 10, "pageblock_order": 4},
          "policy": {"fallback": "late-6.12", "min_free_kbytes": 64,
                     "lowmem_reserve_ratio": [1, 2, 3, 4],
                     "cache_slice": "1MiB"},
          "reserved": [{"what": "a", "address": 0, "bytes": "64KiB",
                        "align": 64}],
          "early_allocations": [{"count": 3, "order": 1,
                                 "gfp": "GFP_KERNEL|__GFP_ZERO"}],
          "boot_frees": [{"stage": "late", "begin": "0x2000",
                          "end": "0x3000"}],
          "call_duration": "1us"})",
      schema, [](const std::string& text) {
        return ParseMachine("m.json", text).ok();
      });
}

TEST_CASE("Schema: it takes the built-in files", "[workloads][schema]") {
  const SchemaValidator machines(MachineSchema());
  for (const LibraryEntry& entry : BuiltinMachines()) {
    CAPTURE(std::string(entry.name));
    CHECK(machines.Validate(ParsedJson(std::string(entry.text))).empty());
  }
  const SchemaValidator scenarios(ScenarioSchema());
  for (const LibraryEntry& entry : BuiltinScenarios()) {
    CAPTURE(std::string(entry.name));
    CHECK(scenarios.Validate(ParsedJson(std::string(entry.text))).empty());
  }
}

TEST_CASE("Reference: the committed pages are those of the tables",
          "[workloads][reference]") {
  const std::string docs = std::string(PAGELAB_SOURCE_DIR) + "/docs/";
  INFO(
      "write them anew: pagelab schema --reference > "
      "docs/scenario-reference.md; pagelab schema machine --reference > "
      "docs/machine-reference.md");
  CHECK(FileContents(docs + "scenario-reference.md") == ScenarioReference());
  CHECK(FileContents(docs + "machine-reference.md") == MachineReference());
}

// Where GitHub's heading anchors are.
std::string AnchorOf(std::string title) {
  for (char& c : title) {
    if (c == ' ') c = '-';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return title;
}

TEST_CASE("Reference: every link leads to a heading",
          "[workloads][reference]") {
  for (const LanguageInfo* language : Languages()) {
    const std::string page = ReferenceOf(*language);
    std::set<std::string> anchors;
    for (const ObjectInfo* object : language->objects) {
      CHECK(AnchorOf(object->title) == object->name);
      anchors.insert(object->name);
    }
    size_t links = 0;
    for (size_t at = page.find("](#"); at != std::string::npos;
         at = page.find("](#", at + 1)) {
      const std::string target =
          page.substr(at + 3, page.find(')', at) - at - 3);
      CAPTURE(target);
      CHECK(anchors.count(target) == 1);
      ++links;
    }
    CHECK(links > language->objects.size());
  }
}

}  // namespace
}  // namespace pagelab
