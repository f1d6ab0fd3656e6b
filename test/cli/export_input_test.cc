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
  // As it is read again for events, kept from a pipe, or one of many files.
  const std::string files = directory.File("files");
  REQUIRE(RunShell("mkdir " + files + " && cp " + trace + " " + files +
                   "/trace && cp " + cut + " " + files + "/page_owner")
              .exit_code == 0);
  for (const std::string& what : {
           "-f perfetto --recorded " + trace,
           "-f csv --table events --recorded " + trace,
           "-f csv --table records --recorded " + trace,
           "-f csv --table events " + files,
           "-f folded " + files,
           "-f folded - < " + cut,
           "-f perfetto --recorded - < " + trace,
           "-f folded - < " + trace,
       }) {
    CAPTURE(what);
    const ProgramResult again = RunProgram("export " + what);
    CHECK(again.exit_code == 0);
    CHECK_FALSE(again.out.empty());
    CHECK_THAT(again.err, ContainsText("ends too early: what comes behind"));
    CHECK(again.err.find(directory.path()) == std::string::npos);
  }
  // Nothing at all is left of this one.
  REQUIRE(RunShell("head -c 12 " + cut + " > " + trace).exit_code == 0);
  CHECK(RunProgram("export -f folded " + trace).exit_code == 3);
}

TEST_CASE("Export: redacted, no name of a file is left", "[cli][export]") {
  const TemporaryDirectory directory;
  const std::string folder = directory.File("customer");
  REQUIRE(RunShell("mkdir " + folder).exit_code == 0);
  const std::string trace = folder + "/secret.gz";
  REQUIRE(RunShell("xz -dc " + kData +
                   "/trace/smp2-head.txt.xz | gzip -n | head -c 20000 > " +
                   trace + " && cp " + trace + " " + folder + "/trace")
              .exit_code == 0);
  const std::string machine = folder + "/acmebox.json";
  REQUIRE(RunShell(std::string("cp ") + PAGELAB_SOURCE_DIR +
                   "/workloads/machines/hello.json " + machine)
              .exit_code == 0);
  for (const std::string& what :
       {trace, trace + " --machine " + machine, trace + " --recorded", folder,
        folder + "/"}) {
    CAPTURE(what);
    const ProgramResult meta =
        RunProgram("export -q -f ndjson --table meta --redact " + what);
    CHECK(meta.exit_code == 0);
    CHECK_THAT(meta.out, ContainsText("ends too early"));
    for (const std::string name : {"secret", "customer", "acmebox", "/"}) {
      CAPTURE(name);
      CHECK(meta.out.find(name) == std::string::npos);
    }
  }
}

TEST_CASE("Export: a recording that has no event does not hide other files",
          "[cli][export]") {
  const TemporaryDirectory directory;
  directory.WriteFile("trace", "# tracer: nop\n#\n");
  REQUIRE(
      RunShell("cp " + kDump + " " + directory.File("page_owner")).exit_code ==
      0);
  const ProgramResult result =
      RunProgram("export -f folded " + directory.path());
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.err, ContainsText("trace: no event in it"));
}

TEST_CASE("Export: files of more memory than any machine has are refused",
          "[cli][export]") {
  const TemporaryDirectory directory;
  const std::string huge = directory.File("huge");
  REQUIRE(RunShell("for n in $(seq 5000); do printf 'Page allocated via order "
                   "20, mask 0x0(), pid 1, tgid 1 (a), ts 1 ns\\nPFN 0x200 "
                   "type Movable Block 1 type Movable Flags 0x0()\\n "
                   "f+0x1/0x2\\n\\n'; done > " +
                   huge)
              .exit_code == 0);
  const ProgramResult dump = RunProgram("export -f csv " + huge);
  CHECK(dump.exit_code == 3);
  CHECK_THAT(dump.err, ContainsText("expected at most"));
  REQUIRE(RunShell("xz -dc " + kData +
                   "/snapshot/smp2-T1.txt.xz | sed "
                   "'s/spanned=4095/spanned=2199023255551/; s/^pageblock "
                   "0x200 0x1000 1$/pageblock 0x200 0x20000000000 1/' > " +
                   huge)
              .exit_code == 0);
  const ProgramResult snapshot = RunProgram("export -f csv " + huge);
  CHECK(snapshot.exit_code == 3);
  CHECK_THAT(snapshot.err, ContainsText("pageblocks; expected at most"));
}

TEST_CASE("Export: a pipe that is closed ends it quietly", "[cli][export]") {
  const ProgramResult result = RunShell(
      "\"$PAGELAB\" export -q -f ndjson --table events driver-leak | head -n "
      "1 > /dev/null");
  CHECK(result.err.empty());
}

TEST_CASE("Export: an input is not replaced by what is made of it",
          "[cli][export]") {
  const TemporaryDirectory directory;
  const std::string dump = directory.File("dump.txt");
  REQUIRE(RunShell("xz -dc " + kDump + " > " + dump).exit_code == 0);
  REQUIRE(RunShell("ln " + dump + " " + directory.File("link")).exit_code == 0);
  const std::string before = FileContents(dump);
  for (const std::string& arguments :
       {dump + " -f csv -o " + dump,
        dump + " -f csv -o " + directory.File("link"),
        dump + " -f sqlite -o " + dump, "- -f csv -o " + dump + " < " + dump}) {
    CAPTURE(arguments);
    const ProgramResult result = RunProgram("export " + arguments);
    CHECK(result.exit_code == 2);
    CHECK_THAT(result.err, ContainsText("is what would be read"));
    CHECK(FileContents(dump) == before);
  }
}

TEST_CASE("Export: sums by stack have groups and no records", "[cli][export]") {
  const TemporaryDirectory directory;
  const std::string sums = directory.WriteFile(
      "sums.txt",
      " get_page_from_freelist+0x1/0x2\n drv_poll+0x1/0x2 [drv]\n"
      "nr_base_pages: 42\n\n");
  const ProgramResult csv = RunProgram("export -q -f csv " + sums);
  CHECK(csv.exit_code == 0);
  CHECK_THAT(csv.out, ContainsText("block_order") && ContainsText(",42\r\n"));
  for (const std::string table : {"records", "pageblocks"}) {
    const ProgramResult result =
        RunProgram("export -f csv --table " + table + " " + sums);
    CHECK(result.exit_code == 3);
    CHECK_THAT(result.err, ContainsText("expected --table groups"));
    CHECK(result.out.empty());
  }
  // Nothing of this recording is in use at its end.
  const std::string recording = "export -f csv --table stacks --recorded " +
                                kData + "/trace/perf-script.txt";
  const ProgramResult none = RunProgram(recording);
  CHECK(none.exit_code == 3);
  CHECK_THAT(none.err, ContainsText("read with --stacks"));
  CHECK(RunProgram(recording + " --stacks").exit_code == 0);
}

TEST_CASE("Export: numbers of 64 bits have no sign", "[cli][export]") {
  const TemporaryDirectory directory;
  const std::string dump = directory.WriteFile(
      "dump.txt",
      "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 1, tgid 1 (a), "
      "ts 18446744073709551615 ns\nPFN 0xffffffffffffffff type Unmovable Block "
      "36028797018963967 type Unmovable Flags 0x0()\n f+0x1/0x2\n\n");
  CHECK_THAT(RunProgram("export -q -f csv " + dump).out,
             ContainsText("\r\n18446744073709551615,36028797018963967,0,1,") &&
                 ContainsText(",18446744073709551615,"));
  CHECK_THAT(RunProgram("export -q -f ndjson " + dump).out,
             ContainsText("{\"pfn\":18446744073709551615,") &&
                 ContainsText("\"ts_ns\":18446744073709551615,"));
  const std::string database = directory.File("a.db");
  const ProgramResult made =
      RunProgram("export -q -f sqlite -o " + database + " " + dump);
  CHECK(made.exit_code == 0);
  if (RunShell("command -v sqlite3").exit_code != 0) {
    WARN("skipped: there is no sqlite3 here");
    return;
  }
  CHECK(RunShell("sqlite3 " + database +
                 " 'SELECT pfn, ts_ns, ts_ns > 9e18 FROM records'")
            .out == "0xffffffffffffffff|0xffffffffffffffff|1\n");
}

TEST_CASE("Export: a text that ends inside a record says so", "[cli][export]") {
  const TemporaryDirectory directory;
  const std::string whole = directory.File("whole.txt");
  REQUIRE(RunShell("xz -dc " + kDump + " > " + whole).exit_code == 0);
  const std::string text = FileContents(whole);
  const std::string inside = "ends in the middle of a record";
  CHECK_THAT(RunProgram("export -f folded " + whole).err,
             !ContainsText(inside));
  const size_t last = text.rfind("Page allocated");
  const size_t frame = text.find("\n ", last);
  // In the first line, behind it, in a frame, behind one, behind the last.
  for (const size_t size :
       {last + 4, last + 40, text.find('\n', last) + 1, frame + 6,
        text.find('\n', frame + 1) + 1, text.size() - 1}) {
    CAPTURE(size);
    const std::string cut =
        directory.WriteFile("cut.txt", text.substr(0, size));
    const ProgramResult result = RunProgram("export -f folded " + cut);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.err, ContainsText("cut.txt " + inside));
  }
  // Between two records nothing is to be seen.
  const std::string between =
      directory.WriteFile("cut.txt", text.substr(0, last));
  CHECK_THAT(RunProgram("export -f folded " + between).err,
             !ContainsText(inside));
}

TEST_CASE("Export: sentences name no folder", "[cli][export]") {
  const TemporaryDirectory directory;
  const std::string cut = directory.File("cut.txt.gz");
  REQUIRE(RunShell("xz -dc " + kDump + " | gzip -n | head -c 3000 > " + cut)
              .exit_code == 0);
  const ProgramResult meta =
      RunProgram("export -q -f ndjson --table meta " + cut);
  CHECK_THAT(meta.out, ContainsText("(the compressed input") &&
                           !ContainsText(directory.path()));
  // Redacted, no file either, of a replay too.
  const std::string trace = directory.File("SECRET.gz");
  REQUIRE(RunShell("xz -dc " + kData +
                   "/trace/smp2-head.txt.xz | gzip -n | head -c 20000 > " +
                   trace)
              .exit_code == 0);
  for (const std::string how : {"", " --recorded"}) {
    const ProgramResult redacted =
        RunProgram("export -q -f ndjson --table meta --redact " + trace + how);
    CHECK_THAT(redacted.out, ContainsText("the source ends too early") &&
                                 !ContainsText("SECRET"));
  }
}

}  // namespace
}  // namespace pagelab
