#include <nlohmann/json.hpp>
#include <string>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

TEST_CASE("explain: says what there is to ask", "[cli][explain]") {
  const ProgramResult result = RunProgram("explain hello");
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsText("hello on hello: 18 events"));
  CHECK_THAT(result.out, ContainsText("--failure 1   event 18"));
  CHECK_THAT(result.out, ContainsText("pagelab explain hello --event N"));
  // With what makes it the same run.
  CHECK_THAT(
      RunProgram("explain hello --machine tiny-16m --seed 3 --set cpus=2 "
                 "--kernel 6.3 --cmdline 'a=1 b=2'")
          .out,
      ContainsText("pagelab explain hello --machine tiny-16m --seed 3 "
                   "--set cpus=2 --kernel 6.3 --cmdline 'a=1 b=2' "
                   "--event N"));
  CHECK_THAT(RunProgram("explain --machine tiny-16m").out,
             ContainsText("pagelab explain --machine tiny-16m --event N"));
}

TEST_CASE("explain: an event, some, a failure, a frame", "[cli][explain]") {
  CHECK_THAT(RunProgram("explain hello --event 7").out,
             ContainsText("Block 0x110 of order 4 is split"));
  const ProgramResult lines = RunProgram("explain hello --event 17 --count 9");
  CHECK(lines.exit_code == 0);
  CHECK_THAT(lines.out, ContainsText("      17  mm_page_alloc  "));
  CHECK_THAT(lines.out, ContainsText("      18  mm_page_alloc  "));
  CHECK_THAT(RunProgram("explain hello --failure 1").out,
             ContainsText("It gets nothing"));
  CHECK_THAT(RunProgram("explain hello --pfn 272").out,
             ContainsText("frame 0x110"));
  CHECK_THAT(RunProgram("explain --machine tiny-16m --pfn 0x200").out,
             ContainsText("page_owner is off on this machine"));
}

TEST_CASE("explain: --json is JSON", "[cli][explain]") {
  using nlohmann::json;
  const json event =
      json::parse(RunProgram("explain hello --event 6 --json").out);
  CHECK(event["event"] == 6);
  CHECK(event["split"]["source"]["order"] == 4);
  CHECK(event["split"]["remainders"].size() == 2);
  CHECK(event["sentences"].back()["function"] == "expand()");
  const json events =
      json::parse(RunProgram("explain hello --event 1 --count 3 --json").out);
  CHECK(events["events"].size() == 3);
  const json run = json::parse(RunProgram("explain hello --json").out);
  CHECK(run["by_kind"]["mm_page_alloc"] == 7);
  CHECK(run["first_failures"][0]["event"] == 18);
  const json frame =
      json::parse(RunProgram("explain hello --pfn 0x110 --json").out);
  CHECK(frame["pfn"] == 0x110);
  CHECK(frame["chapters"].size() >= 5);
}

TEST_CASE("explain: wrong questions are refused", "[cli][explain]") {
  const ProgramResult event = RunProgram("explain hello --event 19");
  CHECK(event.exit_code == 3);
  CHECK(event.out.empty());
  CHECK_THAT(event.err, ContainsText("event 19: the run has 18 events"));
  CHECK(RunProgram("explain hello --failure 2").exit_code == 3);
  CHECK(RunProgram("explain hello --pfn 0x99999").exit_code == 3);
  CHECK(RunProgram("explain hello --pfn frame").exit_code == 2);
  CHECK(RunProgram("explain hello --count 3").exit_code == 2);
  CHECK(RunProgram("explain hello --event 1 --failure 1").exit_code == 2);
  const ProgramResult nothing = RunProgram("explain");
  CHECK(nothing.exit_code == 2);
  CHECK_THAT(nothing.err, ContainsText("needs a scenario or a --machine"));
}

TEST_CASE("explain: a run is asked about before its conclusion",
          "[cli][explain]") {
  const ProgramResult result = RunProgram("explain mixed-blocks --event 3927");
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsText("claimed"));
}

}  // namespace
}  // namespace pagelab
