// What pagelab export takes, and what it refuses.

#include <string>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

const std::string kData = PAGELAB_TEST_DATA_DIR;
const std::string kDump = kData + "/owner/page_owner_records.txt.xz";

struct Refusal {
  std::string arguments;
  int exit_code;
  std::string text;
};

TEST_CASE("Export: wrong command lines and inputs are refused",
          "[cli][export]") {
  const TemporaryDirectory directory;
  const std::string words = directory.WriteFile("words.txt", "hello\nworld\n");
  const std::string empty = directory.WriteFile("empty", "");
  const std::string snapshot = kData + "/snapshot/smp2-T1.txt.xz";
  for (const Refusal& refusal : {
           Refusal{"hello", 2, "--format is required"},
           Refusal{"hello -f svg", 2, "svg"},
           Refusal{"-f folded", 2, "export needs a scenario, a dump"},
           Refusal{"hello -f sqlite", 2,
                   "a database cannot go to standard output"},
           Refusal{"hello -f folded --table events", 2,
                   "--table is for --format csv and ndjson"},
           Refusal{"hello -f csv --unit pages", 2,
                   "--unit is for --format folded and speedscope"},
           Refusal{"hello -f csv --table nothing", 2, "nothing"},
           Refusal{"hello -f pprof --labels pfn -o /dev/null", 3,
                   "--labels: \"pfn\" is no field"},
           Refusal{"no-such -f folded", 3, "no scenario is called \"no-such\""},
           Refusal{"./no-such -f folded", 3, "No such file"},
           Refusal{words + " -f folded", 3,
                   "words.txt: nothing that is known; expected a scenario"},
           Refusal{empty + " -f folded", 3, "empty: empty; expected"},
           Refusal{directory.path() + " -f folded", 3,
                   "no page_owner, snap_T1, trace or buddyinfo in it"},
           Refusal{kDump + " -f perfetto", 3, "there are no events in it"},
           Refusal{kDump + " -f csv --table samples", 3,
                   "no table \"samples\": there is no time in it"},
           Refusal{kDump + " -f csv --table free", 3, "no free lists in it"},
           Refusal{snapshot + " -f folded", 3, "there is no page_owner dump"},
           Refusal{snapshot + " -f csv --table records", 3,
                   "no table \"records\""},
           Refusal{kDump + " -f folded --machine hello", 3,
                   "--machine: page_owner_records.txt.xz, files of a machine"},
           Refusal{kDump + " -f folded --recorded", 3, "no recording"},
           Refusal{"hello -f folded --recorded", 3, "--recorded: hello"},
           Refusal{kData + "/trace/perf-script.txt -f folded --seed 3", 3,
                   "--seed: perf-script.txt, a recording"},
           Refusal{"hello -f sqlite -o " + directory.path(), 3,
                   "must be a regular file"},
           Refusal{"hello -f folded -o " + directory.path() + "/no/such", 3,
                   "cannot create the file"},
       }) {
    CAPTURE(refusal.arguments);
    const ProgramResult result = RunProgram("export " + refusal.arguments);
    CHECK(result.exit_code == refusal.exit_code);
    CHECK_THAT(result.err, ContainsText(refusal.text));
    CHECK(result.out.empty());
  }
}

TEST_CASE("Export: nothing half-written is left behind", "[cli][export]") {
  const TemporaryDirectory directory;
  const std::string kept = directory.WriteFile("kept.db", "before");
  // A pageblock order that cannot be is found while the snapshot is read.
  for (const std::string& arguments :
       {kDump + " -f perfetto -o " + kept,
        kDump + " -f csv --table samples -o " + kept,
        kData + "/snapshot/smp2-T1.txt.xz -f folded -o " + kept}) {
    CHECK(RunProgram("export " + arguments).exit_code == 3);
  }
  CHECK(FileContents(kept) == "before");
  CHECK(directory.Names() == std::vector<std::string>{"kept.db"});
  CHECK(RunProgram("export hello -q -f sqlite -o " + kept).exit_code == 0);
  CHECK(FileContents(kept).starts_with("SQLite format 3"));
  CHECK(directory.Names() == std::vector<std::string>{"kept.db"});
}

TEST_CASE("Export: a source is told by its content", "[cli][export]") {
  const TemporaryDirectory directory;
  const std::string folded = RunProgram("export -q -f folded " + kDump).out;
  CHECK_FALSE(folded.empty());
  const std::string odd = directory.File("odd.json");
  REQUIRE(RunShell("xz -dc " + kDump + " > " + odd).exit_code == 0);
  CHECK(RunProgram("export -q -f folded " + odd).out == folded);
  CHECK(RunProgram("export -q -f folded - < " + odd).out == folded);
  CHECK(RunShell("xz -dc " + kDump + " | \"$PAGELAB\" export -q -f folded -")
            .out == folded);
  CHECK(
      RunShell("cat " + kDump + " | \"$PAGELAB\" export -q -f folded -").out ==
      folded);
  for (const std::string trace :
       {"perf-script.txt", "stacks-head.txt.xz", "stacks-head-v7.dat"}) {
    CAPTURE(trace);
    for (const std::string how : {"", " --recorded"}) {
      const ProgramResult events =
          RunProgram("export -q -f ndjson --table events --stacks " + kData +
                     "/trace/" + trace + how);
      CHECK(events.exit_code == 0);
      CHECK_THAT(events.out, ContainsText("\"event\":\"mm_page_alloc\""));
    }
  }
  const ProgramResult scenario = RunShell(
      "echo '{\"machine\": \"hello\", \"tasks\": [{\"name\": \"a\", \"steps\": "
      "[{\"alloc\": {}}]}]}' | \"$PAGELAB\" export -q -f csv --table events -");
  CHECK(scenario.exit_code == 0);
  CHECK_THAT(scenario.out, ContainsText("mm_page_alloc"));
}

TEST_CASE("Export: recorded events are those of the recording",
          "[cli][export]") {
  const ProgramResult result =
      RunProgram("export -q -f csv --table events --recorded " + kData +
                 "/trace/perf-script.txt");
  CHECK_THAT(result.out, ContainsText("mm_page_alloc"));
  const ProgramResult replayed = RunProgram("export -q -f csv --table events " +
                                            kData + "/trace/perf-script.txt");
  CHECK(replayed.out != result.out);
}

TEST_CASE("Export: the files of a run give what the run gives",
          "[cli][export]") {
  const TemporaryDirectory directory;
  const std::string out = directory.File("out");
  REQUIRE(RunProgram("run driver-leak -q -o " + out + " --record " + out +
                     "/trace.txt")
              .exit_code == 0);
  for (const std::string what :
       {"-f folded", "-f speedscope --redact", "-f csv --table pageblocks"}) {
    CAPTURE(what);
    const std::string run = RunProgram("export -q driver-leak " + what).out;
    std::string files = RunProgram("export -q " + out + " " + what).out;
    const size_t kind = files.find("files of a machine");
    if (kind != std::string::npos) {
      files.replace(kind, std::string("files of a machine").size(), "a run");
    }
    CHECK(files == run);
  }
}

TEST_CASE("Export: an input that is cut off gives what is left of it",
          "[cli][export]") {
  const TemporaryDirectory directory;
  const std::string cut = directory.File("cut.txt.gz");
  REQUIRE(RunShell("xz -dc " + kDump + " | gzip -n | head -c 3000 > " + cut)
              .exit_code == 0);
  const ProgramResult result = RunProgram("export -f folded " + cut);
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK_FALSE(result.out.empty());
  CHECK_THAT(result.err, ContainsText("cut.txt.gz ends too early: what comes "
                                      "behind its first"));
  const ProgramResult meta =
      RunProgram("export -q -f ndjson --table meta " + cut);
  CHECK_THAT(meta.out,
             ContainsText("\"key\":\"missing\",\"value\":\"cut.txt.gz "
                          "ends too early"));
  const std::string trace = directory.File("trace.gz");
  REQUIRE(RunShell("xz -dc " + kData +
                   "/trace/smp2-head.txt.xz | gzip -n | head -c 20000 > " +
                   trace)
              .exit_code == 0);
  const ProgramResult replay = RunProgram("export -f folded " + trace);
  CHECK(replay.exit_code == 0);
  CHECK_THAT(replay.err, ContainsText("trace.gz ends too early"));
  // Nothing at all is left of this one.
  REQUIRE(RunShell("head -c 12 " + cut + " > " + trace).exit_code == 0);
  CHECK(RunProgram("export -f folded " + trace).exit_code == 3);
}

TEST_CASE("Export: a pipe that is closed ends it quietly", "[cli][export]") {
  const ProgramResult result = RunShell(
      "\"$PAGELAB\" export -q -f ndjson --table events driver-leak | head -n "
      "1 > /dev/null");
  CHECK(result.err.empty());
}

}  // namespace
}  // namespace pagelab
