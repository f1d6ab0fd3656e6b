#include <string>
#include <vector>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/era_records.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

const std::string kFirst(era_records::k63);
const std::string kSecond(era_records::k612);
// Order 9, without a time.
const std::string kThird(era_records::k48);

TEST_CASE("Grep: records come out as they were, from several files",
          "[cli][grep]") {
  const TemporaryDirectory directory;
  const std::string a = directory.WriteFile("a", kFirst + kSecond);
  const std::string b = directory.WriteFile("b", kThird + kFirst);
  const ProgramResult result = RunProgram("grep 'order>=3' " + a + " " + b);
  CHECK(result.exit_code == 0);
  CHECK(result.out == kFirst + kThird + kFirst);
  CHECK(result.err == "pagelab: 3 of 4 records, 528 of 529 pages\n");
  CHECK(RunProgram("grep -q --invert 'order>=3' " + a + " " + b).out ==
        kSecond);
  CHECK(RunProgram("grep -q -c 'order>=3' " + a + " " + b).out ==
        "records 3\npages 528\n");
}

TEST_CASE("Grep: commands can be chained, in and out of compressed files",
          "[cli][grep]") {
  const TemporaryDirectory directory;
  const std::string dump =
      directory.WriteFile("dump", kFirst + kSecond + kThird);
  for (const std::string ending : {"", ".gz", ".xz", ".zst"}) {
    CAPTURE(ending);
    const std::string packed = directory.File("packed" + ending);
    CHECK(
        RunProgram("grep -q 'order>=0' -o " + packed + " " + dump).exit_code ==
        0);
    CHECK((FileContents(packed) == FileContents(dump)) == ending.empty());
    CHECK(RunShell("$PAGELAB -q grep 'order>=3' < " + packed +
                   " | $PAGELAB -q grep comm==swapper/0")
              .out == kFirst);
  }
  CHECK(RunShell("$PAGELAB -q grep order==7 " + dump +
                 " | $PAGELAB -q grep order==7; echo $?")
            .out == "1\n");
  CHECK(RunShell("cat " + dump + " | $PAGELAB -q grep 'comm~worker' - " + dump)
            .out == kSecond + kSecond);
}

TEST_CASE("Grep: a recorded dump", "[cli][grep]") {
  const std::string dump =
      PAGELAB_TEST_DATA_DIR "/owner/page_owner_records.txt.xz";
  const ProgramResult all = RunProgram("grep 'pages>0' " + dump);
  CHECK(all.exit_code == 0);
  CHECK_THAT(all.err, ContainsText("2,822 of 2,822 records"));
  CHECK((all.out == RunShell("xz -dc " + dump).out));
  const std::string part = RunProgram("grep -q 'order>=4' " + dump).out;
  CHECK(part == RunShell("xz -dc " + dump +
                         " | awk -v RS= -v ORS='\\n\\n' "
                         "'match($0, /order [0-9]+/) && "
                         "substr($0, RSTART + 6, RLENGTH - 6) + 0 >= 4'")
                    .out);
}

TEST_CASE("Grep: ages need a time to count from", "[cli][grep]") {
  const TemporaryDirectory directory;
  const std::string dump = directory.WriteFile("dump", kFirst + kSecond);
  const ProgramResult newest = RunProgram("grep 'age>1min' " + dump);
  CHECK(newest.out == kFirst);
  CHECK_THAT(newest.err,
             ContainsText("ages are counted from the newest record, "
                          "81.233445566s after boot; --now sets another time"));
  CHECK(RunProgram("grep -q 'age>1min' --now 1h " + dump).out ==
        kFirst + kSecond);
  const ProgramResult once = RunProgram("grep 'age>1min' < " + dump);
  CHECK(once.exit_code == 3);
  CHECK_THAT(once.err, ContainsText("give the time with --now"));
  CHECK(RunProgram("grep -q 'age>1min' --now 1h < " + dump).out ==
        kFirst + kSecond);
  const std::string old = directory.WriteFile("old", kThird);
  const ProgramResult none = RunProgram("grep 'age>1min' " + old);
  CHECK(none.exit_code == 1);
  CHECK_THAT(none.err, ContainsText("no record says when it was allocated"));
  const ProgramResult wrong = RunProgram("grep 'age>1min' --now soon " + dump);
  CHECK(wrong.exit_code == 2);
  CHECK_THAT(wrong.err, ContainsText("--now: \"soon\" is not a duration"));
}

TEST_CASE("Grep: damage is told with its place, and an error with --strict",
          "[cli][grep]") {
  const TemporaryDirectory directory;
  const std::string dump =
      directory.WriteFile("dump", kFirst + kSecond.substr(0, 60));
  const std::string place = std::to_string(kFirst.size());
  const ProgramResult told = RunProgram("grep 'order==3' " + dump);
  CHECK(told.exit_code == 0);
  CHECK(told.out == kFirst);
  CHECK_THAT(told.err, ContainsText("pagelab: " + dump +
                                    ": 1 damaged record left out, at byte " +
                                    place + ": it is cut off\n"));
  const std::string out = directory.File("out");
  const ProgramResult strict =
      RunProgram("grep --strict 'order==3' " + dump + " -o " + out);
  CHECK(strict.exit_code == 3);
  CHECK(strict.err ==
        "pagelab: " + dump + ": byte " + place + ": it is cut off\n");
  CHECK(directory.Names() == std::vector<std::string>{"dump"});
}

TEST_CASE("Grep: what is wrong is said", "[cli][grep]") {
  const TemporaryDirectory directory;
  const std::string dump = directory.WriteFile("dump", kFirst);
  CHECK(RunProgram("grep 'order==7' " + dump).exit_code == 1);
  CHECK(RunProgram("grep -c 'order==7' " + dump).exit_code == 1);
  CHECK(RunProgram("grep").exit_code == 2);
  CHECK(RunProgram("grep order==0 " + dump).err ==
        "pagelab: 0 of 1 record, 0 of 8 pages\n");
  const ProgramResult twice = RunProgram("grep order==0 - " + dump + " -");
  CHECK(twice.exit_code == 2);
  CHECK_THAT(twice.err, ContainsText("- can be given only once"));
  for (const std::string option : {"output", "now"}) {
    const ProgramResult empty =
        RunProgram("grep order==0 --" + option + "= " + dump);
    CHECK(empty.exit_code == 2);
    CHECK_THAT(empty.err,
               ContainsText("--" + option + ": the value is missing"));
  }
  const ProgramResult expression = RunProgram("grep 'order>3 && ordr' " + dump);
  CHECK(expression.exit_code == 2);
  CHECK(expression.err ==
        "pagelab: expression:1:12: unknown field \"ordr\" (did you mean "
        "\"order\"?)\n");
  const ProgramResult missing = RunProgram("grep 'order>3' ./no-such-file");
  CHECK(missing.exit_code == 3);
  CHECK_THAT(missing.err, ContainsText("./no-such-file"));
  const std::string mail = directory.WriteFile("mail", "Dear all,\n");
  const ProgramResult nothing = RunProgram("grep 'order>3' " + mail);
  CHECK(nothing.exit_code == 3);
  CHECK_THAT(nothing.err, ContainsText(mail + ": no page_owner record"));
  CHECK(RunProgram("grep 'order==3' " + dump + " > /dev/full").exit_code == 4);
  CHECK(RunProgram("grep 'order==3' " + dump + " -o /dev/full").exit_code == 4);
  CHECK_THAT(RunProgram("grep --help").out,
             ContainsText("migrate_reason") && ContainsText("Exit codes"));
}

}  // namespace
}  // namespace pagelab
