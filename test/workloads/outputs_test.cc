#include "pagelab/workloads/outputs.h"

#include <nlohmann/json.hpp>

#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/summary.h"

namespace pagelab {
namespace {

TEST_CASE("Outputs: every file is written under its name",
          "[workloads][outputs]") {
  RunWorld world;
  const TemporaryDirectory directory;
  const std::string out = directory.File("a/b");
  const auto paths = WriteOutputs(world.machine(), out);
  REQUIRE(paths.ok());
  CHECK(*paths ==
        std::vector<std::string>{
            out + "/page_owner", out + "/page_owner_stacks/show_stacks",
            out + "/buddyinfo", out + "/pagetypeinfo", out + "/zoneinfo",
            out + "/meminfo", out + "/vmstat", out + "/dmesg"});
  CHECK(FileContents(out + "/page_owner") == world.Dump());
  CHECK(FileContents(out + "/buddyinfo") ==
        KernelFile(world.machine(), "/proc/buddyinfo"));
  CHECK_THAT(FileContents(out + "/dmesg"),
             ContainsText("page owner found early allocated"));
}

TEST_CASE("Outputs: without page_owner its files are not there",
          "[workloads][outputs]") {
  MachineConfig config = SmallMachine();
  config.command_line = "page_owner=off";
  RunWorld world(config);
  const TemporaryDirectory directory;
  const auto paths = WriteOutputs(world.machine(), directory.path());
  REQUIRE(paths.ok());
  CHECK(directory.Names() == std::vector<std::string>{"buddyinfo", "dmesg",
                                                      "meminfo", "pagetypeinfo",
                                                      "vmstat", "zoneinfo"});
}

TEST_CASE("Outputs: memory profiling adds allocinfo", "[workloads][outputs]") {
  MachineConfig config = SmallMachine();
  config.command_line = "sysctl.vm.mem_profiling=1";
  RunWorld world(config);
  const TemporaryDirectory directory;
  const auto paths = WriteOutputs(world.machine(), directory.path());
  REQUIRE(paths.ok());
  CHECK(directory.Names() ==
        std::vector<std::string>{"allocinfo", "buddyinfo", "dmesg", "meminfo",
                                 "pagetypeinfo", "vmstat", "zoneinfo"});
  CHECK(FileContents(directory.File("allocinfo")) ==
        KernelFile(world.machine(), "/proc/allocinfo"));
}

TEST_CASE("Outputs: writing does not disturb the machine",
          "[workloads][outputs]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "a", "steps": [{"alloc": {}}]}]})");
  const TemporaryDirectory first;
  const TemporaryDirectory second;
  const auto paths = WriteOutputs(world.machine(), first.path());
  REQUIRE(paths.ok());
  REQUIRE(WriteOutputs(world.machine(), second.path()).ok());
  for (const OutputFile& file : OutputFiles()) {
    CAPTURE(file.name);
    CHECK(FileContents(first.File(file.name)) ==
          FileContents(second.File(file.name)));
  }
}

TEST_CASE("Outputs: a directory that cannot be made is an error with its name",
          "[workloads][outputs]") {
  RunWorld world;
  const TemporaryDirectory directory;
  const std::string file = directory.WriteFile("file", "x");
  const auto paths = WriteOutputs(world.machine(), file + "/out");
  REQUIRE_FALSE(paths.ok());
  CHECK_THAT(std::string(FromAbsl(paths.status().message())),
             ContainsText(file));
  CHECK(WriteOutputs(world.machine(), "").status().message() ==
        "the output directory is empty");
}

TEST_CASE("Summary: the JSON holds what the report and the overview say",
          "[workloads][summary]") {
  RunWorld world;
  Summary summary;
  summary.command = "run";
  summary.workload = "leak";
  summary.workload_hash = HashOf("{}");
  summary.seed = 7;
  const RunReport report = world.MustRun(R"({"tasks": [
      {"name": "hog", "steps": [
        {"alloc": {"order": 4, "until_failure": true}},
        {"capture": "full"}]}]})");
  summary.counts = CountsOf(report.counts);
  summary.tasks = report.tasks;
  summary.failures = report.failures;
  summary.captures = report.captures;
  summary.owners = SummarizeOwners(world.machine(), 3);
  const std::string text = SummaryJson(world.machine(), summary);
  CHECK(text == SummaryJson(world.machine(), summary));
  const auto json = nlohmann::json::parse(text);
  CHECK(json["schema_version"] == 1);
  CHECK(json["command"] == "run");
  CHECK(json["workload"]["name"] == "leak");
  CHECK(json["workload"]["hash"] == HashOf("{}"));
  CHECK(json["seed"] == 7);
  CHECK(json["machine"]["name"] == "small");
  CHECK(json["machine"]["memory_bytes"] == 0x1000000);
  CHECK(json["machine"]["settings"]["policy"]["watermark_scale_factor"] == 10);
  // In effect, though nobody set it.
  CHECK(json["machine"]["settings"]["policy"]["min_free_kbytes"] ==
        world.machine().state().policy.min_free_kbytes);
  CHECK(json["tracking_memory"]["depot_pages"] ==
        world.machine().stack_depot().pages_held().value());
  CHECK(json["tracking_memory"]["page_ext_pages"] ==
        world.machine().page_ext()->nr_memmap_pages().value());
  CHECK(json["counts"]["allocation_failures"] == 1);
  CHECK(json["tasks"][0]["pages_allocated"] == report.counts.pages_allocated);
  CHECK(json["failures"][0]["gfp"]["text"] == "GFP_KERNEL");
  CHECK(json["captures"][0]["name"] == "full");
  CHECK(json["page_owner"]["top"][0]["comm"] == "hog");
  CHECK(json["page_owner"]["top"][0]["own_frame"] ==
        "hog_thread+0x80/0x100 [scenario]");
}

TEST_CASE("Summary: a hash tells texts apart", "[workloads][summary]") {
  CHECK(HashOf("{}") == HashOf("{}"));
  CHECK(HashOf("{}") != HashOf("{} "));
  CHECK(HashOf("").size() == 16);
}

}  // namespace
}  // namespace pagelab
