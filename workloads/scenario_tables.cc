#include "pagelab/workloads/scenario_tables.h"

#include <algorithm>
#include <string>
#include <utility>

#include "pagelab/base/text.h"
#include "pagelab/workloads/conclusion/conclusion.h"
#include "pagelab/workloads/conclusion/quantities.h"
#include "pagelab/workloads/language/field_types.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/library_files.h"
#include "pagelab/workloads/machine_base.h"
#include "pagelab/workloads/machine_tables.h"
#include "pagelab/workloads/memcg_steps.h"
#include "pagelab/workloads/migrate_steps.h"
#include "pagelab/workloads/scenario_reader.h"
#include "pagelab/workloads/start_table.h"
#include "pagelab/workloads/steps/step_tables.h"

namespace pagelab {
namespace {

// TASK_COMM_LEN without its final zero.
constexpr size_t kMaxComm = 15;
// PID_MAX_LIMIT of 64-bit kernels.
constexpr int64_t kMaxPid = int64_t{1} << 22;

void ReadNamedMachine(const JsonValue& value, Scenario& scenario,
                      Reader& reader) {
  const std::string path = PathSeenFrom(reader.file(), value.text());
  auto machine = LoadMachine(path);
  if (machine.ok()) {
    scenario.machine_name = value.text();
    scenario.machine = *std::move(machine);
    return;
  }
  const bool unknown = absl::IsNotFound(machine.status());
  reader.Error(value, (unknown ? "" : "the machine has errors:\n") +
                          std::string(FromAbsl(machine.status().message())));
}

void ReadMachineField(const JsonValue& value, Scenario& scenario,
                      Reader& reader) {
  scenario.names_machine = true;
  if (value.is_string() && !value.text().empty()) {
    ReadNamedMachine(value, scenario, reader);
    return;
  }
  if (!value.is_object()) {
    reader.ErrorExpected(value,
                         "the name of a machine, the path of a machine file, "
                         "or a machine");
    return;
  }
  const size_t nr_errors = reader.nr_errors();
  MachineConfig config;
  MachineTable().Read(value, config, reader);
  if (reader.nr_errors() == nr_errors) CheckMachine(value, config, reader);
  if (config.name.empty()) config.name = NameOfFile(reader.file());
  scenario.machine_name = config.name;
  scenario.machine = std::move(config);
}

TypeInfo MachineInfo() {
  JsonValue name = TextType().info.schema;
  JsonValue machine = ReferenceTo(MachineTable().info().name, "").schema;
  const std::string words =
      "the name of a machine, the path of a machine file, or a ";
  return TypeInfo{
      words + "machine", words + "[machine](machine-reference.md)",
      JsonValue::Object({{"anyOf", JsonValue::Array({name, machine})}})};
}

// The settings are tried on the scenario's own machine.
void ReadSettings(const JsonValue& value, Scenario& scenario, Reader& reader) {
  if (!value.is_object()) {
    reader.ErrorExpected(value, "an object of settings");
    return;
  }
  const size_t nr_errors = reader.nr_errors();
  MachineConfig changed = scenario.machine;
  reader.set_from_setting(true);
  for (const JsonMember& member : value.members()) {
    scenario.settings.push_back(Setting{member.position, member.name,
                                        member.value.is_string()
                                            ? member.value.text()
                                            : member.value.ToText(-1)});
    ReadMachineSetting(member, changed, reader);
  }
  reader.set_from_setting(false);
  if (reader.nr_errors() == nr_errors) CheckMachine(value, changed, reader);
}

TypeInfo SettingsInfo() {
  const std::string words = "an object of settings";
  JsonValue schema = JsonValue::Object({{"type", JsonValue::String("object")}});
  schema.Set("propertyNames",
             JsonValue::Object(
                 {{"pattern", JsonValue::String("^[a-z_]+(\\.[a-z_]+)*$")}}));
  return TypeInfo{words, words, std::move(schema)};
}

void AddMachineFields(ObjectTable<Scenario>& table) {
  table.AddRead(
      FieldText{.name = "machine",
                .doc = "The machine to boot; one in place usually has a "
                       "\"base\".",
                .default_text = QuoteJson(kDefaultMachine),
                .example = R"({"base": "qemu-2g", "cpus": 2})"},
      MachineInfo(), ReadMachineField);
  AddStartField(table);
  table.AddRead(
      FieldText{.name = "set",
                .doc = "Changes to the machine, whichever it is in the end: "
                       "keys are those of `--set`.",
                .default_text = "{}",
                .example = R"({"policy.watermark_scale_factor": 200})"},
      SettingsInfo(), ReadSettings);
  table.Add(
      FieldText{.name = "command_line",
                .doc = "Appended to the kernel's command line; of options that "
                       "come twice, the last counts.",
                .default_text = "\"\"",
                .example = "\"page_owner=off\""},
      &Scenario::command_line, TextType());
}

void AddScenarioFields(ObjectTable<Scenario>& table) {
  table.AddStored(FieldText{.name = "$schema",
                            .doc = "For editors; has no effect.",
                            .default_text = "none"},
                  TextType(), [](Scenario&, const std::string&) {});
  table.Add(FieldText{.name = "description",
                      .doc = "What the scenario shows. The first sentence is "
                             "in `pagelab list`.",
                      .default_text = "\"\"",
                      .example = "\"A driver that never frees.\""},
            &Scenario::description, TextType());
  table.AddRead(
      FieldText{.name = "conclusion",
                .doc = "The sentence that the run ends with. What stands in "
                       "braces is calculated when the tasks are done, or from "
                       "what was when a capture was made: "
                       "`{free_from(9)@before - free_from(9)}`. After a colon, "
                       "how it is shown: `:1` or `:2` digits, `:%`, or `:size` "
                       "for pages.",
                .default_text = "\"\"",
                .example = "\"{vmstat.pgmigrate_success} pages moved.\""},
      TextType().info,
      [](const JsonValue& value, Scenario& scenario, Reader& reader) {
        const size_t nr_errors = reader.nr_errors();
        TextType().read(value, scenario.conclusion, reader);
        if (reader.nr_errors() > nr_errors) return;
        scenario.conclusion_position = value.position();
        const auto parsed = Conclusion::Parse(scenario.conclusion);
        if (!parsed.ok()) {
          reader.Error(value, FromAbsl(parsed.status().message()));
        }
      });
  AddMachineFields(table);
  table.Add(FieldText{.name = "seed",
                      .doc = "What all random numbers are made of.",
                      .default_text = "1",
                      .example = "42"},
            &Scenario::seed, CountType(0));
  table.Add(FieldText{.name = "distributions",
                      .doc = "Random numbers, by name. Wherever a count, an "
                             "order or a duration stands, the name of a "
                             "distribution may stand.",
                      .default_text = "{}",
                      .example = R"({"short": {"exponential": )"
                                 R"({"mean": "10ms"}}})"},
            &Scenario::distributions, DistributionsType());
  table.Add(FieldText{.name = "stacks",
                      .doc = "Call stacks, by name; frames innermost first.",
                      .default_text = "{}",
                      .example = R"({"probe": ["my_probe+0x1c/0x80 [drv]"]})"},
            &Scenario::stacks, StacksType());
  table.Add(
      FieldText{.name = "tasks",
                .doc = "Who does what. Tasks run side by side on "
                       "simulated time.",
                .default_text = "[]"},
      &Scenario::tasks,
      ListType(Positioned(ObjectType("task", "a task", &TaskTable)), "tasks"));
}

// What a conclusion may name.
std::string QuantityNotes() {
  std::string text =
      "Quantities for `conclusion`; `@NAME` behind one is its value at the "
      "capture NAME:\n\n| quantity | what |\n| --- | --- |\n";
  for (const QuantityInfo& info : QuantityInfos()) {
    text += "| `" + std::string(info.name);
    if (!info.argument.empty()) text += "(" + std::string(info.argument) + ")";
    text += "` | " + std::string(info.doc) + " |\n";
  }
  return text;
}

ValueType<std::string> CommType() {
  return PatternType(TextPattern{"a name of 1 to 15 bytes, on one line",
                                 "^[^\\n]{1,15}$", [](std::string_view text) {
                                   return !text.empty() &&
                                          text.size() <= kMaxComm &&
                                          text.find('\n') ==
                                              std::string_view::npos;
                                 }});
}

void AddTaskIdentity(ObjectTable<ScenarioTask>& table) {
  table.Add(FieldText{.name = "name",
                      .doc = "Its name in this file and in reports.",
                      .example = "\"insmod\"",
                      .required = true},
            &ScenarioTask::name, NameType("a name"));
  table.Add(FieldText{.name = "comm",
                      .doc = "Its name in the kernel.",
                      .default_text = "the first 15 bytes of `name`",
                      .example = "\"kworker/0:1\""},
            &ScenarioTask::comm, CommType());
  table.Add(FieldText{.name = "pid",
                      .doc = "Its process id.",
                      .default_text = "the next free one, from 100 on",
                      .example = "4711"},
            &ScenarioTask::pid,
            As<std::optional<int32_t>>(WholeType(1, kMaxPid)));
  table.Add(FieldText{.name = "tgid",
                      .doc = "Its thread group.",
                      .default_text = "its pid",
                      .example = "4711"},
            &ScenarioTask::tgid,
            As<std::optional<int32_t>>(WholeType(1, kMaxPid)));
}

void CheckTask(const JsonValue& object, const ScenarioTask& task,
               Reader& reader) {
  ScenarioReader& names = ScenarioReader::Of(reader);
  names.CheckTaskIsNew(object, task);
  const bool machine_is_known =
      names.scenario().names_machine || !names.scenario().from.has_value();
  if (!machine_is_known) return;
  const int cpus = names.scenario().machine.cpus;
  if (task.cpu.value() < cpus) return;
  reader.Error(PositionOf(object, "cpu"),
               "there is no CPU " + std::to_string(task.cpu.value()) +
                   "; the machine's last one is " + std::to_string(cpus - 1));
}

}  // namespace

const ObjectTable<ScenarioTask>& TaskTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<ScenarioTask>(ObjectInfo{
        .name = "task",
        .title = "Task",
        .doc = "A process, kernel thread or interrupt source that allocates "
               "and frees.",
        .example = R"({
  "name": "insmod",
  "pid": 4711,
  "steps": [{"alloc": {"count": 16, "as": "rings"}}, {"wait": "1s"}]
})"});
    AddTaskIdentity(*result);
    result->Add(FieldText{.name = "cpu",
                          .doc = "The CPU that it runs on.",
                          .default_text = "0",
                          .example = "1"},
                &ScenarioTask::cpu, As<CpuId>(As<int>(WholeType(0, 1023))));
    result->Add(FieldText{.name = "memcg",
                          .doc = "The memory cgroup that pays for what it "
                                 "allocates: its name is in the records of "
                                 "page_owner. Made when it is first charged.",
                          .default_text = "\"/\", the root: no line",
                          .example = "\"app.slice\""},
                &ScenarioTask::memcg, MemcgNameType());
    result->Add(FieldText{.name = "start",
                          .doc = "When it starts, after boot.",
                          .default_text = "0",
                          .example = "\"500ms\""},
                &ScenarioTask::start, QuantityType(DurationType(), UINT64_MAX));
    result->Add(FieldText{.name = "steps",
                          .doc = "What it does, one after the other.",
                          .default_text = "[]",
                          .example = R"([{"alloc": {}}, {"wait": "1s"}])"},
                &ScenarioTask::steps,
                ListType(Positioned(ObjectType("step", "a step", &StepTable)),
                         "steps"));
    result->SetLenientCheck(CheckTask);
    return result;
  }();
  return *table;
}

const ObjectTable<Scenario>& ScenarioTable() {
  static const auto* const table = [] {
    auto* result = new ObjectTable<Scenario>(ObjectInfo{
        .name = "scenario",
        .title = "Scenario",
        .doc = "Everything is optional: `{}` boots the default machine and "
               "does nothing.",
        .example = R"({
  "description": "A driver that forgets one buffer of ten.",
  "machine": "qemu-2g",
  "stacks": {"probe": ["drv_rx_refill+0x1c/0x80 [drv]", "drv_probe+0x40/0x90 [drv]"]},
  "distributions": {"use": {"exponential": {"mean": "10ms"}}},
  "tasks": [
    {
      "name": "irq-worker",
      "steps": [
        {"alloc": {"count": 1000, "rate": 5000, "stack": "probe", "as": "ring"}},
        {"wait": "use"},
        {"free": {"handle": "ring", "probability": 0.9}},
        {"capture": "after"}
      ]
    }
  ]
})",
        .notes = QuantityNotes()});
    AddScenarioFields(*result);
    return result;
  }();
  return *table;
}

const LanguageInfo& ScenarioLanguage() {
  static const auto* const language = [] {
    auto* result = new LanguageInfo{
        .title = "Scenario files",
        .introduction =
            "A scenario file is JSON. It says which machine to boot, and what "
            "tasks do on it.\nThe built-in scenarios (`pagelab list`) are such "
            "files, in\n`workloads/scenarios/`. Start with `{}` and add one "
            "key "
            "at a time.\n\nRun one with `pagelab run my-scenario.json`, check "
            "it "
            "with\n`pagelab validate my-scenario.json`, get a schema for your "
            "editor with\n`pagelab schema`.\n\nDurations and sizes are numbers "
            "(nanoseconds, bytes) or text: `\"10ms\"`,\n`\"2GiB\"`. JSON has "
            "no "
            "comments; `description` is for them. The machine's own\nkeys are "
            "in "
            "[machine-reference.md](machine-reference.md).\n",
        .objects = {&ScenarioTable().info(),     &StartTable().info(),
                    &TaskTable().info(),         &StepTable().info(),
                    &AllocTable().info(),        &FreeTable().info(),
                    &TouchTable().info(),        &ShrinkTable().info(),
                    &MapTable().info(),          &UnmapTable().info(),
                    &RepeatTable().info(),       &ReadTable().info(),
                    &WriteTable().info(),        &DrainTable().info(),
                    &MigrateTable().info(),      &AccessTable().info(),
                    &DistributionTable().info(), &UniformTable().info(),
                    &ExponentialTable().info(),  &NormalTable().info(),
                    &LogNormalTable().info(),    &ParetoTable().info(),
                    &ChoiceTable().info()},
        .borrowed = MachineLanguage().objects};
    ObjectTable<Step> steps(ObjectInfo{});
    const auto after = std::find(result->objects.begin(), result->objects.end(),
                                 &AccessTable().info());
    std::vector<const ObjectInfo*> of_subsystems;
    for (const AddSteps add : StepFamilies()) add(steps, of_subsystems);
    result->objects.insert(after + 1, of_subsystems.begin(),
                           of_subsystems.end());
    return result;
  }();
  return *language;
}

}  // namespace pagelab
