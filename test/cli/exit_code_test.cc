#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

TEST_CASE("Program: a wrong command line is usage, exit code 2", "[cli]") {
  const ProgramResult none = RunProgram("");
  CHECK(none.exit_code == 2);
  CHECK(none.out.empty());
  CHECK(none.err ==
        "pagelab: a command is required\npagelab: try \"pagelab --help\"\n");

  const ProgramResult command = RunProgram("rum");
  CHECK(command.exit_code == 2);
  CHECK(command.err ==
        "pagelab: unknown command \"rum\" (did you mean \"run\"?)\n"
        "pagelab: try \"pagelab --help\"\n");

  const ProgramResult option = RunProgram("run hello --sed 3");
  CHECK(option.exit_code == 2);
  CHECK(option.err ==
        "pagelab: unknown option --sed (did you mean \"--seed\"?)\n"
        "pagelab: try \"pagelab run --help\"\n");

  const ProgramResult value = RunProgram("run hello --seed many");
  CHECK(value.exit_code == 2);
  CHECK_THAT(value.err, ContainsText("--seed") && ContainsText("many"));

  CHECK(RunProgram("run hello hello").exit_code == 2);
}

TEST_CASE("Program: a number that does not fit is refused, not changed",
          "[cli]") {
  for (const std::string line :
       {"quiz --seed ", "run hello --seed ", "run hello --top ",
        "step hello --plain --event ", "explain hello --event ",
        "explain hello --failure ", "report hello -o x.html --events ",
        "shrink hello --max-tries ", "replay trace.txt --ticks-per-second "}) {
    for (const std::string number :
         {"-1", "99999999999999999999999", "1.5", "many"}) {
      CAPTURE(line, number);
      const ProgramResult result = RunProgram(line + number);
      CHECK(result.exit_code == 2);
      CHECK(result.out.empty());
      CHECK_THAT(result.err,
                 ContainsText("expected a whole number from ") &&
                     ContainsText(" to 18446744073709551615, got \"" + number));
    }
  }
  CHECK_THAT(RunProgram("step hello --plain --count 0").err,
             ContainsText("--count: expected a whole number from 1 to "));
  // Not octal.
  CHECK(RunProgram("quiz --seed 010").out == RunProgram("quiz --seed 10").out);
  CHECK(RunProgram("quiz --seed 0xa").out == RunProgram("quiz --seed 10").out);
  CHECK(RunProgram("quiz --seed 18446744073709551615").exit_code == 0);
}

TEST_CASE("Program: bad input is exit code 3, with its place", "[cli]") {
  const ProgramResult name = RunProgram("run driver-lek");
  CHECK(name.exit_code == 3);
  CHECK(name.out.empty());
  CHECK_THAT(name.err, ContainsText("did you mean \"driver-leak\"?"));

  const TemporaryDirectory directory;
  const std::string file = directory.WriteFile(
      "bad.json", "{\"tasks\": [\n  {\"name\": \"a\", \"stepz\": []}]}");
  const ProgramResult key = RunProgram("run " + file);
  CHECK(key.exit_code == 3);
  CHECK_THAT(key.err, ContainsText(file + ":2:17: ") && ContainsText("stepz") &&
                          ContainsText("steps"));

  const ProgramResult missing = RunProgram("run ./no-such-file.json");
  CHECK(missing.exit_code == 3);
  CHECK_THAT(missing.err, ContainsText("./no-such-file.json"));

  CHECK(RunProgram("run hello --machine no-such").exit_code == 3);
  CHECK(RunProgram("run hello --set cpus=0").exit_code == 3);
}

TEST_CASE("Program: files that cannot be written are exit code 4", "[cli]") {
  const ProgramResult result = RunProgram("run hello -o /proc/no-such-place");
  CHECK(result.exit_code == 4);
  CHECK_THAT(result.err, ContainsText("/proc/no-such-place"));
  const ProgramResult full = RunProgram("run hello -q > /dev/full");
  CHECK(full.exit_code == 4);
  CHECK_THAT(full.err, ContainsText("No space left on device"));
}

TEST_CASE("Program: closed standard input and output are exit code 4",
          "[cli]") {
  // A hang would be exit code 124.
  for (const std::string command : {"top -", "grep 'order>=3'", "sort -"}) {
    CAPTURE(command);
    const ProgramResult input =
        RunShell("timeout 60 \"$PAGELAB\" " + command + " <&-");
    CHECK(input.exit_code == 4);
    CHECK(input.out.empty());
    CHECK(input.err == "pagelab: stdin: cannot read: Bad file descriptor\n");
  }
  for (const std::string command :
       {"run hello -q >&-", "--help >&-", "--version <&- >&-"}) {
    CAPTURE(command);
    const ProgramResult output = RunProgram(command);
    CHECK(output.exit_code == 4);
    CHECK(output.err == "pagelab: stdout: cannot write: Bad file descriptor\n");
  }
  CHECK(RunProgram("top - <&- >&- 2>&-").exit_code == 4);
  CHECK(RunProgram("no-such-command 2>&-").exit_code == 2);
  // Nor are they what was opened in their place.
  CHECK(RunProgram("top /dev/stdin <&-").exit_code == 3);
  const TemporaryDirectory directory;
  const std::string folder = directory.File("out");
  const ProgramResult files =
      RunProgram("run hello -q -o " + folder + " <&- >&-");
  CHECK(files.exit_code == 4);
  CHECK_THAT(files.err, ContainsText("Bad file descriptor"));
}

TEST_CASE("Program: a closed pipe ends it quietly", "[cli]") {
  // The reader is gone before the program starts to write.
  const ProgramResult result = RunShell(
      "{ sleep 0.3; \"$PAGELAB\" run hello -q; echo \"code $?\" >&2; } | true");
  CHECK(result.err == "code 0\n");
}

TEST_CASE("Program: help and version go to standard output", "[cli]") {
  const ProgramResult help = RunProgram("--help");
  CHECK(help.exit_code == 0);
  CHECK(help.err.empty());
  CHECK_THAT(help.out, ContainsText("Exit codes: 0 fine"));
  const ProgramResult run_help = RunProgram("run --help");
  CHECK(run_help.exit_code == 0);
  CHECK_THAT(run_help.out,
             ContainsText("Usage: pagelab run") && ContainsText("Examples:"));
  const ProgramResult version = RunProgram("--version");
  CHECK(version.exit_code == 0);
  CHECK(version.out == "pagelab " PAGELAB_VERSION " (Linux 6.12)\n");
}

}  // namespace
}  // namespace pagelab
