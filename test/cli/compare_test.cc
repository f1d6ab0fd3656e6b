#include <nlohmann/json.hpp>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

// Runs into `out`, recorded as `trace` there.
void Run(const std::string& arguments, const std::string& out,
         const std::string& trace = "trace.txt") {
  const ProgramResult result = RunProgram("run -q " + arguments + " -o " + out +
                                          " --record " + out + "/" + trace);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
}

TEST_CASE("Compare: the same run twice is the same", "[cli][compare]") {
  const TemporaryDirectory directory;
  const std::string a = directory.File("deep/a");
  const std::string b = directory.File("b");
  Run("fragmentation", a);
  Run("fragmentation", b, "trace.txt.xz");
  const ProgramResult same = RunProgram("compare " + a + " " + b);
  CHECK(same.exit_code == 0);
  CHECK_THAT(same.out, ContainsText("The runs are the same.") &&
                           ContainsText("The traces have the same"));
}

TEST_CASE("Compare: a setting, and the first event at which the runs part",
          "[cli][compare]") {
  const TemporaryDirectory directory;
  const std::string a = directory.File("a");
  const std::string b = directory.File("b");
  Run("fragmentation", a);
  Run("fragmentation --set vm.watermark_boost_factor=0 --set "
      "fallback=early-6.12",
      b);
  const ProgramResult text = RunProgram("compare " + a + " " + b);
  CHECK(text.exit_code == 1);
  CHECK_THAT(text.out, ContainsText("policy.fallback  \"late-6.12\"  ->  "
                                    "\"early-6.12\"") &&
                           ContainsText("where the runs part, after ") &&
                           ContainsText("The runs differ."));
  const auto json =
      nlohmann::json::parse(RunProgram("compare --json " + a + " " + b).out);
  CHECK(json["same"] == false);
  CHECK(json["inputs"].size() == 1);
  const uint64_t equal = json["trace"]["equal_events"];
  CHECK(equal > 0);
  // 12 lines of header, then an event a line.
  CHECK(json["trace"]["a"]["line"] == equal + 13);
  CHECK(json["trace"]["b"]["line"] == equal + 13);
  CHECK(json["trace"]["a"]["event"] != json["trace"]["b"]["event"]);
}

TEST_CASE("Compare: a setting that changes nothing is no difference",
          "[cli][compare]") {
  const TemporaryDirectory directory;
  const std::string a = directory.File("a");
  const std::string b = directory.File("b");
  Run("fragmentation", a);
  // Snapshots name it, and are equal but for that.
  Run("fragmentation --set vm.watermark_boost_factor=1", b);
  const ProgramResult result = RunProgram("compare " + a + " " + b);
  INFO(result.out);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out,
             ContainsText("policy.watermark_boost_factor  0  ->  1"));
}

TEST_CASE("Compare: without a trace it says how to get one", "[cli][compare]") {
  const TemporaryDirectory directory;
  const std::string a = directory.File("a");
  REQUIRE(RunProgram("run hello -q -o " + a).exit_code == 0);
  const ProgramResult result = RunProgram("compare " + a + " " + a);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out, ContainsText("--record " + a + "/trace.txt"));
}

TEST_CASE("Compare: usage and bad input", "[cli][compare]") {
  const TemporaryDirectory directory;
  CHECK(RunProgram("compare").exit_code == 2);
  CHECK(RunProgram("compare " + directory.path()).exit_code == 2);
  const ProgramResult none =
      RunProgram("compare " + directory.path() + " " + directory.path());
  CHECK(none.exit_code == 3);
  CHECK_THAT(none.err, ContainsText("no \"summary.json\" in it"));
  // A trace that was cut off.
  const std::string a = directory.File("a");
  Run("hello", a);
  const std::string trace = FileContents(a + "/trace.txt");
  directory.WriteFile("a/trace.txt", trace.substr(0, trace.size() / 2));
  const ProgramResult cut = RunProgram("compare " + a + " " + a);
  CHECK(cut.exit_code == 3);
  CHECK(cut.out.empty());
}

}  // namespace
}  // namespace pagelab
