#include "pagelab/workloads/memcg_steps.h"

#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/scenario_language.h"

namespace pagelab {
namespace {

// How many lines of the dump are just that.
size_t Lines(RunWorld& world, std::string_view line) {
  const std::string dump = world.Dump();
  const std::string wanted = "\n" + std::string(line) + "\n";
  size_t count = 0;
  for (size_t at = 0; (at = dump.find(wanted, at)) != std::string::npos; ++at) {
    ++count;
  }
  return count;
}

TEST_CASE("Memcg: a task's pages are charged by what they are",
          "[workloads][memcg]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "t", "memcg": "app.slice", "steps": [
    {"alloc": {"call": "handle_mm_fault", "count": 5}},
    {"alloc": {"call": "filemap_read", "count": 2}},
    {"alloc": {"call": "pipe_write", "count": 3}},
    {"alloc": {"call": "__d_alloc", "count": 1}},
    {"alloc": {"gfp": "GFP_KERNEL", "count": 7}},
    {"alloc": {"gfp": "GFP_KERNEL_ACCOUNT", "count": 4}}]}]})");
  CHECK(Lines(world, "Charged to memcg app.slice") == 7);
  CHECK(Lines(world, "Charged (via objcg) to memcg app.slice") == 7);
  CHECK(Lines(world, "Slab cache page") == 1);
  CHECK(RecordsWith(world.Dump(), "harged") == 14);
  CHECK(Verify(world.machine().state()).empty());
}

TEST_CASE("Memcg: a fork charges its slab and its page tables",
          "[workloads][memcg]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "t", "memcg": "app.slice", "steps": [
    {"alloc": {"call": "kernel_clone"}}]}]})");
  // The stack of the thread is not accounted here: its mask does not say so.
  CHECK(Lines(world, "Slab cache page") == 1);
  CHECK(Lines(world, "Charged (via objcg) to memcg app.slice") == 2);
}

TEST_CASE("Memcg: a step's cgroup goes before the task's, the root is silent",
          "[workloads][memcg]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "t", "memcg": "a", "steps": [
    {"alloc": {"call": "handle_mm_fault", "count": 2}},
    {"alloc": {"call": "handle_mm_fault", "count": 3, "memcg": "b"}},
    {"alloc": {"call": "handle_mm_fault", "count": 4, "memcg": "/"}}]},
    {"name": "u", "start": "1ms", "steps": [
    {"alloc": {"call": "handle_mm_fault", "count": 5}}]}]})");
  CHECK(Lines(world, "Charged to memcg a") == 2);
  CHECK(Lines(world, "Charged to memcg b") == 3);
  CHECK(RecordsWith(world.Dump(), "Charged") == 5);
}

TEST_CASE("Memcg: a removed cgroup stays on its pages, a new one is another",
          "[workloads][memcg]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "t", "memcg": "job-7", "steps": [
    {"alloc": {"call": "handle_mm_fault", "count": 2, "as": "heap"}},
    {"alloc": {"call": "pipe_write"}},
    {"memcg_offline": "job-7"},
    {"alloc": {"call": "handle_mm_fault", "count": 3}},
    {"free": {"handle": "heap", "count": 1}}]}]})");
  CHECK(Lines(world, "Charged to offline memcg job-7") == 1);
  CHECK(Lines(world, "Charged (via objcg) to offline memcg job-7") == 1);
  CHECK(Lines(world, "Charged to memcg job-7") == 3);
}

TEST_CASE("Memcg: nothing is charged after it was freed",
          "[workloads][memcg]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "t", "memcg": "a", "steps": [
    {"alloc": {"call": "handle_mm_fault", "count": 50, "as": "x"}},
    {"alloc": {"call": "__d_alloc", "count": 5, "as": "x"}},
    {"alloc": {"gfp": "GFP_KERNEL_ACCOUNT", "exact_pages": 5, "as": "x"}},
    {"alloc": {"gfp": "GFP_HIGHUSER_MOVABLE", "bulk": true, "count": 9,
               "as": "x"}},
    {"alloc": {"gfp": "GFP_KERNEL_ACCOUNT", "order": 3, "lifetime": "1us"}},
    {"wait": "1ms"},
    {"free": "x"}]},
    {"name": "u", "start": "1s", "steps": [
    {"alloc": {"gfp": "GFP_KERNEL", "count": 200}}]}]})");
  CHECK(RecordsWith(world.Dump(), "harged") == 0);
  CHECK(RecordsWith(world.Dump(), "Slab cache page") == 0);
  // The lists hold no page that is still charged (P3).
  CHECK(Verify(world.machine().state()).empty());
}

TEST_CASE("Memcg: every page of a split block is charged",
          "[workloads][memcg]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "t", "memcg": "a", "steps": [
    {"alloc": {"gfp": "GFP_KERNEL_ACCOUNT", "order": 2, "as": "x"}},
    {"split": "x"},
    {"free": {"handle": "x", "count": 1}},
    {"alloc": {"gfp": "GFP_KERNEL_ACCOUNT", "exact_pages": 3}}]}]})");
  CHECK(Lines(world, "Charged (via objcg) to memcg a") == 6);
  CHECK(Verify(world.machine().state()).empty());
}

TEST_CASE("Memcg: only an online cgroup can be removed", "[workloads][memcg]") {
  RunWorld world;
  const absl::Status status = world.Run(
      R"({"tasks": [{"name": "t", "steps": [{"memcg_offline": "job-7"}]}]})");
  CHECK(status.message() ==
        "test.json:1:36: no memory cgroup \"job-7\" is online: nothing was "
        "charged to it since the start, or its removal");
}

TEST_CASE("Memcg: a name is that of one directory", "[workloads][memcg]") {
  const auto error = [](const std::string& name) {
    const auto scenario =
        ParseScenario("test.json", R"({"tasks": [{"name": "t", "memcg": ")" +
                                       name + R"("}]})");
    return scenario.ok() ? "" : std::string(scenario.status().message());
  };
  CHECK(error("app.slice").empty());
  CHECK(error("a name with blanks").empty());
  CHECK(error("/").empty());
  CHECK(error(std::string(255, 'a')).empty());
  for (const std::string& wrong : {std::string(), std::string("/app.slice"),
                                   std::string("a/b"), std::string(256, 'a')}) {
    CAPTURE(wrong);
    CHECK_THAT(error(wrong),
               ContainsText("the name of a cgroup's directory, or \"/\""));
  }
}

}  // namespace
}  // namespace pagelab
