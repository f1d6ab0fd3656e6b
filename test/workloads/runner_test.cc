#include "pagelab/workloads/runner.h"

#include "pagelab/alloc/page_flags.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"

namespace pagelab {
namespace {

std::string ErrorOf(std::string_view text) {
  RunWorld world;
  return std::string(FromAbsl(world.Run(text).message()));
}

TEST_CASE("Runner: an empty scenario takes no time and does nothing",
          "[workloads][runner]") {
  RunWorld world;
  const Nanoseconds booted = world.machine().clock().now();
  const RunReport report = world.MustRun("{}");
  CHECK(report.counts.allocations == 0);
  CHECK(report.begin == booted);
  CHECK(report.end == booted);
}

TEST_CASE("Runner: an allocation has the task's name and takes its time",
          "[workloads][runner]") {
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "worker", "pid": 42, "tgid": 40,
       "steps": [{"alloc": {"order": 2, "count": 3}}]}]})");
  CHECK(report.counts.allocations == 3);
  CHECK(report.counts.pages_allocated == 12);
  CHECK(report.end.value() - report.begin.value() == 3000);
  CHECK(report.tasks.at(0).pid == 42);
  const std::string dump = world.Dump();
  CHECK(RecordsWith(dump, "pid 42, tgid 40 (worker)") == 4);
  CHECK(RecordsWith(dump, "order 2, mask 0xcc0(GFP_KERNEL)") == 3);
  CHECK(RecordsWith(dump, "worker_thread+0x80/0x100 [scenario]") == 3);
}

TEST_CASE("Runner: tasks of one time take turns in the order of the file",
          "[workloads][runner]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [{"alloc": {"count": 2}}]},
      {"name": "b", "steps": [{"alloc": {"count": 2}}]}]})");
  const std::string dump = world.Dump();
  const uint64_t begin = world.report().begin.value();
  const auto stamp = [&](const char* comm, uint64_t after) {
    return RecordsWith(dump, "(" + std::string(comm) + "), ts " +
                                 std::to_string(begin + after) + " ns");
  };
  CHECK(stamp("a", 0) >= 1);
  CHECK(stamp("b", 1000) == 1);
  CHECK(stamp("a", 2000) == 1);
  CHECK(stamp("b", 3000) == 1);
}

TEST_CASE("Runner: a rate spaces allocations evenly", "[workloads][runner]") {
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [{"alloc": {"rate": 1000, "for": "10ms"}}]}]})");
  CHECK(report.counts.allocations == 10);
  // The tenth one, at 9 ms, ends the run with its microsecond.
  CHECK(report.end.value() - report.begin.value() == 9'001'000);
}

TEST_CASE("Runner: a rate above what calls allow is what calls allow",
          "[workloads][runner]") {
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [{"alloc": {"rate": 1e9, "for": "10us"}}]}]})");
  CHECK(report.counts.allocations == 10);
}

TEST_CASE("Runner: freeing a handle gives back all its blocks",
          "[workloads][runner]") {
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"alloc": {"count": 5, "order": 1, "as": "x"}},
        {"alloc": {"count": 2, "as": "y"}},
        {"free": "x"}]}]})");
  CHECK(report.counts.frees == 5);
  CHECK(report.counts.pages_freed == 10);
  CHECK(RecordsWith(world.Dump(), "a_thread") == 2);
}

TEST_CASE("Runner: the oldest or newest blocks of a handle go first",
          "[workloads][runner]") {
  const std::string pick = GENERATE("oldest", "newest");
  RunWorld world;
  world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"alloc": {"order": 1, "count": 2, "as": "x"}},
        {"alloc": {"order": 2, "count": 2, "as": "x"}},
        {"free": {"handle": "x", "count": 2, "pick": ")" +
                pick + R"("}}]}]})");
  const std::string left = pick == "oldest" ? "order 2" : "order 1";
  CHECK(RecordsWith(world.Dump(), left + ", mask 0xcc0") == 2);
  CHECK(RecordsWith(world.Dump(), "a_thread") == 2);
}

TEST_CASE("Runner: older_than spares the young", "[workloads][runner]") {
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"alloc": {"count": 3, "as": "x"}},
        {"wait": "10ms"},
        {"alloc": {"count": 4, "as": "x"}},
        {"free": {"handle": "x", "older_than": "5ms"}}]}]})");
  CHECK(report.counts.frees == 3);
}

TEST_CASE("Runner: a probability frees about that part, in any order",
          "[workloads][runner]") {
  const std::string pick = GENERATE("oldest", "newest", "random");
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"alloc": {"count": 1000, "as": "x"}},
        {"free": {"handle": "x", "probability": 0.25, "pick": ")" +
                                         pick + R"("}}]}]})");
  CHECK(report.counts.frees > 200);
  CHECK(report.counts.frees < 300);
}

TEST_CASE("Runner: a lifetime ends by itself, unless the run ends before",
          "[workloads][runner]") {
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"alloc": {"count": 3, "lifetime": "1ms"}},
        {"alloc": {"count": 2, "lifetime": "1s", "as": "x"}},
        {"wait": "10ms"}]}]})");
  CHECK(report.counts.frees == 3);
  CHECK(RecordsWith(world.Dump(), "a_thread") == 2);
}

TEST_CASE("Runner: a block freed by name does not expire a second time",
          "[workloads][runner]") {
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"alloc": {"count": 3, "lifetime": "1ms", "as": "x"}},
        {"free": "x"},
        {"wait": "10ms"}]}]})");
  CHECK(report.counts.frees == 3);
}

TEST_CASE("Runner: the pieces of a split block are freed one by one",
          "[workloads][runner]") {
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"alloc": {"order": 3, "lifetime": "5ms", "as": "x"}},
        {"split": "x"},
        {"free": {"handle": "x", "count": 3}},
        {"capture": "here"},
        {"wait": "10ms"}]}]})");
  CHECK(report.counts.frees == 8);
  CHECK(report.counts.pages_freed == 8);
  CHECK(RecordsWith(world.Dump(), "a_thread") == 0);
}

TEST_CASE("Runner: exact and bulk requests are made as such",
          "[workloads][runner]") {
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"alloc": {"exact_pages": 5, "as": "x"}},
        {"alloc": {"bulk": true, "count": 7, "as": "y"}}]}]})");
  CHECK(report.counts.pages_allocated == 12);
  CHECK(RecordsWith(world.Dump(), "order 0, mask 0xcc0(GFP_KERNEL)") == 12);
  RunWorld other;
  const RunReport freed = other.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"alloc": {"exact_pages": 5, "as": "x"}},
        {"alloc": {"bulk": true, "count": 7, "as": "y"}},
        {"free": "x"}, {"free": "y"}]}]})");
  CHECK(freed.counts.pages_freed == 12);
  CHECK(RecordsWith(other.Dump(), "a_thread") == 0);
}

TEST_CASE("Runner: memory running out is counted, and the task goes on",
          "[workloads][runner]") {
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "hog", "steps": [
        {"alloc": {"order": 4, "until_failure": true}},
        {"alloc": {"order": 4, "count": 2}},
        {"wait": "1ms"}]}]})");
  CHECK(report.counts.allocations > 100);
  CHECK(report.counts.failures == 3);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].task == "hog");
  CHECK(report.failures[0].order == Order(4));
  CHECK(report.failures[0].count == 3);
}

TEST_CASE("Runner: a repeat ends by count, or with the round under way",
          "[workloads][runner]") {
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"repeat": {"times": 4, "steps": [{"alloc": {}}]}},
        {"repeat": {"for": "5ms", "steps": [{"alloc": {}}, {"wait": "2ms"}]}}
      ]}]})");
  CHECK(report.counts.allocations == 4 + 3);
}

TEST_CASE("Runner: one seed gives one run, another seed another",
          "[workloads][runner]") {
  const auto dump = [](const std::string& seed) {
    RunWorld world;
    world.MustRun(R"({"seed": )" + seed + R"(, "distributions":
        {"d": {"exponential": {"mean": "2ms"}}, "o": {"uniform": {"min": 0,
         "max": 3}}}, "tasks": [
        {"name": "a", "steps": [
          {"alloc": {"order": "o", "count": 200, "rate": 10000,
                     "lifetime": "d"}}]}]})");
    return world.Dump();
  };
  const std::string one = dump("1");
  CHECK(dump("1") == one);
  CHECK(dump("2") != one);
}

TEST_CASE("Runner: a task's numbers do not depend on the other tasks",
          "[workloads][runner]") {
  const auto frees = [](const std::string& more) {
    RunWorld world;
    world.MustRun(R"({"tasks": [)" + more +
                  R"({"name": "a", "pid": 7, "start": "1s", "steps": [
          {"alloc": {"count": 500, "as": "x"}},
          {"free": {"handle": "x", "probability": 0.5}}]}]})");
    return world.report().tasks.back().counts.frees;
  };
  const uint64_t alone = frees("");
  CHECK(frees(R"({"name": "b", "steps": [{"alloc": {"count": 9, "as": "y"}},
      {"free": {"handle": "y", "probability": 0.5}}]},)") == alone);
  CHECK(alone > 200);
}

TEST_CASE("Runner: movable blocks are user pages on an LRU list",
          "[workloads][runner]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"alloc": {"gfp": "GFP_HIGHUSER_MOVABLE", "count": 3}},
        {"alloc": {"gfp": "GFP_KERNEL", "count": 2}}]}]})");
  CHECK(RecordsWith(world.Dump(), "(uptodate|lru|swapbacked|node=0|") == 3);
  CHECK(KernelFile(world.machine(), "/proc/meminfo")
            .find("AnonPages:            12 kB") != std::string::npos);
}

TEST_CASE("Runner: freed user pages leave no report and no count",
          "[workloads][runner]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"alloc": {"call": "ext4_buffered_write_iter", "count": 3, "as": "x"}},
        {"alloc": {"call": "shmem_file_write_iter", "count": 3, "as": "x"}},
        {"alloc": {"call": "handle_mm_fault", "count": 3, "as": "x"}},
        {"free": "x"}]}]})");
  for (const std::string& line : world.machine().dmesg()) {
    CHECK(line.find("BUG") == std::string::npos);
  }
  const std::string meminfo = KernelFile(world.machine(), "/proc/meminfo");
  CHECK(meminfo.find("AnonPages:             0 kB") != std::string::npos);
  CHECK(meminfo.find("Shmem:                 0 kB") != std::string::npos);
}

TEST_CASE("Runner: captures are called at their time and disturb nothing",
          "[workloads][runner]") {
  RunWorld world;
  std::vector<std::string> names;
  RunOptions options;
  options.on_capture = [&](std::string_view name) {
    names.emplace_back(name);
    return absl::OkStatus();
  };
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"capture": "first"}, {"wait": "1ms"}, {"capture": "second"}]}]})",
                                         options);
  CHECK(names == std::vector<std::string>{"first", "second"});
  REQUIRE(report.captures.size() == 2);
  CHECK(report.captures[1].when.value() - report.begin.value() == 1'000'000);
}

TEST_CASE("Runner: captures of one name are numbered", "[workloads][runner]") {
  RunWorld world;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"repeat": {"times": 3, "steps": [{"capture": "round"}]}}]}]})");
  REQUIRE(report.captures.size() == 3);
  CHECK(report.captures[0].name == "round");
  CHECK(report.captures[1].name == "round-2");
  CHECK(report.captures[2].name == "round-3");
}

TEST_CASE("Runner: an error of a capture ends the run", "[workloads][runner]") {
  RunWorld world;
  RunOptions options;
  options.on_capture = [](std::string_view) {
    return absl::ResourceExhaustedError("disk full");
  };
  const absl::Status status = world.Run(
      R"({"tasks": [{"name": "a", "steps": [{"capture": "x"}]}]})", options);
  CHECK(status.message() == "disk full");
}

TEST_CASE("Runner: reading pagetypeinfo drains the per-cpu lists",
          "[workloads][runner]") {
  RunWorld world;
  const char kAlloc[] =
      R"({"tasks": [{"name": "a", "steps": [{"alloc": {}}]}]})";
  world.MustRun(kAlloc);
  const std::string before = KernelFile(world.machine(), "/proc/buddyinfo");
  world.MustRun(R"({"tasks": [
      {"name": "b", "steps": [{"read": "/proc/pagetypeinfo"}]}]})");
  CHECK(KernelFile(world.machine(), "/proc/buddyinfo") != before);
}

TEST_CASE("Runner: what only the machine knows is an error with its place",
          "[workloads][runner]") {
  CHECK(ErrorOf(R"({"machine": "qemu-2g-2cpu",
 "tasks": [{"name": "a", "cpu": 1}]})") ==
        "test.json:2:12: task \"a\" runs on cpu 1, but the machine has cpus 0 "
        "to 0");
  CHECK(ErrorOf(R"({"machine": "numa-2n", "tasks": [{"name": "a",
 "steps": [{"alloc": {"node": 1}}]}]})") ==
        "test.json:2:12: node 1, but the machine has nodes 0 to 0");
  CHECK(ErrorOf(R"({"tasks": [{"name": "a", "steps": [
 {"capture": "page_owner_stacks"}]}]})") ==
        "test.json:2:2: a capture cannot be called \"page_owner_stacks\": a "
        "file of the run is");
  CHECK_THAT(ErrorOf(R"({"tasks": [{"name": "a", "steps": [
 {"read": "/proc/budyinfo"}]}]})"),
             ContainsText("test.json:2:2: ") && ContainsText("budyinfo") &&
                 ContainsText("/proc/buddyinfo"));
  CHECK(ErrorOf(R"({"tasks": [{"name": "a", "steps": [
 {"repeat": {"for": "1s", "steps": [{"drain": {}}]}}]}]})") ==
        "test.json:2:2: a round of this repeat takes no simulated time, so its "
        "\"for\" never ends; add a \"wait\"");
}

}  // namespace
}  // namespace pagelab
