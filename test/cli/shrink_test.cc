#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

TEST_CASE("Shrink: what is left runs by itself and still shows it",
          "[cli][shrink]") {
  const TemporaryDirectory directory;
  const std::string small = directory.File("small.json");
  const ProgramResult result = RunProgram(
      "shrink fragmentation --seed 5 --while 'failure order=4' -o " + small);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsText("before  2 tasks, 6 steps, ") &&
                             ContainsText("\nafter   ") &&
                             ContainsText("until \"failure order=4\" shows"));
  CHECK_THAT(FileContents(small), ContainsText("\"seed\": 5"));
  const ProgramResult again = RunProgram("run " + small);
  CHECK(again.exit_code == 0);
  CHECK_THAT(again.out, ContainsText(" of order 4 failed"));
  CHECK(RunProgram("-q shrink fragmentation --seed 5 --while 'failure "
                   "order=4'")
            .out == FileContents(small));
}

TEST_CASE("Shrink: a trace stays one", "[cli][shrink]") {
  const TemporaryDirectory directory;
  const std::string trace = directory.File("t.txt");
  const std::string small = directory.File("small.txt");
  REQUIRE(RunProgram("run hello --record " + trace).exit_code == 0);
  CHECK(RunProgram("shrink " + trace +
                   " -m hello --while 'event mm_page_free' -o " + small)
            .exit_code == 0);
  CHECK_THAT(FileContents(small), ContainsText("mm_page_free: "));
  CHECK(FileContents(small).size() < FileContents(trace).size() / 4);
  CHECK(RunProgram("replay " + small + " -m hello").exit_code == 0);
}

TEST_CASE(
    "Shrink: nothing to shrink is 1, a wrong condition 2, a wrong input 3",
    "[cli][shrink]") {
  const ProgramResult nothing =
      RunProgram("shrink hello --while 'failure order>=9'");
  CHECK(nothing.exit_code == 1);
  CHECK(nothing.err ==
        "pagelab: hello does not show \"failure order>=9\": there is nothing "
        "to shrink\n");
  CHECK(nothing.out.empty());
  const ProgramResult condition = RunProgram("shrink hello --while 'oom and'");
  CHECK(condition.exit_code == 2);
  CHECK_THAT(condition.err, ContainsText("--while: column 8: expected "));
  CHECK(RunProgram("shrink hello").exit_code == 2);
  CHECK(RunProgram("shrink helo --while oom").exit_code != 0);
  const TemporaryDirectory directory;
  const std::string bad = directory.WriteFile("bad.json", "{\"tasks\": 7}");
  const ProgramResult wrong = RunProgram("shrink " + bad + " --while oom");
  CHECK(wrong.exit_code == 3);
  CHECK_THAT(wrong.err, ContainsText("bad.json:1:11: tasks"));
}

TEST_CASE("Run: --from starts from what a run left", "[cli][start]") {
  const TemporaryDirectory directory;
  const std::string out = directory.File("out");
  REQUIRE(RunProgram("-q run driver-leak -o " + out).exit_code == 0);
  const ProgramResult dump =
      RunProgram("run --machine qemu-2g --from " + out + "/page_owner");
  CHECK(dump.exit_code == 0);
  CHECK_THAT(dump.out, ContainsText("nicdrv_alloc_rx_buffers+"));
  CHECK_THAT(dump.err, ContainsText("does not name is free"));
  const std::string snapshot = directory.File("s.txt");
  REQUIRE(RunProgram("snapshot driver-leak -o " + snapshot).exit_code == 0);
  const ProgramResult lists = RunProgram("snapshot --from " + snapshot);
  CHECK(lists.exit_code == 0);
  CHECK_THAT(lists.err, ContainsText("tells what is free, not whose"));
}

}  // namespace
}  // namespace pagelab
