#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

TEST_CASE("Record: the trace and its two snapshots lie side by side",
          "[cli][record]") {
  const TemporaryDirectory directory;
  const std::string trace = directory.File("trace.txt");
  const ProgramResult result = RunProgram("-q run hello --record " + trace);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out,
             ContainsText("\n" + trace + "\n" + directory.File("snap_T0.txt") +
                          "\n" + directory.File("snap_T1.txt") + "\n"));
  CHECK(directory.Names() ==
        std::vector<std::string>{"snap_T0.txt", "snap_T1.txt", "trace.txt"});
  CHECK_THAT(FileContents(trace), ContainsText("label=T0") &&
                                      ContainsText("mm_page_alloc: page=") &&
                                      ContainsText("label=T1"));
  CHECK(FileContents(directory.File("snap_T0.txt"))
            .rfind("pagelab-snapshot 1\nlabel T0\n", 0) == 0);
  // What `pagelab snapshot` would have written.
  CHECK(FileContents(directory.File("snap_T1.txt")).substr(28) ==
        RunProgram("-q snapshot hello --label T1")
            .out.substr(28)
            .replace(0, 7, "slot 1\n"));
  const ProgramResult replay =
      RunProgram("-q replay " + trace + " --machine tiny-16m");
  CHECK(replay.exit_code == 0);
}

TEST_CASE("Record: compresses by suffix, puts the snapshots where it is told",
          "[cli][record]") {
  const TemporaryDirectory directory;
  const std::string plain = directory.File("t.txt");
  REQUIRE(RunProgram("-q run hello --record " + plain + " --record-snapshots " +
                     directory.File("a-"))
              .exit_code == 0);
  REQUIRE(RunProgram("-q run hello --record " + directory.File("t.xz") +
                     " --record-snapshots " + directory.File("b-"))
              .exit_code == 0);
  CHECK(directory.Names() == std::vector<std::string>{"a-T0.txt", "a-T1.txt",
                                                      "b-T0.txt", "b-T1.txt",
                                                      "t.txt", "t.xz"});
  CHECK(RunShell("xz -dc " + directory.File("t.xz")).out ==
        FileContents(plain));
}

TEST_CASE("Record: stacks make a recording that tells the owners",
          "[cli][record]") {
  const TemporaryDirectory directory;
  const std::string out = directory.File("out");
  REQUIRE(RunProgram("-q run driver-leak --record-stacks --record " +
                     directory.File("t.txt") + " -o " + out)
              .exit_code == 0);
  CHECK_THAT(FileContents(directory.File("t.txt")),
             ContainsText("<stack trace>\n => trace_event_raw_event_mm_page"));
  const ProgramResult compared =
      RunProgram("-q replay " + directory.File("t.txt") +
                 " --compare-page-owner " + out + "/page_owner");
  CHECK(compared.exit_code == 0);
  CHECK_THAT(compared.out, ContainsText("no unexplained difference"));
}

TEST_CASE("Record: what cannot be recorded is said", "[cli][record]") {
  const TemporaryDirectory directory;
  const ProgramResult to_stdout = RunProgram("run hello --record -");
  CHECK(to_stdout.exit_code == 2);
  CHECK_THAT(to_stdout.err, ContainsText("cannot go to standard output"));
  CHECK(RunProgram("run hello --record-stacks").exit_code == 2);
  const ProgramResult nowhere =
      RunProgram("run hello --record " + directory.File("no/such/trace.txt"));
  CHECK(nowhere.exit_code == 3);
  CHECK(directory.Names().empty());
}

}  // namespace
}  // namespace pagelab
