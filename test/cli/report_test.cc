#include <filesystem>
#include <string>

#include "pagelab/base/input_stream.h"
#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

constexpr const char* kRecord =
    "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 5, tgid 5 (sh), "
    "ts 7 ns\nPFN 0x200 type Unmovable Block 1 type Unmovable Flags 0x0()\n"
    " __alloc_pages+0x1/0x2\n take+0x3/0x4\n\n";

std::string TextOf(const std::string& path) {
  const auto text = ReadWholeFile(path);
  REQUIRE(text.ok());
  return *text;
}

// What the page says of itself, as JSON.
std::string MetaOf(const std::string& page) {
  return RunShell("grep -o 'data-name=\"meta\">[^<]*' " + page +
                  " | cut -d '>' -f 2 | base64 -d | gzip -dc")
      .out;
}

TEST_CASE("Report: a run, a dump and a directory each give a page",
          "[cli][report]") {
  const TemporaryDirectory directory;
  const std::string out = directory.File("report.html");
  const ProgramResult run = RunProgram("report hello -o " + out);
  CHECK(run.exit_code == 0);
  CHECK(run.out.empty());
  CHECK_THAT(run.err, ContainsText("report.html: open it in a browser"));
  CHECK_THAT(TextOf(out), ContainsText("<title>hello on hello - ") &&
                              ContainsText("data-name=\"moments\"") &&
                              ContainsText("data-name=\"events-0\"") &&
                              ContainsText("</html>"));

  const std::string dump = directory.WriteFile("dump", kRecord);
  const ProgramResult of_dump = RunProgram("report -q -o - " + dump);
  CHECK(of_dump.exit_code == 0);
  CHECK_THAT(of_dump.out,
             ContainsText("take holds 4 KiB, 100 % of what page_owner"));
  CHECK(RunProgram("report -q -o - - < " + dump).exit_code == 0);

  const std::string files = directory.File("out");
  REQUIRE(RunProgram("run hello -q -o " + files).exit_code == 0);
  CHECK(RunProgram("report -q " + files + " -o " + out).exit_code == 0);
  CHECK_THAT(TextOf(out), ContainsText("data-name=\"frames-0\""));
}

TEST_CASE("Report: the same run gives the same bytes", "[cli][report]") {
  CHECK(RunProgram("report hello -q -o -").out ==
        RunProgram("report hello -q -o -").out);
  const ProgramResult none = RunProgram("report hello -q --events 0 -o -");
  CHECK(none.out.find("events-0") == none.out.npos);
}

TEST_CASE("Report: what cannot be is refused, and leaves nothing",
          "[cli][report]") {
  const TemporaryDirectory directory;
  const std::string out = directory.File("report.html");
  CHECK(RunProgram("report hello").exit_code == 2);
  // What would be read is not written over, under whatever name.
  const std::string kept = directory.WriteFile("kept", kRecord);
  std::filesystem::create_hard_link(kept, directory.File("other_name"));
  for (const std::string& words :
       {kept + " -o " + kept, kept + " -o " + directory.File("other_name"),
        "- -o " + kept + " < " + kept,
        "hello --diff " + kept + " -o " + kept}) {
    const ProgramResult same = RunProgram("report " + words);
    CHECK(same.exit_code == 2);
    CHECK_THAT(same.err, ContainsText("is what would be read"));
  }
  CHECK(TextOf(kept) == kRecord);
  const ProgramResult nothing = RunProgram("report -o " + out);
  CHECK(nothing.exit_code == 2);
  CHECK_THAT(nothing.err, ContainsText("report needs a scenario, a dump"));
  CHECK(RunProgram("report no-such-thing -o " + out).exit_code == 3);
  CHECK(RunProgram("report hello --events -1 -o " + out).exit_code == 2);
  const std::string words = directory.WriteFile("words", "no record\n");
  CHECK(RunProgram("report " + words + " -o " + out).exit_code == 3);
  const ProgramResult diff =
      RunProgram("report hello --diff " + words + " -o " + out);
  CHECK(diff.exit_code == 3);
  const ProgramResult scenario =
      RunProgram("report hello --diff hello -o " + out);
  CHECK(scenario.exit_code == 3);
  CHECK_THAT(scenario.err, ContainsText("--diff hello: expected a page_owner"));
  const std::string dump = directory.WriteFile("dump", kRecord);
  const ProgramResult off =
      RunProgram("report --machine tiny-16m --diff " + dump + " -o " + out);
  CHECK(off.exit_code == 3);
  CHECK_THAT(off.err, ContainsText("there is no page_owner dump to compare"));
  CHECK(RunProgram("report hello -o /no/such/folder/report.html").exit_code ==
        3);
  CHECK(!std::filesystem::exists(out));
}

TEST_CASE("Report: a dump that is cut off says so on the page",
          "[cli][report]") {
  const TemporaryDirectory directory;
  const std::string text = std::string(kRecord) + kRecord;
  const std::string dump =
      directory.WriteFile("dump", text.substr(0, text.size() - 30));
  const std::string page = directory.File("report.html");
  const ProgramResult result = RunProgram("report " + dump + " -o " + page);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.err, ContainsText("1 damaged record left out"));
  CHECK_THAT(MetaOf(page), ContainsText("dump: 1 damaged record left out"));
}

TEST_CASE("Report: files that are cut off say so on the page, without paths",
          "[cli][report]") {
  const TemporaryDirectory directory;
  const std::string page = directory.File("report.html");
  REQUIRE(RunShell("mkdir " + directory.File("files") + " && xz -dc " +
                   PAGELAB_TEST_DATA_DIR +
                   "/trace/smp2-head.txt.xz | gzip -n | head -c 20000 > " +
                   directory.File("files/trace"))
              .exit_code == 0);
  for (const std::string what :
       {"files", "files/trace", "files/trace --recorded"}) {
    CAPTURE(what);
    CHECK(RunProgram("report -q " + directory.File(what) + " -o " + page)
              .exit_code == 0);
    CHECK_THAT(MetaOf(page),
               ContainsText("trace ends too early: what comes behind"));
    CHECK(MetaOf(page).find(directory.path()) == std::string::npos);
  }
}

TEST_CASE("Report: a dump or a recording tells how large pageblocks are",
          "[cli][report]") {
  const TemporaryDirectory directory;
  const std::string files = directory.File("out");
  REQUIRE(RunProgram("run hello -q -o " + files).exit_code == 0);
  const auto rows = [&](const std::string& dump) {
    return RunProgram("export -f csv --table meta " + dump);
  };
  CHECK_THAT(rows(files + "/page_owner").out,
             ContainsText("pageblock_order,3"));
  const std::string trace = directory.File("trace.txt");
  REQUIRE(RunShell(std::string("sed s/pageblock_order=9/pageblock_order=5/ ") +
                   PAGELAB_TEST_DATA_DIR + "/trace/perf-script.txt > " + trace)
              .exit_code == 0);
  CHECK_THAT(rows(trace + " --recorded").out,
             ContainsText("pageblock_order,5"));
  const ProgramResult usual = rows(directory.WriteFile("dump", kRecord));
  CHECK_THAT(usual.out, ContainsText("pageblock_order,9"));
  CHECK(usual.out.find("pageblocks are") == std::string::npos);
  std::string low = kRecord;
  low.replace(low.find("0x200"), 5, "0x020");
  low.replace(low.find("Block 1"), 7, "Block 0");
  const ProgramResult any = rows(directory.WriteFile("low", low));
  CHECK_THAT(any.out, ContainsText("pageblock_order,9"));
  CHECK_THAT(any.out,
             ContainsText("low does not tell how large pageblocks are: 512 "
                          "pages (order 9) are assumed"));
}

}  // namespace
}  // namespace pagelab
