#include <nlohmann/json.hpp>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

std::string Recording(const std::string& name) {
  return std::string(PAGELAB_TEST_DATA_DIR) + "/trace/" + name;
}

nlohmann::json Json(const std::string& text) {
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  REQUIRE_FALSE(json.is_discarded());
  return json;
}

TEST_CASE("Replay: ends with the report, the owners and the files",
          "[cli][replay]") {
  const TemporaryDirectory directory;
  const std::string out = directory.File("out");
  const ProgramResult result =
      RunProgram("replay " + Recording("stacks-head.txt.xz") +
                 " --machine qemu-2g -q -o " + out);
  CHECK(result.exit_code == 0);
  CHECK(result.err.empty());
  CHECK_THAT(result.out, ContainsText("stacks-head.txt.xz: 109 events, "));
  CHECK_THAT(result.out,
             ContainsText("  allocations                            "
                          "82  "));
  CHECK_THAT(result.out, ContainsText("9,296  early pages"));
  CHECK_THAT(result.out, ContainsText("\n" + out + "/summary.json\n"));
  for (const char* name :
       {"page_owner", "page_owner_stacks/show_stacks", "buddyinfo",
        "pagetypeinfo", "zoneinfo", "meminfo", "vmstat", "dmesg"}) {
    CAPTURE(name);
    CHECK_FALSE(FileContents(out + "/" + name).empty());
  }
  // The recorded owner of a page, with its own stack behind the allocator's.
  CHECK_THAT(FileContents(out + "/page_owner"),
             ContainsText(" __alloc_pages_noprof+0x1ad/0x1160\n"
                          " alloc_pages_mpol_noprof+0x0/0x0\n"));
  const nlohmann::json summary = Json(FileContents(out + "/summary.json"));
  CHECK(summary["command"] == "replay");
  CHECK(summary["workload"]["name"] == "stacks-head");
  CHECK(summary["counts"]["allocations"] == 82);
  CHECK(summary["counts"]["trace_stacks"] == 109);
}

TEST_CASE("Replay: any compression, a pipe, and none give the same",
          "[cli][replay]") {
  const TemporaryDirectory directory;
  const std::string xz = Recording("mixed-head.txt.xz");
  const std::string plain = directory.File("plain.txt");
  const std::string gzip = directory.File("no-suffix");
  REQUIRE(RunShell("xz -dc " + xz + " > " + plain).exit_code == 0);
  REQUIRE(RunShell("gzip -c " + plain + " > " + gzip).exit_code == 0);
  const auto numbers = [](const ProgramResult& result) {
    REQUIRE(result.exit_code == 0);
    nlohmann::json json = Json(result.out);
    json["workload"].erase("name");
    return json;
  };
  const nlohmann::json expected = numbers(RunProgram("replay --json " + xz));
  CHECK(expected["counts"]["allocations"] == 1012);
  CHECK(numbers(RunProgram("replay --json " + plain)) == expected);
  CHECK(numbers(RunProgram("replay --json " + gzip)) == expected);
  CHECK(numbers(RunShell("cat " + gzip + " | $PAGELAB replay --json -")) ==
        expected);
}

TEST_CASE("Replay: page_owner is on unless the command line says otherwise",
          "[cli][replay]") {
  const std::string trace = Recording("mixed-head.txt.xz");
  const auto tracked = [&](const std::string& options) {
    const ProgramResult result =
        RunProgram("replay --json " + trace + " " + options);
    REQUIRE(result.exit_code == 0);
    return Json(result.out)["page_owner"]["tracked"].get<bool>();
  };
  CHECK(tracked("-m tiny-16m"));
  CHECK_FALSE(tracked("-m tiny-16m --cmdline page_owner=off"));
}

TEST_CASE("Replay: wrong input is refused and nothing written",
          "[cli][replay]") {
  const TemporaryDirectory directory;
  const std::string out = directory.File("out");
  const std::string notes = directory.File("notes.txt");
  REQUIRE(RunShell("echo hello > " + notes).exit_code == 0);
  ProgramResult result = RunProgram("replay " + notes + " -o " + out);
  CHECK(result.exit_code == 3);
  CHECK_THAT(result.err,
             ContainsText("pagelab: " + notes +
                          ":1:1: not a line of a trace; expected "));
  CHECK(result.out.empty());

  const std::string cut = directory.File("cut.xz");
  REQUIRE(
      RunShell("head -c 5000 " + Recording("mixed-head.txt.xz") + " > " + cut)
          .exit_code == 0);
  result = RunProgram("replay " + cut + " -o " + out);
  CHECK(result.exit_code == 3);
  CHECK_THAT(result.err, ContainsText(cut + ": "));
  CHECK_THAT(result.err, ContainsText("at byte 5000"));
  CHECK(RunShell("test -e " + out).exit_code != 0);

  CHECK(RunProgram("replay " + directory.File("none")).exit_code == 3);
  CHECK(RunProgram("replay").exit_code == 2);
  result = RunProgram("replay " + notes + " --ticks-per-second 0");
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.err, ContainsText("--ticks-per-second must be at least 1"));
}

}  // namespace
}  // namespace pagelab
