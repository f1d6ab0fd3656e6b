#include <algorithm>
#include <string>

#include "pagelab/test/cli/program.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

size_t Records(const std::string& dump) {
  size_t count = 0;
  for (size_t at = 0;
       (at = dump.find("Page allocated via", at)) != std::string::npos; ++at) {
    ++count;
  }
  return count;
}

TEST_CASE("PrintFile: a file goes to standard output, alone",
          "[cli][print_file]") {
  const TemporaryDirectory directory;
  const std::string out = directory.File("out");
  REQUIRE(RunProgram("run hello -q -o " + out).exit_code == 0);
  const ProgramResult dump =
      RunProgram("run hello -q --file /sys/kernel/debug/page_owner");
  CHECK(dump.exit_code == 0);
  CHECK((dump.out == FileContents(out + "/page_owner")));
  CHECK(dump.err.empty());
  CHECK((RunProgram("run hello -q --file /proc/buddyinfo").out ==
         FileContents(out + "/buddyinfo")));
  // Reads give what a dump does.
  CHECK((RunProgram("run hello -q --read-size 4096").out == dump.out));
  CHECK((RunProgram("run hello -q --start-pfn 0").out == dump.out));
}

TEST_CASE("PrintFile: page_owner from a pfn on", "[cli][print_file]") {
  const std::string all = RunProgram("run memcg -q --start-pfn 0").out;
  REQUIRE(Records(all) > 100);
  // The pfn of a record in the middle.
  const size_t middle = all.find("\nPFN 0x", all.size() / 2) + 5;
  const std::string pfn = all.substr(middle, all.find(' ', middle) - middle);
  const std::string from = RunProgram("run memcg -q --start-pfn " + pfn).out;
  const size_t start = all.rfind("Page allocated", middle);
  CHECK((from == all.substr(start)));
  const uint64_t number = std::stoull(pfn, nullptr, 16);
  CHECK((RunProgram("run memcg -q --start-pfn " + std::to_string(number)).out ==
         from));
}

TEST_CASE("PrintFile: beyond the last pfn there is nothing",
          "[cli][print_file]") {
  for (const char* pfn : {"0x1000000", "18446744073709551615"}) {
    const ProgramResult result =
        RunProgram(std::string("run memcg --start-pfn ") + pfn);
    CHECK(result.exit_code == 0);
    CHECK(result.out.empty());
  }
}

TEST_CASE("PrintFile: records that a read has no room for are named",
          "[cli][print_file]") {
  const ProgramResult whole = RunProgram("run hello --read-size 4096");
  const ProgramResult part = RunProgram("run hello --read-size 400");
  CHECK(part.exit_code == 0);
  const size_t left_out =
      static_cast<size_t>(std::count(part.err.begin(), part.err.end(), '\n')) -
      static_cast<size_t>(std::count(whole.err.begin(), whole.err.end(), '\n'));
  CHECK(left_out > 0);
  CHECK(Records(whole.out) == Records(part.out) + left_out);
  CHECK_THAT(part.err,
             ContainsText("page_owner: ENOMEM: the record of pfn ") &&
                 ContainsText("bytes, got 400; the record is left out\n"));
  CHECK(RunProgram("run hello -q --read-size 1").out.empty());
}

TEST_CASE("PrintFile: numbers and combinations that make no sense are usage",
          "[cli][print_file]") {
  for (const char* wrong :
       {"--start-pfn x", "--start-pfn -1", "--start-pfn 0x",
        "--start-pfn 18446744073709551616", "--read-size 0",
        "--read-size 4194305", "--read-size 4k", "--start-pfn",
        "--file /proc/buddyinfo --start-pfn 5", "--json --start-pfn 5",
        "--json --file dmesg"}) {
    CAPTURE(wrong);
    const ProgramResult result =
        RunProgram(std::string("run hello -q ") + wrong);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK_FALSE(result.err.empty());
  }
  CHECK_THAT(RunProgram("run hello -q --file dmesg --start-pfn 5").err,
             ContainsText("positions in dmesg are not pfns"));
}

TEST_CASE("PrintFile: a file that is not there is bad input, with a list",
          "[cli][print_file]") {
  const ProgramResult result = RunProgram("run hello -q --file /proc/budyinfo");
  CHECK(result.exit_code == 3);
  CHECK(result.out.empty());
  CHECK_THAT(result.err,
             ContainsText("no file \"/proc/budyinfo\" in the simulated kernel "
                          "(did you mean \"/proc/buddyinfo\"?)") &&
                 ContainsText("\n  /proc/vmstat\n"));
  const ProgramResult off =
      RunProgram("run --machine tiny-16m -q --start-pfn 5");
  CHECK(off.exit_code == 3);
  CHECK_THAT(off.err, ContainsText("page tracking is off"));
}

TEST_CASE("PrintFile: the files of handles are there on request",
          "[cli][print_file]") {
  const std::string file =
      "--file /sys/kernel/debug/page_owner_stacks/show_handles";
  CHECK(RunProgram("run hello -q " + file).exit_code == 3);
  const TemporaryDirectory directory;
  const std::string machine = directory.WriteFile(
      "m.json", R"({"base": "hello", "extensions": ["page_owner_handles"]})");
  const ProgramResult result =
      RunProgram("run hello -q --machine " + machine + " " + file);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.out,
             ContainsText("handle: ") && ContainsText("\nnr_base_pages: "));
}

}  // namespace
}  // namespace pagelab
