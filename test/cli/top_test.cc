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
  CHECK(RunShell(std::string("xz -dc ") + kRecorded + " | $PAGELAB top").out ==
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
  const std::string note =
      "pagelab: ages are counted from the newest record, 61s after boot; --now "
      "sets another time\n";
  const ProgramResult newest = RunProgram("top --by age --csv " + dump);
  CHECK_THAT(newest.out,
             ContainsText(",1min to 10min\n") && ContainsText(",under 1s\n"));
  CHECK(newest.err == note);
  CHECK(RunProgram("top -q --by age " + dump).err.empty());
  CHECK(RunProgram("top --where 'age>1s' " + dump).err == note);
  CHECK_THAT(RunProgram("diff --where 'age>1s' " + dump + " " + dump).err,
             ContainsText("counted from its newest record"));
  CHECK(RunProgram("top " + dump).err.empty());
  const ProgramResult now = RunProgram("top --by age --csv --now 2h " + dump);
  CHECK_THAT(now.out, ContainsText(",1h to 1 day\n"));
  CHECK(now.err.empty());
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
  CHECK_THAT(loose.out, ContainsText("4.0 KiB in 1 record."));
  CHECK_THAT(loose.err,
             ContainsText("1 damaged record") &&
                 ContainsText("byte " + std::to_string(whole.size())));
  const ProgramResult strict = RunProgram("top --strict " + dump);
  CHECK(strict.exit_code == 3);
  CHECK(strict.out.empty());
}

TEST_CASE("Top: a wrong command line says what would be right", "[cli][top]") {
  CHECK(RunShell("$PAGELAB top < /dev/null").exit_code == 3);
  const ProgramResult unknown = RunProgram("top --by modul x");
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.err, ContainsText("did you mean \"module\"?"));
  CHECK_THAT(RunProgram("top --by pfn x").err,
             ContainsText("cannot group by \"pfn\""));
  CHECK(RunProgram("top --where 'order>>2' x").exit_code == 2);
  CHECK(RunProgram("top --json --csv x").exit_code == 2);
  CHECK(RunProgram("top /nonexistent/dump").exit_code == 3);
  const ProgramResult twice = RunProgram("top - -");
  CHECK(twice.exit_code == 2);
  CHECK(twice.err ==
        "pagelab: - can be given only once: it is standard "
        "input\n");
}

TEST_CASE("Top: the number of groups is a whole number", "[cli][top]") {
  const TemporaryDirectory directory;
  const std::string dump = directory.WriteFile("dump", RecordOf({}));
  for (const std::string word : {"-1", "abc", "1.5"}) {
    CAPTURE(word);
    const ProgramResult wrong = RunProgram("top -n " + word + " " + dump);
    CHECK(wrong.exit_code == 2);
    CHECK(wrong.err == "pagelab: --number: \"" + word +
                           "\": expected a whole number, 0 for all\n"
                           "pagelab: try \"pagelab top --help\"\n");
  }
  CHECK(RunProgram("diff -n -1 " + dump + " " + dump).exit_code == 2);
  for (const char* word : {"0", "010", "0x10"}) {
    CAPTURE(word);
    CHECK(RunProgram(std::string("top -n ") + word + " " + dump).exit_code ==
          0);
  }
}

TEST_CASE("Top: no group and one record", "[cli][top]") {
  const TemporaryDirectory directory;
  const std::string dump = directory.WriteFile("dump", RecordOf({.comm = ""}));
  const ProgramResult none = RunProgram("top --where order==7 " + dump);
  CHECK(none.exit_code == 0);
  CHECK(none.out == "Nothing matches: none of 1 record.\n");
  CHECK_THAT(RunProgram("top --by comm " + dump).out,
             ContainsText("comm \"\" holds all of the 4.0 KiB in 1 record.\n"));
}

TEST_CASE("Top: an empty value is none, not the next word", "[cli][top]") {
  const TemporaryDirectory directory;
  const std::string dump = directory.WriteFile("dump", RecordOf({}));
  for (const std::string option :
       {"by", "ids", "where", "now", "number", "show", "fail-above"}) {
    CAPTURE(option);
    for (const char* end : {"=", " ''"}) {
      const ProgramResult result =
          RunProgram("diff --" + option + end + " " + dump + " " + dump);
      CHECK(result.exit_code == 2);
      CHECK(result.err == "pagelab: --" + option +
                              ": the value is missing\n"
                              "pagelab: try \"pagelab diff --help\"\n");
    }
  }
  CHECK_THAT(RunProgram("top -n= " + dump).err,
             ContainsText("--number: the value is missing"));
  CHECK_THAT(RunProgram("run hello --seed=").err,
             ContainsText("--seed: the value is missing"));
  CHECK_THAT(RunProgram("top --wher= " + dump).err,
             ContainsText("unknown option --wher= (did you mean "
                          "\"--where\"?)"));
  CHECK(RunProgram("run -q hello --cmdline=").exit_code == 0);
  // A flag has no value, and what belongs to another option or comes behind
  // -- is none.
  CHECK(RunProgram("top --json= " + dump).out.starts_with("{"));
  CHECK_THAT(RunProgram("top --where --now= " + dump).err,
             ContainsText("expression:1:"));
  CHECK_THAT(RunProgram("top -- --now=").err, ContainsText("--now=: "));
  CHECK(RunProgram("top --by=, " + dump).exit_code == 2);
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
  CHECK(RunProgram("diff --show nothing " + files).err ==
        "pagelab: --show: nothing not in {grown,shrunk,new,stayed,always}\n"
        "pagelab: try \"pagelab diff --help\"\n");
  CHECK_THAT(RunProgram("diff --help").out,
             ContainsText("--show TEXT:{grown,shrunk,new,stayed,always}=grown"
                          "\n"));
  const ProgramResult twice = RunProgram("diff - -");
  CHECK(twice.exit_code == 2);
  CHECK_THAT(twice.err, ContainsText("- can be given only once"));
  CHECK(RunProgram("diff --show stayed --csv " + files).exit_code == 0);
  CHECK(RunProgram("diff --fail-above much " + files).exit_code == 2);
  CHECK(RunProgram("diff --show shrunk " + files)
            .out.ends_with("\nNo group shrank.\n"));
  CHECK(RunShell("cat " + after + " | $PAGELAB diff --csv " + before + " -")
            .out == RunProgram("diff --csv " + files).out);
}

}  // namespace
}  // namespace pagelab
