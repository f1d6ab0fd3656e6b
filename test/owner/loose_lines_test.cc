#include "pagelab/owner/dump/loose_lines.h"

#include <string>
#include <string_view>

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

LooseLine KindOf(std::string_view line) {
  const LooseLines lines(line, /*last=*/true);
  REQUIRE(lines.has_line());
  return lines.kind();
}

std::string Stripped(std::string_view line) {
  return std::string(LooseLines(line, /*last=*/true).line());
}

}  // namespace

TEST_CASE("LooseLines: goes from line to line", "[owner][loose_lines]") {
  const std::string_view text = "one\n\n  two\r\nthree";
  LooseLines lines(text, /*last=*/true);
  CHECK(lines.line() == "one");
  CHECK(lines.position() == 0);
  lines.Next();
  CHECK(lines.kind() == LooseLine::kEmpty);
  lines.Next();
  CHECK(lines.line() == "two");
  CHECK_FALSE(lines.cut());
  lines.Next();
  CHECK(lines.line() == "three");
  CHECK(lines.cut());
  CHECK_FALSE(lines.at_end());
  lines.Next();
  CHECK_FALSE(lines.has_line());
  CHECK(lines.at_end());
  CHECK(lines.position() == text.size());
}

TEST_CASE("LooseLines: a line that may go on is none", "[owner][loose_lines]") {
  LooseLines lines("one\ntwo", /*last=*/false);
  CHECK(lines.line() == "one");
  lines.Next();
  CHECK_FALSE(lines.has_line());
  CHECK_FALSE(lines.at_end());
  CHECK(lines.position() == 4);
  CHECK_FALSE(LooseLines("", true).has_line());
  CHECK(LooseLines("", true).at_end());
}

TEST_CASE("LooseLines: what loggers and mailers add is taken off",
          "[owner][loose_lines]") {
  for (const char* prefix :
       {"",
        " ",
        "\t",
        "> ",
        ">>",
        "> > ",
        "[   12.345678] ",
        "[12.345678]",
        "<4>",
        "<4>[   12.345678] ",
        "[   12.345678] [ T1234] ",
        "[   12.345678][    C0] ",
        "Nov 22 10:00:00 host kernel: ",
        "> Nov 22 10:00:00 host kernel: <4>[    1.000000] ",
        "[Fri Nov 22 14:00:01 2024] ",
        "[Nov22 14:00] ",
        "[Nov 2 14:00] ",
        "[  +0.000012] ",
        "[   12.345678 <    0.000012>] ",
        "2024-11-22T14:00:01,123456+01:00 ",
        "2024-11-22T14:00:01Z ",
        "2024-11-22T14:00:01.123456+01:00 host kernel: [   12.345678] ",
        "kern  :alert : [   12.345678] ",
        "kern  :warn  : ",
        "kern  :err   : [Fri Nov 22 14:00:01 2024] ",
        "4,123,45678,-;",
        "6,1,0,c,caller=T1;",
        "[12.345678@1] ",
        "[   12.345678@0][ T1] ",
        "<4>[   12.345678] (0)[1:init]",
        "[   12.345678] -(3)[77:kworker/0:1]",
        "Fri 2024-11-22 14:00:01 CET host kernel: ",
        "[   12.345678] host kernel: "}) {
    CAPTURE(prefix);
    CHECK(Stripped(std::string(prefix) + "PFN 0x1 x \r\n") == "PFN 0x1 x");
    CHECK(KindOf(std::string(prefix) + "\n") == LooseLine::kEmpty);
  }
  CHECK(LooseLines("[    1.000000] x\n", true).logged());
  CHECK_FALSE(LooseLines("> x\n", true).logged());
  CHECK_FALSE(LooseLines(" x\n", true).logged());
  CHECK(Stripped("[drm] x") == "[drm] x");
  for (const char* line :
       {"<12>x", "<x>y", "[] x", "[Nov] x", "[a1] x", "[<0>] x", "(0)[1:init]x",
        "kern x", "kern :loud: x", "4,123,x,-;y", "4,123,45678,x", "1,2,3,4;x",
        "2024-11-22 x", "2024-11-22T14:00:01x y",
        "Charged to memcg a kernel: x", "my kernel: x"}) {
    CAPTURE(line);
    CHECK(Stripped(line) == line);
  }
}

TEST_CASE("LooseLines: names of tasks are no prefix", "[owner][loose_lines]") {
  const std::string line =
      "Page allocated via order 0, mask 0x0, pid 1, tgid 1 (a kernel: b), ts 1";
  CHECK(Stripped(line) == line);
  CHECK(Stripped("> " + line) == line);
  for (const char* comm : {"kernel: ", "[    1.0] ", "<4>x", "4,1,1,-;x",
                           "kern  :err : ", "(0)[1:x]", "[Nov22 14:00]"}) {
    const std::string record =
        "Page allocated via order 0, mask 0x0, tgid 1 (" + std::string(comm) +
        "), ts 1 ns";
    for (const char* prefix :
         {"", "[    1.0] ", "<4>[    1.0] ", "2024-11-22T14:00:01+0100 ",
          "Nov 22 10:00:00 host kernel: ", "kern  :err   : ", "4,1,1,-;"}) {
      CAPTURE(prefix, comm);
      CHECK(Stripped(prefix + record) == record);
    }
  }
}

TEST_CASE("LooseLines: tells lines by what they say", "[owner][loose_lines]") {
  CHECK(KindOf("Page allocated via order 0") == LooseLine::kRecord);
  CHECK(KindOf("page allocated via order 0") == LooseLine::kReport);
  CHECK(KindOf("page last allocated via order 0") == LooseLine::kReport);
  CHECK(KindOf("page_owner tracks the page as freed") ==
        LooseLine::kReportState);
  CHECK(KindOf("page:ffff count:1 mapcount:0") == LooseLine::kReportPage);
  CHECK(KindOf("page: is none") == LooseLine::kOther);
  CHECK(KindOf("PFN 1") == LooseLine::kPfn);
  CHECK(KindOf("nr_base_pages: 1") == LooseLine::kPages);
  CHECK(KindOf("stack_count: 1") == LooseLine::kPages);
  CHECK(KindOf("handle: 1") == LooseLine::kHandle);
  CHECK(KindOf("Page has been migrated") == LooseLine::kOther);
  CHECK(KindOf("Page has been migrated, last migrate reason: cma") ==
        LooseLine::kNote);
  CHECK(KindOf("Slab cache page") == LooseLine::kNote);
  CHECK(KindOf("Charged (via objcg) to offline memcg a") == LooseLine::kNote);
  CHECK(KindOf(std::string("\0\0PFN 1", 7)) == LooseLine::kZeros);
  CHECK(KindOf("Call Trace:") == LooseLine::kBug);
  CHECK(KindOf("------------[ cut here ]------------") == LooseLine::kBug);
  CHECK(KindOf("BUG: Bad page state") == LooseLine::kBug);
}

TEST_CASE("LooseLines: frames of all kinds", "[owner][loose_lines]") {
  for (const char* frame :
       {"a+0x1/0x2", "a.isra.0+0x1f/0x90 [module]", "0xffffffff81000000",
        "[<ffffffff811682c4>] a+0x134/0x230", "[<0>] a+0x1/0x2",
        "a+0x1/0x2 [m 1234abcd]"}) {
    CAPTURE(frame);
    CHECK(KindOf(frame) == LooseLine::kFrame);
  }
  for (const char* other :
       {"a", "a+0x1", "a+0x/0x2", "+0x1/0x2", "a+0xg/0x2", "a+1/2", "0x", "0xg",
        "[<ffff>]", "[<ffff a+0x1/0x2", "? a+0x1/0x2", "RIP: 0010:a+0x1/0x2"}) {
    CAPTURE(other);
    CHECK(KindOf(other) != LooseLine::kFrame);
  }
}

}  // namespace pagelab
