#include <nlohmann/json.hpp>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/owner/dump_text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

constexpr const char* kRecorded =
    PAGELAB_TEST_DATA_DIR "/owner/page_owner_records.txt.xz";

TEST_CASE("Top: a compressed dump, a pipe and several files give one answer",
          "[cli][top]") {
  const std::string direct = RunProgram(std::string("top ") + kRecorded).out;
  CHECK_THAT(direct, ContainsText(" holds ") && ContainsText("in all"));
  CHECK(
      RunShell(std::string("xz -dc ") + kRecorded + " | $PAGELAB top -").out ==
      direct);
  const TemporaryDirectory directory;
  const std::string half = directory.WriteFile("half", RecordOf({}));
  CHECK_THAT(RunProgram("top " + half + " " + half).out,
             ContainsText("8.0 KiB in 2 records"));
}

TEST_CASE("Top: the dump of a run names the driver that leaks", "[cli][top]") {
  const TemporaryDirectory directory;
  const std::string out = directory.File("out");
  REQUIRE(RunProgram("run driver-leak -q -o " + out).exit_code == 0);
  const ProgramResult top =
      RunProgram("top --by module,function " + out + "/page_owner");
  CHECK(top.exit_code == 0);
  CHECK(
      top.out.starts_with("module nicdrv, nicdrv_alloc_rx_buffers [nicdrv] "
                          "holds 41.6 MiB, 35.1 % of the 118.4 MiB in "
                          "30,283 records.\n"));
  const auto json = nlohmann::json::parse(
      RunProgram("top --json --by comm -n 1 " + out + "/page_owner").out);
  CHECK(json["groups"].size() == 1);
}

TEST_CASE("Top: ages count from the newest record or from --now",
          "[cli][top]") {
  const TemporaryDirectory directory;
  const std::string dump =
      directory.WriteFile("dump", RecordOf({.ts = 1'000'000'000}) +
                                      RecordOf({.ts = 61'000'000'000}));
  CHECK_THAT(RunProgram("top --by age --csv " + dump).out,
             ContainsText(",1min to 10min\n") && ContainsText(",under 1s\n"));
  CHECK_THAT(RunProgram("top --by age --csv --now 2h " + dump).out,
             ContainsText(",1h to 1 day\n"));
  const ProgramResult pipe =
      RunShell("cat " + dump + " | $PAGELAB top --by age -");
  CHECK(pipe.exit_code == 3);
  CHECK_THAT(pipe.err, ContainsText("--now"));
}

TEST_CASE("Top: damage is told, and an error where it is asked to be",
          "[cli][top]") {
  const TemporaryDirectory directory;
  const std::string whole = RecordOf({});
  const std::string dump =
      directory.WriteFile("dump", whole + whole.substr(0, whole.size() / 2));
  const ProgramResult loose = RunProgram("top " + dump);
  CHECK(loose.exit_code == 0);
  CHECK_THAT(loose.out, ContainsText("4.0 KiB in 1 records"));
  CHECK_THAT(loose.err,
             ContainsText("1 damaged record") &&
                 ContainsText("byte " + std::to_string(whole.size())));
  const ProgramResult strict = RunProgram("top --strict " + dump);
  CHECK(strict.exit_code == 3);
  CHECK(strict.out.empty());
}

TEST_CASE("Top: a wrong command line says what would be right", "[cli][top]") {
  CHECK(RunProgram("top").exit_code == 2);
  const ProgramResult unknown = RunProgram("top --by modul x");
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.err, ContainsText("did you mean \"module\"?"));
  CHECK_THAT(RunProgram("top --by pfn x").err,
             ContainsText("cannot group by \"pfn\""));
  CHECK(RunProgram("top --where 'order>>2' x").exit_code == 2);
  CHECK(RunProgram("top --json --csv x").exit_code == 2);
  CHECK(RunProgram("top /nonexistent/dump").exit_code == 3);
}

TEST_CASE("Diff: what grew, and an exit code for a test", "[cli][diff]") {
  const TemporaryDirectory directory;
  const std::string before = directory.WriteFile("before", RecordOf({}));
  const std::string after = directory.WriteFile(
      "after", RecordOf({}) + RecordOf({.order = 4, .pfn = 0x2000}));
  const std::string files = before + " " + after;
  const ProgramResult diff = RunProgram("diff " + files);
  CHECK(diff.exit_code == 0);
  CHECK_THAT(diff.out, ContainsText("caller, in one call stack, grew most, by "
                                    "64.0 KiB;"));
  CHECK(RunProgram("diff --fail-above 64K " + files).exit_code == 0);
  CHECK(RunProgram("diff --fail-above 63K " + files).exit_code == 1);
  CHECK(RunProgram("diff " + before).exit_code == 2);
  CHECK(RunProgram("diff --show nothing " + files).exit_code == 2);
  CHECK(RunProgram("diff --show stayed --csv " + files).exit_code == 0);
  CHECK(RunProgram("diff --fail-above much " + files).exit_code == 2);
}

}  // namespace
}  // namespace pagelab
