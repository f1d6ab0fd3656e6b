#include <nlohmann/json.hpp>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

TEST_CASE("Run: the table is all that a run without -o leaves", "[cli][run]") {
  const ProgramResult result = RunProgram("run hello");
  CHECK(result.exit_code == 0);
  CHECK(result.out == FileContents(std::string(PAGELAB_TEST_DATA_DIR) +
                                   "/golden/hello.table"));
  CHECK_THAT(result.err, ContainsText("Differs from Linux: ") &&
                             ContainsText("no files written; -o DIR"));
  CHECK(RunProgram("-q run hello").err.empty());
}

TEST_CASE("Run: -o writes the files and says so, captures first",
          "[cli][run]") {
  const TemporaryDirectory directory;
  const std::string out = directory.File("out");
  const ProgramResult result = RunProgram("run hello -q -o " + out);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out,
             ContainsText("\n" + out + "/bob-has-four/page_owner\n"));
  CHECK_THAT(result.out, ContainsText("\n" + out + "/summary.json\n"));
  for (const char* name :
       {"page_owner", "page_owner_stacks/show_stacks", "buddyinfo",
        "pagetypeinfo", "zoneinfo", "meminfo", "vmstat", "dmesg",
        "summary.json", "bob-has-four/buddyinfo"}) {
    CAPTURE(name);
    CHECK_FALSE(FileContents(out + "/" + name).empty());
  }
}

TEST_CASE("Run: two runs write the same bytes", "[cli][run]") {
  const TemporaryDirectory directory;
  const std::string scenario = GENERATE("hello", "driver-leak");
  for (const char* name : {"one", "two"}) {
    REQUIRE(RunProgram("run " + scenario + " -q -o " + directory.File(name))
                .exit_code == 0);
  }
  for (const char* name : {"page_owner", "page_owner_stacks/show_stacks",
                           "buddyinfo", "pagetypeinfo", "zoneinfo", "meminfo",
                           "vmstat", "dmesg", "summary.json"}) {
    CAPTURE(name);
    const std::string one = FileContents(directory.File("one") + "/" + name);
    CHECK_FALSE(one.empty());
    CHECK((one == FileContents(directory.File("two") + "/" + name)));
  }
}

TEST_CASE("Run: without a scenario the machine only boots", "[cli][run]") {
  const TemporaryDirectory directory;
  const std::string out = directory.File("out");
  const ProgramResult result = RunProgram("run --machine qemu-2g -q -o " + out);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsText("9,296  early pages"));
  CHECK_THAT(FileContents(out + "/zoneinfo"),
             ContainsText("Node 0, zone    DMA32"));
}

TEST_CASE("Run: --json prints the summary", "[cli][run]") {
  const ProgramResult result = RunProgram("run hello -q --json --seed 9");
  CHECK(result.exit_code == 0);
  const auto json = nlohmann::json::parse(result.out);
  CHECK(json["seed"] == 9);
  CHECK(json["workload"]["name"] == "hello");
  CHECK(json["counts"]["allocation_failures"] == 1);
}

TEST_CASE("Run: --top, --set and --cmdline do what they say", "[cli][run]") {
  const ProgramResult top = RunProgram("run hello -q --top 1");
  CHECK_THAT(top.out, ContainsText("of 2 more owners"));
  const auto set = nlohmann::json::parse(
      RunProgram("run memory-hog -q --json --set cpus=2").out);
  CHECK(set["machine"]["cpus"] == 2);
  const ProgramResult off =
      RunProgram("run memory-hog -q --cmdline page_owner=off");
  CHECK_THAT(off.out, ContainsText("page_owner is off"));
}

TEST_CASE("Run: what debug_pagealloc noticed is in the summary, and no error",
          "[cli][run]") {
  const ProgramResult text = RunProgram("run use-after-free -q");
  CHECK(text.exit_code == 0);
  CHECK_THAT(text.out, ContainsText("1 use of memory that is not allocated"));
  const std::string off =
      "run use-after-free -q --cmdline debug_pagealloc=off ";
  CHECK(RunProgram(off).out.find("not allocated") == std::string::npos);
  for (const auto& [arguments, expected] :
       {std::pair<std::string, int>{"run use-after-free -q --json", 1},
        {off + "--json", 0}}) {
    const auto json = nlohmann::json::parse(RunProgram(arguments).out);
    CHECK(json["counts"]["use_after_frees"] == expected);
  }
}

TEST_CASE("Run: page_owner is on in a scenario unless somebody says otherwise",
          "[cli][run]") {
  const auto line = [](const std::string& arguments) {
    const auto json =
        nlohmann::json::parse(RunProgram("run -q --json " + arguments).out);
    return json["machine"]["command_line"].get<std::string>();
  };
  CHECK(line("memory-hog") == "page_owner=on");
  CHECK(line("memory-hog --cmdline page_owner=off") == "page_owner=off");
  CHECK(line("--machine tiny-16m").empty());
}

TEST_CASE("Run: a scenario comes from a file or from standard input",
          "[cli][run]") {
  const TemporaryDirectory directory;
  const std::string file = directory.WriteFile(
      "mine.json",
      R"({"machine": "hello", "tasks": [{"name": "x", "steps": [{"alloc": {}}]}]})");
  const ProgramResult by_path = RunProgram("run -q " + file);
  CHECK(by_path.exit_code == 0);
  CHECK_THAT(by_path.out, ContainsText("mine on hello") &&
                              ContainsText("x_thread+0x80/0x100 [scenario]"));
  const ProgramResult by_stdin = RunProgram("run -q - < " + file);
  CHECK(by_stdin.exit_code == 0);
  CHECK_THAT(by_stdin.out, ContainsText("stdin on hello"));
}

}  // namespace
}  // namespace pagelab
