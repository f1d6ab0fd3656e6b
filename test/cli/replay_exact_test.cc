// pagelab replay --from: exit codes and outputs of exact replay.

#include <nlohmann/json.hpp>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

std::string Kept(const std::string& name) {
  return std::string(PAGELAB_TEST_DATA_DIR) + "/exact/" + name;
}

// "replay TRACE --from SNAPSHOT --expect SNAPSHOT" of the kept boot.
std::string BootFromT0() {
  return "replay " + Kept("boot/trace.txt.xz") + " --from " +
         Kept("boot/snap_T0.txt.xz") + " --expect " +
         Kept("boot/snap_T1.txt.xz");
}

nlohmann::json Json(const std::string& text) {
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  REQUIRE_FALSE(json.is_discarded());
  return json;
}

TEST_CASE("Replay: an exact recording is exit code 0", "[cli][replay][exact]") {
  const ProgramResult text = RunProgram(BootFromT0());
  CHECK(text.exit_code == 0);
  CHECK(text.err.empty());
  CHECK_THAT(text.out, ContainsText("trace.txt.xz: ") &&
                           ContainsText(" events replayed\n") &&
                           ContainsText("100 %\n") &&
                           ContainsText("Final state: ") &&
                           ContainsText("\nExact.\n"));

  const ProgramResult json = RunProgram(BootFromT0() + " --json --no-infer");
  CHECK(json.exit_code == 0);
  const nlohmann::json report = Json(json.out);
  CHECK(report["exact"] == true);
  CHECK(report["trace"] == "trace.txt.xz");
  CHECK(report["allocations_compared"] == report["allocations_exact"]);
  CHECK(report["trials"] == 0);
  CHECK(report["end"]["lists_differing"] == 0);
}

TEST_CASE("Replay: the files of an exact replay", "[cli][replay][exact]") {
  const TemporaryDirectory directory;
  const std::string out = directory.File("out");
  const ProgramResult result = RunProgram(BootFromT0() + " -q -o " + out);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsText(out + "/replay.json\n") &&
                             ContainsText(out + "/snapshot_end.txt\n"));
  CHECK(Json(FileContents(out + "/replay.json"))["exact"] == true);
  // The end is what was expected: it can be expected itself.
  const ProgramResult again = RunProgram(
      "replay " + Kept("boot/trace.txt.xz") + " --from " +
      Kept("boot/snap_T0.txt.xz") + " --expect " + out + "/snapshot_end.txt");
  CHECK(again.exit_code == 0);
}

TEST_CASE("Replay: a recording that is not exact is exit code 1",
          "[cli][replay][exact]") {
  // From the end of the recording to its end.
  const std::string wrong = "replay " + Kept("boot/trace.txt.xz") + " --from " +
                            Kept("smp2/snap_T0.txt.xz") + " --no-infer";
  const ProgramResult text = RunProgram(wrong);
  CHECK(text.exit_code == 1);
  CHECK(text.err.empty());
  CHECK_THAT(text.out, ContainsText("First divergence at line ") &&
                           ContainsText("  recorded:  ") &&
                           ContainsText("  simulated: ") &&
                           ContainsText("\nNot exact.\n"));
  const ProgramResult json = RunProgram(wrong + " --json");
  CHECK(json.exit_code == 1);
  const nlohmann::json report = Json(json.out);
  CHECK(report["exact"] == false);
  CHECK(report["divergences"] == 1);
  CHECK(report["first_divergence"]["line"] > 0);
  CHECK_FALSE(report["first_divergence"]["lists_before"].empty());

  const ProgramResult resync = RunProgram(wrong + " --json --resync");
  CHECK(resync.exit_code == 1);
  const nlohmann::json whole = Json(resync.out);
  CHECK(whole["allocations_compared"] > report["allocations_compared"]);
  CHECK(whole["first_divergence"]["line"] ==
        report["first_divergence"]["line"]);
}

TEST_CASE("Replay: options of exact replay without its snapshot are usage",
          "[cli][replay][exact]") {
  const std::string trace = "replay " + Kept("boot/trace.txt.xz");
  const std::string t0 = Kept("boot/snap_T0.txt.xz");
  for (const std::string& options :
       {" --expect " + t0, std::string(" --resync"), std::string(" --no-infer"),
        std::string(" --from")}) {
    CAPTURE(options);
    const ProgramResult result = RunProgram(trace + options);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK_FALSE(result.err.empty());
  }
  const ProgramResult machine =
      RunProgram(trace + " --from " + t0 + " --machine qemu-2g");
  CHECK(machine.exit_code == 2);
  CHECK_THAT(machine.err, ContainsText("--from and --machine exclude each "
                                       "other: a snapshot is a machine"));
  const ProgramResult twice = RunProgram("replay - --from - < /dev/null");
  CHECK(twice.exit_code == 2);
  CHECK_THAT(twice.err,
             ContainsText("only one input can be - (standard input)"));
}

TEST_CASE("Replay: a snapshot can come from a pipe", "[cli][replay][exact]") {
  const ProgramResult result =
      RunShell("xz -dc " + Kept("boot/snap_T0.txt.xz") + " | $PAGELAB replay " +
               Kept("boot/trace.txt.xz") + " --from - --expect " +
               Kept("boot/snap_T1.txt.xz"));
  CHECK(result.exit_code == 0);
}

TEST_CASE("Replay: unreadable snapshots are exit code 3, with their place",
          "[cli][replay][exact]") {
  const TemporaryDirectory directory;
  const std::string trace = "replay " + Kept("boot/trace.txt.xz") + " --from ";
  const std::string notes = directory.WriteFile("notes.txt", "hello\n");
  const ProgramResult text = RunProgram(trace + notes);
  CHECK(text.exit_code == 3);
  CHECK(text.out.empty());
  CHECK_THAT(text.err, ContainsText(notes + ":1:"));

  const std::string cut = directory.File("cut.txt");
  REQUIRE(RunShell("xz -dc " + Kept("boot/snap_T0.txt.xz") +
                   " | head -n 40 > " + cut)
              .exit_code == 0);
  const ProgramResult half = RunProgram(trace + cut);
  CHECK(half.exit_code == 3);
  CHECK_THAT(half.err, ContainsText(cut + ":"));

  CHECK(RunProgram(trace + directory.File("none")).exit_code == 3);
  const ProgramResult expect =
      RunProgram(trace + Kept("boot/snap_T0.txt.xz") + " --expect " + notes);
  CHECK(expect.exit_code == 3);
  CHECK_THAT(expect.err, ContainsText(notes + ":1:"));

  // Two CPUs in the trace, one in the snapshot.
  const ProgramResult cpus =
      RunProgram("replay " + Kept("smp2/trace.txt.xz") + " --from " +
                 Kept("boot/snap_T0.txt.xz"));
  CHECK(cpus.exit_code == 3);
  CHECK_THAT(cpus.err, ContainsText("has events of CPU 1, the snapshot \"T0\" "
                                    "is of a machine with 1 CPUs"));
}

}  // namespace
}  // namespace pagelab
