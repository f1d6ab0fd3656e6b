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
           {{"fork": {{"as": "kids{}", "count": 2}}}},
           {{"write_file": {{"as": "disk", "files": "3 files of 400k"}}}},
           {{"write_file": {{"as": "shm", "files": "3 files of 200k", "fs": "tmpfs"}}}},
           {{"pipe": {{"as": "pipes", "count": 4, "size": "20K"}}}},
           {{"kmalloc": {{"as": "objects", "size": 300, "count": 50}}}},
           {{"vmalloc": {{"as": "maps", "size": "100K"}}}},
           {{"thread": {{"as": "threads", "count": 3}}}},
           {{"driver_alloc": {{"as": "blocks", "order": 2, "count": 3}}}})",
        Draw(100, 500), Draw(100, 300), task);
  }

  std::string Step(int task) {
    return Draw(0, 1) == 0 ? ProcessStep(task) : KernelStepText();
  }

  std::string ProcessStep(int task) {
    const char* area = Draw(0, 1) == 0 ? "small" : "huge";
    switch (Draw(0, 8)) {
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
            R"({{"{}": {{"area": "{}", "offset": "{}M", "size": "64K"}}}})",
            Draw(0, 1) == 0 ? "pin" : "mlock", area, Draw(0, 60));
      default:
        return fmt::format(R"({{"wait": "{}ms"}}, {{"drain": {{}}}})",
                           Draw(1, 700));
    }
  }

  std::string KernelStepText() {
    switch (Draw(0, 15)) {
      case 0:
        return R"({"write": {"path": "/proc/sys/vm/compact_memory", "text": "1"}})";
      case 1:
        return R"({"write": {"path": "/proc/sys/vm/drop_caches", "text": "3"}})";
      case 2:
        return fmt::format(
            R"({{"write_file": {{"as": "disk", "files": "{} files of {}k"}}}})",
            Draw(1, 30), Draw(1, 9000));
      case 3:
        return fmt::format(
            R"({{"write_file": {{"as": "shm", "files": "{} files of {}k", "fs": "tmpfs"}}}})",
            Draw(1, 20), Draw(1, 3000));
      case 4:
        return R"({"read_file": {"file": "disk"}})";
      case 5:
        return fmt::format(
            R"({{"unlink": {{"file": "{}", "count": {}, "pick": "random"}}}})",
            Draw(0, 1) == 0 ? "disk" : "shm", Draw(1, 12));
      case 6:
        return Draw(0, 1) == 0
                   ? R"({"sync": {}})"
                   : R"({"truncate": {"file": "disk", "size": "100k"}})";
      case 7:
        return fmt::format(
            R"({{"pipe_write": {{"pipe": "pipes", "size": "{}K"}}}},
               {{"pipe_read": {{"pipe": "pipes", "size": "{}K"}}}})",
            Draw(1, 64), Draw(1, 64));
      case 8:
        return fmt::format(
            R"({{"net_rx": {{"as": "rx", "packets": {}, "backlog": 64, "leak": 0.01}}}})",
            Draw(1, 3000));
      case 9:
        return fmt::format(
            R"({{"socket_send": {{"as": "peer", "size": "16K", "count": {}}}}},
               {{"net_consume": {{"queue": "peer", "count": {}}}}})",
            Draw(1, 40), Draw(1, 60));
      case 10:
        return fmt::format(
            R"({{"kmalloc": {{"as": "objects", "size": {}, "count": {}}}}},
               {{"kfree": {{"handle": "objects", "count": {}, "pick": "random"}}}})",
            Draw(8, 20000), Draw(1, 3000), Draw(1, 3000));
      case 11:
        return fmt::format(
            R"({{"vmalloc": {{"as": "maps", "size": "{}K", "count": 2}}}},
               {{"vfree": {{"handle": "maps", "count": 1}}}})",
            Draw(4, 9000));
      case 12:
        return fmt::format(
            R"({{"thread": {{"as": "threads", "count": {}}}}},
               {{"thread_exit": {{"handle": "threads", "count": {}}}}})",
            Draw(1, 20), Draw(1, 20));
      case 13:
        return fmt::format(
            R"({{"driver_alloc": {{"as": "blocks", "order": {}, "count": {}}}}},
               {{"driver_free": {{"handle": "blocks", "count": {}}}}})",
            Draw(0, 5), Draw(1, 60), Draw(1, 60));
      case 14:
        return fmt::format(
            R"({{"cache": {{"cache": "dentry", "count": {}}}}},
               {{"hugetlb": {{"pages": {}}}}})",
            Draw(1, 3000), Draw(0, 40));
      default:
        return R"({"capture": "check"})";
    }
  }

  Random random_;
};

// Says how many page operations it was.
uint64_t RunAndRecount(const std::string& text) {
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
  return report->counts.pages_allocated + report->counts.pages_freed;
}

TEST_CASE("Kernel: random mixes lose nothing and count everything",
          "[property][kernel]") {
  constexpr uint64_t kPageOperations = 40'000'000;
  uint64_t done = 0;
  for (uint64_t seed = 1; done < kPageOperations; ++seed) {
    CAPTURE(seed);
    const std::string text = ScenarioMaker(seed).Make();
    CAPTURE(text);
    done += RunAndRecount(text);
  }
}

}  // namespace
}  // namespace pagelab
