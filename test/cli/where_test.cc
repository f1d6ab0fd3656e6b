#include <nlohmann/json.hpp>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

TEST_CASE("Where: a scenario's sheet names the driver", "[cli][where]") {
  const ProgramResult result = RunProgram("where unaccounted -q");
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out,
             ContainsText("taken by alloc_pages: nicdrv_alloc_rx_buffers "
                          "[nicdrv]") &&
                 ContainsText("meminfo alone leaves"));
}

TEST_CASE("Where: a run and the files it wrote give one sheet",
          "[cli][where]") {
  const TemporaryDirectory directory;
  const std::string out = directory.File("out");
  REQUIRE(RunProgram("run unaccounted -q -o " + out).exit_code == 0);
  const std::string run = RunProgram("where unaccounted -q --json").out;
  CHECK_FALSE(run.empty());
  CHECK(RunProgram("where -q --json --dir " + out).out == run);
  CHECK(RunProgram("where -q --json --meminfo " + out + "/meminfo --zoneinfo " +
                   out + "/zoneinfo --buddyinfo " + out +
                   "/buddyinfo --vmstat " + out + "/vmstat --page-owner " +
                   out + "/page_owner")
            .out == run);
  const auto json = nlohmann::json::parse(run);
  CHECK(json["on_no_line"][0]["pages"] == 30000);
  CHECK(json["on_no_line"].back()["what"] == "no owner known");
  CHECK(json["on_no_line"].back()["pages"] == 0);
  // Without a dump nobody is named, and that is said.
  const ProgramResult nobody = RunProgram(
      "where --meminfo " + out + "/meminfo --zoneinfo " + out + "/zoneinfo");
  CHECK(nobody.exit_code == 0);
  CHECK_THAT(nobody.out, ContainsText("on no line (no page_owner)"));
  CHECK_THAT(nobody.err, ContainsText("nobody is named"));
}

TEST_CASE("Where: what is missing or wrong is said", "[cli][where]") {
  CHECK(RunProgram("where").exit_code == 2);
  CHECK(RunProgram("where hello --dir x").exit_code == 2);
  CHECK(RunProgram("where --page-owner x").exit_code == 2);
  CHECK(RunProgram("where hello --stacks nowhere").exit_code == 2);
  const TemporaryDirectory directory;
  const ProgramResult empty = RunProgram("where --dir " + directory.File(""));
  CHECK(empty.exit_code == 3);
  CHECK_THAT(empty.err, ContainsText("no \"meminfo\" in it"));
}

}  // namespace
}  // namespace pagelab
