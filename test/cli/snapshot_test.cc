#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

std::string Recorded(const std::string& name) {
  return std::string(PAGELAB_TEST_DATA_DIR) + "/snapshot/" + name;
}

TEST_CASE("Snapshot: goes to standard output or into a file",
          "[cli][snapshot]") {
  const TemporaryDirectory directory;
  const std::string path = directory.File("snap.txt");
  const ProgramResult printed = RunProgram("-q snapshot hello --label T1");
  CHECK(printed.exit_code == 0);
  CHECK(printed.err.empty());
  CHECK(printed.out.rfind("pagelab-snapshot 1\nlabel T1\nslot 0\n", 0) == 0);
  const ProgramResult written =
      RunProgram("-q snapshot hello --label T1 -o " + path);
  CHECK(written.exit_code == 0);
  CHECK(written.out.empty());
  CHECK(FileContents(path) == printed.out);
  CHECK(RunProgram("-q snapshot hello --label T1 --before").out != printed.out);
  const ProgramResult checked = RunProgram("snapshot --check " + path);
  CHECK(checked.exit_code == 0);
  CHECK_THAT(checked.out, ContainsText("snap.txt: fine (label T1)\n"
                                       "  node 0 DMA "));
}

TEST_CASE("Snapshot: checks recorded ones, all that are named",
          "[cli][snapshot]") {
  const ProgramResult result =
      RunProgram("snapshot --check " + Recorded("smp2-T1.txt.xz") + " " +
                 Recorded("cma-T1.txt.xz"));
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsText("smp2-T1.txt.xz: fine (label T1)\n"));
  CHECK_THAT(result.out, ContainsText("cma-T1.txt.xz: fine (label T1)\n"));
}

TEST_CASE("Snapshot: a damaged one gives 3, a contradiction 1",
          "[cli][snapshot]") {
  const TemporaryDirectory directory;
  const std::string good = RunProgram("-q snapshot hello").out;
  std::string text = good;
  const std::string cut =
      directory.WriteFile("cut.txt", good.substr(0, good.size() / 2));
  text.replace(text.find("vm_stat 3"), 9, "vm_stat 4");
  const std::string wrong = directory.WriteFile("wrong.txt", text);
  const ProgramResult damaged = RunProgram("snapshot --check " + cut);
  CHECK(damaged.exit_code == 3);
  CHECK_THAT(damaged.out,
             ContainsText("cut.txt:") && ContainsText("the file is cut off"));
  const ProgramResult contradiction = RunProgram("snapshot --check " + wrong);
  CHECK(contradiction.exit_code == 1);
  CHECK_THAT(contradiction.out,
             ContainsText("wrong.txt: I7: Node 0, zone DMA: nr_free_pages is"));
  CHECK(RunProgram("snapshot --check " + wrong + " " + cut).exit_code == 3);
}

TEST_CASE("Snapshot: a wrong command line is said to be one",
          "[cli][snapshot]") {
  const ProgramResult both =
      RunProgram("snapshot hello --check " + Recorded("smp2-T1.txt.xz"));
  CHECK(both.exit_code == 2);
  CHECK_THAT(both.err, ContainsText("--check looks at files"));
  const ProgramResult label = RunProgram("snapshot hello --label 'a b'");
  CHECK(label.exit_code == 2);
  CHECK_THAT(label.err, ContainsText("a label is one word"));
  CHECK(RunProgram("snapshot no-such-scenario").exit_code == 3);
}

}  // namespace
}  // namespace pagelab
