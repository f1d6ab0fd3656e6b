#include "pagelab/workloads/scenario_language.h"

#include <string>

#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/scenario_tables.h"

namespace pagelab {
namespace {

std::string ErrorOf(const std::string& text) {
  return std::string(
      FromAbsl(ParseScenario("s.json", text).status().message()));
}

// The error of one step; positions count from the step's first character.
std::string StepErrorOf(const std::string& step) {
  return ErrorOf("{\"tasks\":[{\"name\":\"t\",\"steps\":[\n" + step + "]}]}");
}

Scenario Parsed(const std::string& text) {
  auto scenario = ParseScenario("dir/s.json", text);
  CAPTURE(text, scenario.status().ToString());
  REQUIRE(scenario.ok());
  return *std::move(scenario);
}

template <class Action>
const Action& ActionOf(const Step& step) {
  REQUIRE(std::holds_alternative<Action>(step.action));
  return std::get<Action>(step.action);
}

TEST_CASE("Scenario file: nothing at all is the default machine, idle",
          "[workloads][scenario]") {
  const Scenario scenario = Parsed("{}");
  CHECK(scenario.file == "dir/s.json");
  CHECK(scenario.name == "s");
  CHECK(scenario.machine_name == "qemu-2g");
  CHECK(scenario.machine.memory_map.size() == 7);
  CHECK(scenario.seed == 1);
  CHECK(scenario.tasks.empty());
}

TEST_CASE("Scenario file: every key reaches its field",
          "[workloads][scenario]") {
  const Scenario scenario = Parsed(R"({
    "$schema": "x", "description": "d", "machine": "hello",
    "set": {"cpus": 2, "policy.fallback": "early-6.12"},
    "command_line": "quiet", "seed": 18446744073709551615,
    "tasks": [
      {"name": "first", "comm": "kworker/0:1", "pid": 7, "tgid": 6, "cpu": 0,
       "start": "1ms", "steps": []},
      {"name": "a-very-long-task-name"}
    ],
    "stacks": {"probe": ["f+0x1c/0x80 [my_drv]", "g+0x5", "h.part.0"]},
    "distributions": {"short": {"constant": "3ms"}}
  })");
  CHECK(scenario.description == "d");
  CHECK(scenario.machine_name == "hello");
  CHECK(scenario.machine.name == "hello");
  REQUIRE(scenario.settings.size() == 2);
  CHECK(scenario.settings[0].key == "cpus");
  CHECK(scenario.settings[0].value == "2");
  CHECK(scenario.settings[1].value == "early-6.12");
  CHECK(scenario.settings[1].position == TextPosition{3, 24});
  CHECK(scenario.command_line == "quiet");
  CHECK(scenario.seed == UINT64_MAX);
  REQUIRE(scenario.tasks.size() == 2);
  const ScenarioTask& first = scenario.tasks[0];
  CHECK(first.name == "first");
  CHECK(first.comm == "kworker/0:1");
  CHECK(first.pid == 7);
  CHECK(first.tgid == 6);
  CHECK(first.start.fixed == 1'000'000);
  CHECK(first.position == TextPosition{6, 7});
  CHECK(scenario.tasks[1].comm == "a-very-long-tas");
  CHECK_FALSE(scenario.tasks[1].pid.has_value());
  REQUIRE(scenario.stacks.size() == 1);
  CHECK(scenario.stacks[0].name == "probe");
  const std::vector<StackFrame>& frames = scenario.stacks[0].frames;
  REQUIRE(frames.size() == 3);
  CHECK(frames[0].function == "f");
  CHECK(frames[0].offset == 0x1c);
  CHECK(frames[0].size == 0x80);
  CHECK(frames[0].module == "my_drv");
  CHECK(frames[1].offset == 5);
  CHECK_FALSE(frames[1].size.has_value());
  CHECK(frames[2].function == "h.part.0");
  CHECK(frames[2].position == TextPosition{10, 59});
  REQUIRE(scenario.distributions.size() == 1);
  CHECK(scenario.distributions[0].name == "short");
  CHECK(scenario.distributions[0].value == 3'000'000);
}

TEST_CASE("Scenario file: every kind of distribution",
          "[workloads][scenario]") {
  const Scenario scenario = Parsed(R"({"distributions": {
    "a": {"constant": 5},
    "b": {"uniform": {"min": 1, "max": "1us"}},
    "c": {"exponential": {"mean": 2, "min": 1, "max": 3}},
    "d": {"normal": {"mean": 10, "deviation": 4}},
    "e": {"lognormal": {"median": 10, "sigma": 0.5}},
    "f": {"pareto": {"scale": 10, "shape": 1.5, "max": 100}},
    "g": {"choice": [{"value": 1}, {"value": 2, "weight": 3}]}
  }})");
  const std::vector<Distribution>& all = scenario.distributions;
  REQUIRE(all.size() == 7);
  CHECK(all[0].kind == DistributionKind::kConstant);
  CHECK(all[1].kind == DistributionKind::kUniform);
  CHECK(all[1].max == 1000);
  CHECK(all[2].kind == DistributionKind::kExponential);
  CHECK(all[2].min == 1);
  CHECK(all[2].max == 3);
  CHECK(all[3].kind == DistributionKind::kNormal);
  CHECK(all[3].deviation == 4);
  CHECK(all[3].max == UINT64_MAX);
  CHECK(all[4].kind == DistributionKind::kLogNormal);
  CHECK(all[4].sigma == 0.5);
  CHECK(all[5].kind == DistributionKind::kPareto);
  CHECK(all[5].scale == 10);
  CHECK(all[5].shape == 1.5);
  CHECK(all[6].kind == DistributionKind::kChoice);
  REQUIRE(all[6].choices.size() == 2);
  CHECK(all[6].choices[0].weight == 1);
  CHECK(all[6].choices[1].weight == 3);
}

TEST_CASE("Scenario file: every step reaches its fields",
          "[workloads][scenario]") {
  const Scenario scenario = Parsed(R"({
    "distributions": {"o": {"uniform": {"min": 0, "max": 3}},
                      "life": {"exponential": {"mean": "10ms"}}},
    "stacks": {"probe": ["f"]},
    "tasks": [{"name": "t", "steps": [
      {"alloc": {"order": "o", "gfp": "GFP_ATOMIC|__GFP_ZERO", "for": "2s",
                 "rate": 12.5, "lifetime": "life", "as": "ring",
                 "stack": "probe", "node": 0}},
      {"alloc": {"exact_pages": 5, "until_failure": true, "stack": ["g", "h"]}},
      {"alloc": {"bulk": true, "count": 30}},
      {"alloc": {"call": "handle_mm_fault"}},
      {"free": "ring"},
      {"free": {"handle": "ring", "count": 4, "pick": "random",
                "older_than": "1s", "probability": 0.25, "rate": 10}},
      {"split": "ring"},
      {"drain": {}},
      {"wait": "life"},
      {"repeat": {"times": 3, "steps": [{"wait": 5}]}},
      {"repeat": {"for": "1s", "steps": []}},
      {"capture": "before"},
      {"read": "/proc/pagetypeinfo"},
      {"write": {"path": "/x", "text": "1"}}
    ]}]})");
  const std::vector<Step>& steps = scenario.tasks[0].steps;
  REQUIRE(steps.size() == 14);
  const auto& alloc = ActionOf<AllocStep>(steps[0]);
  CHECK(alloc.order.distribution == 0);
  CHECK(alloc.gfp == gfp::kAtomic.With(gfp::kZero));
  REQUIRE(alloc.duration.has_value());
  CHECK(alloc.duration->fixed == 2'000'000'000);
  CHECK(alloc.rate == 12.5);
  CHECK(alloc.lifetime->distribution == 1);
  CHECK(alloc.as == "ring");
  CHECK(alloc.stack == 0);
  CHECK(alloc.node == NodeId(0));
  CHECK(steps[0].position == TextPosition{6, 7});
  const auto& exact = ActionOf<AllocStep>(steps[1]);
  CHECK(exact.exact_pages == 5);
  CHECK(exact.until_failure);
  CHECK(exact.stack == 1);
  CHECK_FALSE(exact.gfp.has_value());
  CHECK_FALSE(exact.node.valid());
  CHECK(scenario.stacks[1].name.empty());
  CHECK(scenario.stacks[1].frames.size() == 2);
  CHECK(ActionOf<AllocStep>(steps[2]).bulk);
  CHECK(ActionOf<AllocStep>(steps[2]).count.fixed == 30);
  CHECK(ActionOf<AllocStep>(steps[3]).call == "handle_mm_fault");
  CHECK(ActionOf<AllocStep>(steps[3]).stack == -1);
  CHECK(ActionOf<FreeStep>(steps[4]).handle == "ring");
  CHECK_FALSE(ActionOf<FreeStep>(steps[4]).count.has_value());
  const auto& free = ActionOf<FreeStep>(steps[5]);
  CHECK(free.count->fixed == 4);
  CHECK(free.pick == FreePick::kRandom);
  CHECK(free.older_than->fixed == 1'000'000'000);
  CHECK(free.probability == 0.25);
  CHECK(free.rate == 10);
  CHECK(ActionOf<SplitStep>(steps[6]).handle == "ring");
  ActionOf<DrainStep>(steps[7]);
  CHECK(ActionOf<WaitStep>(steps[8]).duration.distribution == 1);
  CHECK(ActionOf<RepeatStep>(steps[9]).times->fixed == 3);
  CHECK(ActionOf<RepeatStep>(steps[9]).steps.size() == 1);
  CHECK(ActionOf<RepeatStep>(steps[10]).duration->fixed == 1'000'000'000);
  CHECK(ActionOf<CaptureStep>(steps[11]).name == "before");
  CHECK(ActionOf<ReadStep>(steps[12]).path == "/proc/pagetypeinfo");
  CHECK(ActionOf<WriteStep>(steps[13]).text == "1");
}

TEST_CASE("Scenario file: a machine can be written in place",
          "[workloads][scenario]") {
  const Scenario scenario = Parsed(R"({
    "machine": {"base": "hello", "cpus": 2},
    "tasks": [{"name": "t", "cpu": 1}]})");
  CHECK(scenario.machine.cpus == 2);
  CHECK(scenario.machine_name == "hello");
  CHECK(ErrorOf(R"({"machine": {"cpus": 0}})") ==
        "s.json:1:22: machine.cpus: must be a whole number from 1 to 1024, got "
        "0");
  CHECK(ErrorOf(R"({"machine": {"cpus": 1}})") ==
        "s.json:1:13: machine: needs a \"memory_map\", or a \"base\" that has "
        "one");
  CHECK(ErrorOf(R"({"machine": 5})") ==
        "s.json:1:13: machine: must be the name of a machine, the path of a "
        "machine file, or a machine, got 5");
  CHECK(ErrorOf(R"({"machine": "qemu2g"})").substr(0, 77) ==
        "s.json:1:13: machine: no machine is called \"qemu2g\" (did you mean "
        "\"qemu-2g\"?)");
}

TEST_CASE("Scenario file: settings are tried on its machine",
          "[workloads][scenario]") {
  CHECK(ErrorOf(R"({"set": {
 "cpu": 2,
 "policy.watermark_scale_factor": 0,
 "base": "hello", "policy.cma": "no"}})") ==
        "s.json:2:2: set: unknown key \"cpu\" (did you mean \"cpus\"?); "
        "allowed: base, description, differs_from_linux, memory_map, hotplug, "
        "nodes, "
        "cpus, geometry, policy, page_flags, page_idle, kernel, reserved, "
        "reserve_memmap, early_allocations, boot_frees, extensions, "
        "command_line, call_duration\n"
        "s.json:3:35: set.policy.watermark_scale_factor: must be a whole "
        "number from 1 to 3000, got 0\n"
        "s.json:4:2: set: base: choose another machine instead\n"
        "s.json:4:33: set.policy.cma: must be true or false, got \"no\"");
  CHECK(ErrorOf(R"({"machine": "numa-2n", "set": {"cpus": 5}})") ==
        "s.json:1:40: set: the nodes have 2 CPUs together, the machine has 5: "
        "set \"cpus\" of both");
}

TEST_CASE("Scenario file: wrong values at the top are refused",
          "[workloads][scenario]") {
  CHECK(ErrorOf("[]") == "s.json:1:1: must be an object, got a list");
  CHECK(ErrorOf(R"({"taks": []})") ==
        "s.json:1:2: unknown key \"taks\" (did you mean \"tasks\"?); allowed: "
        "description, conclusion, machine, from, set, command_line, seed, "
        "distributions, "
        "stacks, "
        "tasks");
  CHECK(ErrorOf(R"({"seed": -1})") ==
        "s.json:1:10: seed: must be a whole number from 0 on, got -1");
  CHECK(ErrorOf(R"({"seed": 1.5, "description": null, "tasks": {}})") ==
        "s.json:1:10: seed: must be a whole number from 0 on, got 1.5\n"
        "s.json:1:30: description: must be text, got null\n"
        "s.json:1:45: tasks: must be a list of tasks, got an object");
}

TEST_CASE("Scenario file: wrong tasks are refused", "[workloads][scenario]") {
  CHECK(
      ErrorOf(R"({"tasks": [
 {"name": "t", "pid": 5, "cpu": 1, "comm": "0123456789abcdef"},
 {"name": "t", "pid": 5, "stps": []},
 {"pid": 0}, {"name": "1"}]})") ==
      "s.json:2:33: tasks[0]: there is no CPU 1; the machine's last one is "
      "0\n"
      "s.json:2:44: tasks[0].comm: must be a name of 1 to 15 bytes, on one "
      "line, got \"0123456789abcdef\"\n"
      "s.json:3:11: tasks[1]: an earlier task is called \"t\" too\n"
      "s.json:3:23: tasks[1]: an earlier task has pid 5 too\n"
      "s.json:3:26: tasks[1]: unknown key \"stps\" (did you mean \"steps\"?); "
      "allowed: name, comm, pid, tgid, cpu, memcg, start, steps\n"
      "s.json:4:2: tasks[2]: needs \"name\": a name (a letter, then letters, "
      "digits, '_', '-' or '.')\n"
      "s.json:4:10: tasks[2].pid: must be a whole number from 1 to 4194304, "
      "got 0\n"
      "s.json:4:23: tasks[3].name: must be a name (a letter, then letters, "
      "digits, '_', '-' or '.'), got \"1\"");
}

TEST_CASE("Scenario file: wrong steps are refused", "[workloads][scenario]") {
  std::string kinds;
  for (const std::string_view kind : StepTable().info().FieldNames()) {
    if (!kinds.empty()) kinds += ", ";
    kinds += kind;
  }
  CHECK(StepErrorOf(R"({"aloc": {}})") ==
        "s.json:2:2: tasks[0].steps[0]: unknown key \"aloc\" (did you mean "
        "\"alloc\"?); allowed: " +
            kinds);
  CHECK(StepErrorOf("{}") ==
        "s.json:2:1: tasks[0].steps[0]: must have exactly one of: " + kinds +
            "; it has none");
  CHECK(StepErrorOf(R"({"wait": "1s", "drain": {}})") ==
        "s.json:2:1: tasks[0].steps[0]: must have exactly one of: " + kinds +
            "; it has 2");
  CHECK(StepErrorOf(R"({"wait": "10 ms"})") ==
        "s.json:2:10: tasks[0].steps[0].wait: \"10 ms\" is not a duration; "
        "write a number with ns, us, ms, s, min, h or d, as in \"10ms\"");
  CHECK(StepErrorOf(R"({"wait": []})") ==
        "s.json:2:10: tasks[0].steps[0].wait: must be a duration: \"10ms\", "
        "\"1.5us\", \"2s\", or nanoseconds, or the name of a distribution, got "
        "a list");
  CHECK(StepErrorOf(R"({"capture": "a/b"})") ==
        "s.json:2:13: tasks[0].steps[0].capture: must be a name (a letter, "
        "then letters, digits, '_', '-' or '.'), got \"a/b\"");
  CHECK(StepErrorOf(R"({"read": "proc"})") ==
        "s.json:2:10: tasks[0].steps[0].read: must be a path of the simulated "
        "kernel's files, from '/' on, got \"proc\"");
  CHECK(StepErrorOf(R"({"drain": {"cpu": 1}})") ==
        "s.json:2:12: tasks[0].steps[0].drain: unknown key \"cpu\"; no keys "
        "are allowed here");
  CHECK(StepErrorOf(R"({"repeat": {"steps": []}})") ==
        "s.json:2:12: tasks[0].steps[0].repeat: needs \"times\" or \"for\"");
  CHECK(StepErrorOf(R"({"repeat": {"times": 1, "for": 1, "steps": []}})") ==
        "s.json:2:32: tasks[0].steps[0].repeat: \"times\" and \"for\" exclude "
        "each other");
  CHECK(StepErrorOf(R"({"write": {"path": "/x"}})") ==
        "s.json:2:11: tasks[0].steps[0].write: needs \"text\" or \"hex\"");
}

TEST_CASE("Scenario file: wrong allocations are refused",
          "[workloads][scenario]") {
  const auto error = [](const std::string& alloc) {
    return StepErrorOf("{\"alloc\": " + alloc + "}");
  };
  const std::string at = ": tasks[0].steps[0].alloc";
  CHECK(error(R"({"order": 11})") ==
        "s.json:2:21" + at +
            ".order: must be a whole number from 0 to 10, got "
            "11");
  CHECK(error(R"({"gfp": "GFP_KERNL"})") ==
        "s.json:2:19" + at +
            ".gfp: unknown gfp flag \"GFP_KERNL\" (did you mean "
            "\"GFP_KERNEL\"?); expected names such as GFP_KERNEL and "
            "__GFP_ZERO, or bits such as 0xcc0, joined by \"|\"");
  CHECK(error(R"({"gfp": "GFP_DMA|GFP_DMA32"})") ==
        "s.json:2:19" + at +
            ": \"gfp\" must name at most one of the zones: __GFP_DMA, "
            "__GFP_DMA32, __GFP_HIGHMEM");
  CHECK(error(R"({"gfp": "__GFP_MOVABLE|__GFP_RECLAIMABLE"})") ==
        "s.json:2:19" + at +
            ": \"gfp\" must not have both __GFP_MOVABLE and "
            "__GFP_RECLAIMABLE");
  CHECK(error(R"({"count": 0})") ==
        "s.json:2:21" + at + ".count: must be a whole number from 1 on, got 0");
  CHECK(error(R"({"for": "1s"})") ==
        "s.json:2:19" + at + ": \"for\" needs a \"rate\"");
  CHECK(error(R"({"count": 2, "until_failure": true})") ==
        "s.json:2:41" + at +
            ": \"count\" and \"until_failure\" exclude each other");
  CHECK(error(R"({"until_failure": true, "lifetime": "1s"})") ==
        "s.json:2:29" + at +
            ": \"until_failure\" with a \"lifetime\" may never end");
  CHECK(error(R"({"bulk": true, "until_failure": true})") ==
        "s.json:2:20" + at +
            ": a bulk request needs a \"count\", not \"until_failure\"");
  CHECK(error(R"({"bulk": true, "count": 1048577})") ==
        "s.json:2:35" + at +
            ": a bulk request must be for at most 1048576 pages");
  CHECK(error(R"({"exact_pages": 1025})") ==
        "s.json:2:27" + at +
            ".exact_pages: must be a whole number from 1 to 1024, got 1025");
  CHECK(error(R"({"rate": 0})") == "s.json:2:20" + at +
                                       ".rate: must be a rate: a number above "
                                       "0 and up to 1000000000 a second, "
                                       "\"500/s\", \"20/ms\", got 0");
  CHECK(error(R"({"node": 1})") ==
        "s.json:2:20" + at +
            ": there is no node 1; the machine's last one is "
            "0");
  CHECK(error(R"({"stack": ["a b"]})") ==
        "s.json:2:22" + at +
            ".stack[0]: must be a frame, as in \"my_probe+0x1c/0x80 "
            "[my_driver]\" or \"my_probe\", got \"a b\"");
  CHECK(error(R"({"stack": 5})") ==
        "s.json:2:21" + at +
            ".stack: must be the name of a stack, or a list of 1 to 64 frames, "
            "as in [\"my_probe+0x1c/0x80 [my_driver]\", \"do_init\"], got 5");
  CHECK_THAT(error(R"({"call": "handle_mm_falt"})"),
             ContainsText(".call: must be ") &&
                 ContainsText("got \"handle_mm_falt\" (did you mean "
                              "\"handle_mm_fault\"?)"));
}

TEST_CASE("Scenario file: keys of an allocation that exclude each other",
          "[workloads][scenario]") {
  const std::string a = GENERATE(
      R"("exact_pages": 1, "order": 1)", R"("exact_pages": 1, "bulk": true)",
      R"("exact_pages": 1, "call": "handle_mm_fault")",
      R"("bulk": true, "order": 1)", R"("bulk": true, "call": "pipe_write")",
      R"("stack": ["f"], "call": "pipe_write")",
      R"("count": 1, "for": 1, "rate": 1)",
      R"("for": 1, "until_failure": true, "rate": 1)");
  CAPTURE(a);
  CHECK_THAT(StepErrorOf("{\"alloc\": {" + a + "}}"),
             ContainsText(" exclude each other"));
}

TEST_CASE("Scenario file: wrong frames are refused", "[workloads][scenario]") {
  const std::string frame =
      GENERATE("", "1f", "f+", "f+1", "f+0x", "f+0x1/", "f+0x1/0x",
               "f+0x20/0x10", "f+0x10/0x10", "f [", "f []", "f[m]", "f [a b]",
               "f  [m]", "f+0x1/0x2 x", "+0x1/0x2");
  CAPTURE(frame);
  CHECK_THAT(ErrorOf("{\"stacks\": {\"s\": [\"" + frame + "\"]}}"),
             ContainsText("stacks.s[0]: must be a frame, as in "));
}

TEST_CASE("Scenario file: wrong frees are refused", "[workloads][scenario]") {
  CHECK(StepErrorOf(R"({"alloc": {"as": "ring"}},
{"free": "rng"}, {"split": "x"},
{"free": {"handle": "ring", "pick": "old", "probability": 2}},
{"free": {"count": 1}}, {"free": 5})") ==
        "s.json:3:10: no handle is called \"rng\" (did you mean \"ring\"?); "
        "there are: ring; an \"alloc\" step names one with \"as\"\n"
        "s.json:3:28: no handle is called \"x\"; there are: ring; an \"alloc\" "
        "step names one with \"as\"\n"
        "s.json:4:37: tasks[0].steps[3].free.pick: must be \"oldest\", "
        "\"newest\" or \"random\", got \"old\"\n"
        "s.json:4:59: tasks[0].steps[3].free.probability: must be a number "
        "from 0 to 1, got 2\n"
        "s.json:5:10: tasks[0].steps[4].free: needs \"handle\": a handle (a "
        "letter, then letters, digits, '_', '-' or '.')\n"
        "s.json:5:34: tasks[0].steps[5].free: must be a handle (a letter, then "
        "letters, digits, '_', '-' or '.'), got 5");
  CHECK(StepErrorOf(R"({"free": "x"})") ==
        "s.json:2:10: no handle is called \"x\"; the scenario has none; an "
        "\"alloc\" step names one with \"as\"");
}

TEST_CASE("Scenario file: a handle may be freed before it is filled",
          "[workloads][scenario]") {
  CHECK(ErrorOf(R"({"tasks": [
    {"name": "consumer", "start": "1s", "steps": [{"free": "x"}]},
    {"name": "producer", "steps": [
      {"repeat": {"times": 2, "steps": [{"alloc": {"as": "x"}}]}}]}]})")
            .empty());
}

TEST_CASE("Scenario file: unknown distributions and stacks are refused",
          "[workloads][scenario]") {
  CHECK(StepErrorOf(R"({"wait": "shrt"})") ==
        "s.json:2:10: tasks[0].steps[0].wait: no distribution is called "
        "\"shrt\"; the scenario has none");
  CHECK(ErrorOf(R"({"distributions": {"short": {"constant": 1}},
 "stacks": {"probe": ["f"]}, "tasks": [{"name": "t", "start": "shrt",
 "steps": [{"alloc": {"stack": "prob"}}]}]})") ==
        "s.json:2:63: tasks[0].start: no distribution is called \"shrt\" (did "
        "you mean \"short\"?); there are: short\n"
        "s.json:3:32: tasks[0].steps[0].alloc.stack: no stack is called "
        "\"prob\" (did you mean \"probe\"?); there are: probe");
}

TEST_CASE("Scenario file: a distribution of orders must end at 10",
          "[workloads][scenario]") {
  const auto with_order = [](const std::string& distribution) {
    return ErrorOf("{\"distributions\": {\"o\": " + distribution +
                   "}, \"tasks\": [{\"name\": \"t\",\n\"steps\": [{\"alloc\": "
                   "{\"order\": \"o\"}}]}]}");
  };
  CHECK(with_order(R"({"uniform": {"min": 0, "max": 10}})").empty());
  CHECK(with_order(R"({"exponential": {"mean": 1, "max": 10}})").empty());
  CHECK(with_order(R"({"choice": [{"value": 10}]})").empty());
  const std::string error =
      "s.json:2:31: tasks[0].steps[0].alloc.order: distribution \"o\" must not "
      "give more than 10: give it a \"max\" of that";
  CHECK(with_order(R"({"uniform": {"min": 0, "max": 11}})") == error);
  CHECK(with_order(R"({"exponential": {"mean": 1}})") == error);
  CHECK(with_order(R"({"choice": [{"value": 11}]})") == error);
}

TEST_CASE("Scenario file: wrong distributions are refused",
          "[workloads][scenario]") {
  const auto error = [](const std::string& distribution) {
    return ErrorOf("{\"distributions\": {\"d\":\n" + distribution + "}}");
  };
  const std::string at = ": distributions.d";
  CHECK(error(R"({"gauss": {}})") ==
        "s.json:2:2" + at +
            ": unknown key \"gauss\"; allowed: constant, uniform, exponential, "
            "normal, lognormal, pareto, choice");
  CHECK(error(R"({"uniform": {"min": 5, "max": 2}})") ==
        "s.json:2:31" + at + ".uniform: \"max\" must not be below \"min\"");
  CHECK(error(R"({"exponential": {}})") ==
        "s.json:2:17" + at +
            ".exponential: needs \"mean\": a whole number, or a duration as in "
            "\"10ms\"");
  CHECK(error(R"({"normal": {"mean": -1, "deviation": 1}})") ==
        "s.json:2:21" + at +
            ".normal.mean: must be a whole number, or a duration as in "
            "\"10ms\", got -1");
  CHECK(error(R"({"pareto": {"scale": 1, "shape": 0}})") ==
        "s.json:2:34" + at +
            ".pareto.shape: must be a number above 0, at most 1000, got 0");
  CHECK(error(R"({"choice": []})") ==
        "s.json:2:12" + at +
            ".choice: must be a list of choices, at least 1, at most 1000, got "
            "0");
  CHECK(ErrorOf(R"({"distributions": {"1x": {"constant": 1}}})") ==
        "s.json:1:20: distributions: must be a name (a letter, then letters, "
        "digits, '_', '-' or '.'), got \"1x\"");
}

TEST_CASE("Scenario file: what is not JSON is one error with its place",
          "[workloads][scenario]") {
  CHECK(ErrorOf("{\n  // a driver\n}") ==
        "s.json:2:3: JSON has no comments: put the text into a "
        "\"description\"");
}

}  // namespace
}  // namespace pagelab
