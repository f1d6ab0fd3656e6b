// pagelab list, validate and schema.

#include <nlohmann/json.hpp>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

TEST_CASE("List: one line for each machine and scenario, the default marked",
          "[cli][list]") {
  const ProgramResult result = RunProgram("list");
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, ContainsText("Machines:\n  big-1t        "));
  CHECK_THAT(result.out,
             ContainsText("\n  qemu-2g       A PC with 2 GiB and one CPU, "
                          "recorded: the emulated machine that Linux 6.12 "
                          "booted on for the recordings. (default)\n"));
  CHECK_THAT(result.out, ContainsText("\nScenarios, leaks:\n") &&
                             ContainsText("\n  driver-leak "));
}

TEST_CASE("Validate: files that are right are named with their kind",
          "[cli][validate]") {
  const TemporaryDirectory directory;
  const std::string scenario = directory.WriteFile("s.json", "{}");
  const std::string machine =
      directory.WriteFile("m.json", R"({"base": "hello"})");
  const ProgramResult result =
      RunProgram("validate " + scenario + " " + machine);
  CHECK(result.exit_code == 0);
  CHECK(result.out ==
        scenario + ": fine (scenario)\n" + machine + ": fine (machine)\n");
}

TEST_CASE("Validate: every file is looked at, every error shown",
          "[cli][validate]") {
  const TemporaryDirectory directory;
  const std::string wrong = directory.WriteFile(
      "wrong.json",
      "{\"sed\": 1,\n \"tasks\": [{\"name\": \"t\", \"pid\": 0}]}");
  const std::string fine = directory.WriteFile("fine.json", "{}");
  const ProgramResult result = RunProgram("validate " + wrong + " " + fine);
  CHECK(result.exit_code == 3);
  CHECK(result.out ==
        wrong +
            ":1:2: unknown key \"sed\" (did you mean \"set\"?); allowed: "
            "description, conclusion, machine, from, set, command_line, seed, "
            "distributions, "
            "stacks, tasks\n" +
            wrong +
            ":2:33: tasks[0].pid: must be a whole number from 1 to 4194304, "
            "got 0\n" +
            fine + ": fine (scenario)\n");
}

TEST_CASE("Validate: - is standard input", "[cli][validate]") {
  const TemporaryDirectory directory;
  const std::string wrong = directory.WriteFile("x.json", R"({"cpus": 0})");
  const ProgramResult result = RunProgram("validate - < " + wrong);
  CHECK(result.exit_code == 3);
  CHECK(result.out ==
        "stdin:1:10: cpus: must be a whole number from 1 to 1024, got 0\n");
  const std::string fine = directory.WriteFile("y.json", "{}");
  CHECK(RunProgram("validate - < " + fine).out == "stdin: fine (scenario)\n");
}

TEST_CASE("Validate: a file that cannot be read, and no file",
          "[cli][validate]") {
  const ProgramResult result = RunProgram("validate ./none.json");
  CHECK(result.exit_code == 3);
  CHECK(result.out == "./none.json: cannot open: No such file or directory\n");
  CHECK(RunProgram("validate").exit_code == 2);
}

TEST_CASE("Schema: scenario by default, machine on request", "[cli][schema]") {
  const ProgramResult scenario = RunProgram("schema");
  CHECK(scenario.exit_code == 0);
  CHECK(scenario.out == RunProgram("schema scenario").out);
  const auto schema = nlohmann::json::parse(scenario.out);
  CHECK(schema["$schema"] == "http://json-schema.org/draft-07/schema#");
  CHECK(schema["properties"].contains("tasks"));
  const auto machine = nlohmann::json::parse(RunProgram("schema machine").out);
  CHECK(machine["properties"].contains("memory_map"));
  CHECK(RunProgram("schema trace").exit_code == 2);
}

TEST_CASE("Schema: --reference prints the page of docs/", "[cli][schema]") {
  const std::string docs = std::string(PAGELAB_SOURCE_DIR) + "/docs/";
  CHECK(RunProgram("schema --reference").out ==
        FileContents(docs + "scenario-reference.md"));
  CHECK(RunProgram("schema machine --reference").out ==
        FileContents(docs + "machine-reference.md"));
}

}  // namespace
}  // namespace pagelab
