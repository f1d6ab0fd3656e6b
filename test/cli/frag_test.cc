#include <nlohmann/json.hpp>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

nlohmann::json WithoutTitle(const std::string& text) {
  auto json = nlohmann::json::parse(text);
  json.erase("title");
  return json;
}

TEST_CASE("Frag: a scenario, its files and its snapshot give one report",
          "[cli][frag]") {
  const TemporaryDirectory directory;
  const std::string out = directory.File("out");
  REQUIRE(RunProgram("run fragmentation -q -o " + out + " --record " + out +
                     "/trace.txt")
              .exit_code == 0);
  const ProgramResult run = RunProgram("frag fragmentation -q --json");
  CHECK(run.exit_code == 0);
  const auto json = WithoutTitle(run.out);
  CHECK(json["pageblocks"]["total"] == 8);
  CHECK(json["pageblocks"]["free_lists_known"] == true);
  CHECK(WithoutTitle(RunProgram("frag -q --json " + out).out) == json);
  const auto snapshot = WithoutTitle(RunProgram("frag -q --json " + out +
                                                "/snap_T1.txt --page-owner " +
                                                out + "/page_owner")
                                         .out);
  CHECK(snapshot["pageblocks"] == json["pageblocks"]);
  CHECK(snapshot["all"]["fragmentation_index"] ==
        json["all"]["fragmentation_index"]);
  // Without the free lists, what is in no record is taken for free.
  const auto files = WithoutTitle(
      RunProgram("frag -q --json --buddyinfo " + out +
                 "/buddyinfo --pagetypeinfo " + out +
                 "/pagetypeinfo --page-owner " + out + "/page_owner")
          .out);
  CHECK(files["zones"] == json["zones"]);
  CHECK(files["pageblocks"]["free_lists_known"] == false);
  CHECK(files["pageblocks"]["untracked"] == 0);
}

TEST_CASE("Frag: the tables name who blocks", "[cli][frag]") {
  const ProgramResult result = RunProgram("frag driver-leak -q --top 1");
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out,
             ContainsText("driver-leak on qemu-2g\n") &&
                 ContainsText("unusable free index") &&
                 ContainsText("nearest to being free") &&
                 ContainsText("nicdrv_alloc_rx_buffers [nicdrv] gave its"));
  CHECK_THAT(RunProgram("frag driver-leak -q --by comm").out,
             ContainsText("ksoftirqd/0"));
  CHECK_THAT(RunProgram("frag --machine tiny-16m -q").out,
             ContainsText("Without a page_owner dump nobody can be named"));
}

TEST_CASE("Frag: what is missing or wrong is said", "[cli][frag]") {
  CHECK(RunProgram("frag").exit_code == 2);
  CHECK(RunProgram("frag hello --buddyinfo x").exit_code == 2);
  CHECK(RunProgram("frag hello --by order").exit_code == 2);
  CHECK(RunProgram("frag no-such-scenario").exit_code == 3);
  CHECK(RunProgram("frag --buddyinfo /nowhere/b").exit_code != 0);
  const TemporaryDirectory directory;
  const ProgramResult empty = RunProgram("frag " + directory.path());
  CHECK(empty.exit_code == 3);
  CHECK_THAT(empty.err, ContainsText("no buddyinfo, pagetypeinfo, page_owner"));
  CHECK(
      RunProgram("frag " + directory.path() + " --machine qemu-2g").exit_code ==
      2);
  const std::string cut = directory.WriteFile(
      "buddyinfo", "Node 0, zone      DMA      0      0      0");
  const ProgramResult wrong = RunProgram("frag --buddyinfo " + cut);
  CHECK(wrong.exit_code == 3);
  CHECK_THAT(wrong.err, ContainsText("cut off inside its last line"));
  const std::string snapshot =
      directory.WriteFile("snap", "pagelab-snapshot 1\nlabel T0\n");
  CHECK(RunProgram("frag " + snapshot).exit_code == 3);
}

}  // namespace
}  // namespace pagelab
