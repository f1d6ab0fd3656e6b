#include <nlohmann/json.hpp>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

std::string Data(const std::string& name) {
  return std::string(PAGELAB_TEST_DATA_DIR) + "/" + name;
}

const std::string kTrace = Data("trace_owners/stacks-trace.txt.xz");
const std::string kDump = Data("trace_owners/stacks-page-owner.txt.xz");

TEST_CASE("Replay owners: writes a dump from a recording alone",
          "[cli][replay_owners]") {
  const TemporaryDirectory directory;
  const std::string out = directory.File("page_owner.txt");
  const ProgramResult result =
      RunProgram("replay " + kTrace + " --page-owner " + out +
                 " --page-owner-clock -435728843 -q");
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK(result.out ==
        "stacks-trace.txt.xz: owners at the end of the recording\n"
        "            191  pages in use with their owners, 104 blocks\n"
        "              0  older pages freed\n"
        "              ?  older pages in use; --from tells\n"
        "\n" +
            out + "\n");
  CHECK_THAT(FileContents(out),
             ContainsText(" type Movable Flags 0x0()\n"
                          " __alloc_pages_noprof+0x0/0x0\n"
                          " alloc_pages_mpol_noprof+0x0/0x0\n"));
  // Standard output has the dump and nothing else.
  const ProgramResult piped =
      RunShell("xz -dc " + kTrace +
               " | $PAGELAB replay - --page-owner - --page-owner-clock "
               "-435728843");
  CHECK(piped.exit_code == 0);
  CHECK(piped.out == FileContents(out));
}

TEST_CASE("Replay owners: compares with the machine's own file",
          "[cli][replay_owners]") {
  const std::string command = "replay " + kTrace + " --compare-page-owner ";
  SECTION("that agrees") {
    const ProgramResult result = RunProgram(command + kDump);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.out,
               ContainsText("  stack              103          103            "
                            "1\n"));
    CHECK_THAT(result.out, ContainsText("\nno unexplained difference\n"));
  }
  SECTION("that does not") {
    const ProgramResult result =
        RunShell("xz -dc " + kDump +
                 " | sed 's/ext4_da_write_begin/somewhere_else/' | $PAGELAB " +
                 command + "-");
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.out, ContainsText("\nunexplained differences\n"));
  }
  SECTION("as JSON") {
    const ProgramResult result = RunProgram(command + kDump + " --json");
    CHECK(result.exit_code == 0);
    const auto json = nlohmann::json::parse(result.out, nullptr, false);
    REQUIRE_FALSE(json.is_discarded());
    CHECK(json["blocks"] == 104);
    CHECK(json["comparison"]["unexplained"] == 0);
    CHECK(json["comparison"]["fields"]["stack"]["equal"] == 103);
    CHECK(json["comparison"]["differences"][0]["count"] == 7);
  }
}

TEST_CASE("Replay owners: comes after the machine where one is named",
          "[cli][replay_owners]") {
  const ProgramResult result =
      RunProgram("replay " + kTrace +
                 " --machine qemu-2g -q --compare-page-owner " + kDump);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsText("9,296  early pages"));
  CHECK_THAT(result.out, ContainsText("\nno unexplained difference\n"));
}

// The simulated kernel knows the owners that its recording tells.
TEST_CASE("Replay owners: a recorded run has the owners of its page_owner file",
          "[cli][replay_owners]") {
  for (const std::string scenario : {"hello", "fragmentation", "memory-hog"}) {
    CAPTURE(scenario);
    const TemporaryDirectory directory;
    const std::string trace = directory.File("trace.txt");
    const ProgramResult run =
        RunProgram("run " + scenario + " --record " + trace +
                   " --record-stacks -q -o " + directory.File("out"));
    REQUIRE(run.exit_code == 0);
    const ProgramResult result =
        RunProgram("replay " + trace + " --json --compare-page-owner " +
                   directory.File("out/page_owner"));
    CHECK(result.exit_code == 0);
    const auto json = nlohmann::json::parse(result.out, nullptr, false);
    REQUIRE_FALSE(json.is_discarded());
    const auto& comparison = json["comparison"];
    CHECK(comparison["unexplained"] == 0);
    CHECK(comparison["shared_records"] == json["blocks"]);
    CHECK(comparison["fields"]["stack"]["compared"] > 3);
    CHECK(comparison["fields"]["stack"]["equal"] ==
          comparison["fields"]["stack"]["compared"]);
  }
}

TEST_CASE("Replay owners: what cannot be is refused", "[cli][replay_owners]") {
  SECTION("standard input twice") {
    const ProgramResult result = RunShell(
        "$PAGELAB replay - --machine qemu-2g --page-owner x < /dev/null");
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err,
               ContainsText("standard input can be read only once"));
  }
  SECTION("standard input for both") {
    const ProgramResult result =
        RunShell("$PAGELAB replay - --compare-page-owner - < /dev/null");
    CHECK(result.exit_code == 2);
  }
  SECTION("standard output for both") {
    const ProgramResult result = RunProgram(
        "replay " + kTrace + " --page-owner - --compare-page-owner " + kDump);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, ContainsText("--page-owner - has standard output"));
  }
  SECTION("no ticks") {
    const ProgramResult result =
        RunProgram("replay " + kTrace + " --page-owner - --ticks-per-second 0");
    CHECK(result.exit_code == 2);
  }
  SECTION("a dump that is none") {
    const ProgramResult result =
        RunProgram("replay " + kTrace + " --compare-page-owner " + kTrace);
    CHECK(result.exit_code == 3);
    CHECK_THAT(
        result.err,
        ContainsText("stacks-trace.txt.xz:1:1: no page_owner record; expected "
                     "\"Page allocated via order"));
  }
  SECTION("no recording") {
    const ProgramResult result =
        RunProgram("replay /nonexistent --page-owner -");
    CHECK(result.exit_code == 3);
  }
}

}  // namespace
}  // namespace pagelab
