// Random mixes of everything that uses memory: no frame is lost, counted twice
// or owned by nobody, and every counter equals a recount.

#include <string>

#include "fmt/format.h"
#include "pagelab/base/random.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/world_recount.h"
#include "pagelab/workloads/kernel/world.h"
#include "pagelab/workloads/library.h"
#include "pagelab/workloads/runner.h"
#include "pagelab/workloads/scenario_language.h"

namespace pagelab {
namespace {

// Scenarios as somebody might write them at random: names are used as if
// everything existed, and areas, files and groups are made first.
class ScenarioMaker {
 public:
  explicit ScenarioMaker(uint64_t seed) : random_(seed) {}

  std::string Make() {
    std::string tasks;
    for (int i = 0; i < 3; ++i) {
      if (i > 0) tasks += ",";
      tasks +=
          fmt::format(R"({{"name": "t{0}", "start": "{0}ms", "steps": [)", i);
      tasks += Preparation(i);
      for (int step = 0; step < 40; ++step) tasks += ",\n" + Step(i);
      tasks += R"(,{"capture": "end"}]})";
    }
    return R"({"machine": "qemu-2g", "tasks": [)" + tasks + "]}";
  }

 private:
  uint64_t Draw(uint64_t low, uint64_t high) {
    return random_.UniformBetween(low, high);
  }

  std::string Preparation(int task) {
    return fmt::format(
        R"({{"swapon": {{"size": "64M"}}}},
           {{"mmap": {{"as": "small", "size": "{}M"}}}},
           {{"mmap": {{"as": "huge", "size": "{}M", "thp": "madvise"}}}},
           {{"fork": {{"as": "kids{}", "count": 2}}}})",
        Draw(100, 500), Draw(100, 300), task);
  }

  std::string Step(int task) {
    const char* area = Draw(0, 1) == 0 ? "small" : "huge";
    switch (Draw(0, 11)) {
      case 0:
      case 1:
        return fmt::format(
            R"({{"fault": {{"area": "{}", "order": "random", "count": {}}}}})",
            area, Draw(1, 30000));
      case 2:
        return fmt::format(
            R"({{"fault": {{"area": "{}", "size": "{}M", "write": {}}}}})",
            area, Draw(1, 90), Draw(0, 3) > 0);
      case 3:
        return fmt::format(
            R"({{"madvise": {{"area": "{}", "advice": "dontneed", "offset": "{}M", "size": "{}K", "stride": {}}}}})",
            area, Draw(0, 40), Draw(4, 40000), Draw(1, 5));
      case 4:
        return fmt::format(R"({{"fork": {{"as": "kids{}", "count": {}}}}})",
                           task, Draw(1, 4));
      case 5:
        return fmt::format(
            R"({{"fault": {{"area": "{}", "order": "random", "count": {}, "of": "kids{}"}}}})",
            area, Draw(1, 300), task);
      case 6:
        return fmt::format(R"({{"exit": {{"which": "kids{}", "count": 1}}}},
                              {{"fork": {{"as": "kids{}"}}}})",
                           task, task);
      case 7:
        return fmt::format(
            R"({{"pin": {{"area": "{}", "offset": "{}M", "size": "64K"}}}})",
            area, Draw(0, 60));
      case 8:
        return R"({"write": {"path": "/proc/sys/vm/compact_memory", "text": "1"}})";
      case 9:
        return R"({"write": {"path": "/proc/sys/vm/drop_caches", "text": "3"}})";
      case 10:
        return fmt::format(R"({{"wait": "{}ms"}}, {{"drain": {{}}}})",
                           Draw(1, 700));
      default:
        return R"({"capture": "check"})";
    }
  }

  Random random_;
};

void RunAndRecount(const std::string& text) {
  const auto scenario = ParseScenario("generated", text);
  INFO(scenario.status().ToString());
  REQUIRE(scenario.ok());
  auto config = MachineFor(*scenario, "");
  REQUIRE(config.ok());
  // Its own memory would have no owner here.
  config->command_line += " page_owner=off";
  auto machine = Machine::Boot(*config);
  REQUIRE(machine.ok());
  const uint64_t before = AllocatedPages(*machine);
  RunOptions options;
  options.on_world = [&](KernelWorld& world) {
    for (const std::string& finding : RecountWorld(world, before)) {
      FAIL_CHECK(finding);
    }
  };
  const auto report = RunScenario(*machine, *scenario, options);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
}

TEST_CASE("Kernel: random mixes lose nothing and count everything",
          "[property][kernel]") {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    const std::string text = ScenarioMaker(seed).Make();
    CAPTURE(text);
    RunAndRecount(text);
  }
}

}  // namespace
}  // namespace pagelab
