#include "pagelab/owner/dump/pfn_line.h"

#include <string_view>

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

PfnLine Parsed(std::string_view line) {
  CAPTURE(line);
  PfnLine parsed;
  REQUIRE(ParsePfnLine(line, parsed));
  return parsed;
}

bool IsPfnLine(std::string_view line) {
  PfnLine parsed;
  return ParsePfnLine(line, parsed);
}

}  // namespace

TEST_CASE("PfnLine: 6.12", "[owner][pfn_line]") {
  const PfnLine line = Parsed(
      "PFN 0x7a3c1 type Movable Block 977 type CMA Flags "
      "0x17ffffc0020838(uptodate|dirty|node=1|zone=2|lastcpupid=0x1fffff)");
  CHECK(line.pfn == 0x7a3c1);
  CHECK(line.pageblock == 977);
  CHECK(line.migratetype == "Movable");
  CHECK(line.pageblock_type == "CMA");
  CHECK(line.flag_names() ==
        "uptodate|dirty|node=1|zone=2|lastcpupid=0x1fffff");
  CHECK(line.Flag("node") == 1);
  CHECK(line.Flag("zone") == 2);
  CHECK(line.Flag("dirty") == -1);
  CHECK(line.Flag("section") == -1);
  CHECK(line.Flag("") == -1);
}

TEST_CASE("PfnLine: decimal frame numbers", "[owner][pfn_line]") {
  const PfnLine line = Parsed(
      "PFN 628753 type Movable Block 1228 type Movable Flags "
      "0x1fffff80040030(dirty|lru|swapbacked)");
  CHECK(line.pfn == 628753);
  CHECK(line.flag_names() == "dirty|lru|swapbacked");
  CHECK(line.Flag("node") == -1);
  CHECK(Parsed("PFN 1 type a Block 0 type b Flags 0x0()").flag_names().empty());
  CHECK(Parsed("PFN 1 type a Block 0 type b Flags 0x0").flag_names().empty());
  CHECK(Parsed("PFN 1 type a Block 0 type b Flags 0x1(lru").flag_names() ==
        "lru");
}

TEST_CASE("PfnLine: letters and numbers up to 4.5", "[owner][pfn_line]") {
  const PfnLine line =
      Parsed("PFN 4096 Block 8 type 2          Flags    U LA     ");
  CHECK(line.pfn == 4096);
  CHECK(line.pageblock == 8);
  CHECK(line.migratetype.empty());
  CHECK(line.pageblock_type == "2");
  CHECK(line.flags == "   U LA     ");
  CHECK(line.flag_names().empty());
  CHECK(Parsed("PFN 4097 Block 8 type 2 Fallback Flags             ").flags ==
        "            ");
  // A mailer took the blanks at the end.
  CHECK(Parsed("PFN 4097 Block 8 type 2 Fallback Flags").flags.empty());
}

TEST_CASE("PfnLine: what is none", "[owner][pfn_line]") {
  for (std::string_view line :
       {"", "PFN", "PFN ", "PFN x", "PFN 0x",
        "PFN -1 type a Block 0 type b "
        "Flags 0x0()",
        "PFN 1", "PFN 1 type a", "PFN 1 type a Block x type b Flags 0x0()",
        "PFN 1 type a Block 0 type b", "PFN 1 type a Block 0 type b Flags",
        "PFN 1 type a Block 0 type b Flags ", "PFN 1 Block 0", "pfn 1 Block 0",
        "PFN 1 Block 0 type 2", "PFN 1 Block 0 type 2 Fallback",
        "PFN 0x10000000000 type a Block 0 type b Flags 0x0()"}) {
    CAPTURE(line);
    CHECK_FALSE(IsPfnLine(line));
  }
  CHECK(IsPfnLine("PFN 0xffffffffff type a Block 0 type b Flags 0x0()"));
}

}  // namespace pagelab
