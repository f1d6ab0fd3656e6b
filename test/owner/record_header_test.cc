#include "pagelab/owner/dump/record_header.h"

#include <string>

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

RecordHeader Parsed(const std::string& line) {
  // Views into the line: it must outlive them.
  static std::string kept;
  kept = line;
  CAPTURE(line);
  RecordHeader header;
  REQUIRE(ParseRecordHeader(kept, header));
  return header;
}

bool IsHeader(const std::string& line) {
  RecordHeader header;
  return ParseRecordHeader(line, header);
}

bool IsReport(const std::string& line) {
  RecordHeader header;
  return ParseReportHeader(line, header);
}

const std::string kStart = "Page allocated via order 0, mask 0xcc0(GFP_KERNEL)";

}  // namespace

TEST_CASE("RecordHeader: all fields of 6.3", "[owner][record_header]") {
  const RecordHeader header = Parsed(
      "Page allocated via order 3, mask 0xd20c0(__GFP_IO|__GFP_FS), pid 7, "
      "tgid 5 (swapper/0), ts 120034567 ns, free_ts 9 ns");
  CHECK(header.order == 3);
  CHECK(header.pages() == 8);
  CHECK(header.gfp_mask == 0xd20c0);
  CHECK(header.gfp_names == "__GFP_IO|__GFP_FS");
  CHECK(header.has_pid);
  CHECK(header.pid == 7);
  CHECK(header.has_task);
  CHECK(header.tgid == 5);
  CHECK(header.comm == "swapper/0");
  CHECK(header.has_ts);
  CHECK(header.ts_nsec == 120034567);
  CHECK(header.ts_digits == "120034567");
  CHECK(header.has_free_ts);
  CHECK(header.free_ts_nsec == 9);
  CHECK(header.rest.empty());
}

TEST_CASE("RecordHeader: fields that a version lacks are not there",
          "[owner][record_header]") {
  const RecordHeader old = Parsed("Page allocated via order 0, mask 0x280da");
  CHECK(old.gfp_mask == 0x280da);
  CHECK(old.gfp_names.empty());
  CHECK_FALSE((old.has_pid || old.has_task || old.has_ts || old.has_free_ts));
  const RecordHeader empty =
      Parsed("Page allocated via order 0, mask 0x0(), pid -1, ts 0 ns");
  CHECK(empty.gfp_names.empty());
  CHECK(empty.pid == -1);
  CHECK(empty.has_ts);
  CHECK(empty.ts_nsec == 0);
  CHECK_FALSE(empty.has_task);
  CHECK(Parsed(kStart + ", tgid 5 (sh)").comm == "sh");
}

TEST_CASE("RecordHeader: the name of a task ends at the last parenthesis",
          "[owner][record_header]") {
  for (const std::string comm : {"a b", ")", "(", "()", "x), ts 5 ns", "a, b",
                                 ", ts 5", "", "), ts ", "((sd-pam))"}) {
    const RecordHeader header =
        Parsed(kStart + ", pid 1, tgid 2 (" + comm + "), ts 77 ns");
    CHECK(header.comm == comm);
    CHECK(header.ts_nsec == 77);
    CHECK(Parsed(kStart + ", pid 1, tgid 2 (" + comm +
                 "), ts 77 ns, free_ts 1 "
                 "ns")
              .free_ts_nsec == 1);
  }
}

TEST_CASE("RecordHeader: what a vendor added is kept",
          "[owner][record_header]") {
  const RecordHeader header =
      Parsed(kStart + ", pid 1, tgid 2 (a), ts 77 ns, cpu 3 (x)");
  CHECK(header.comm == "a");
  CHECK(header.rest == ", cpu 3 (x)");
}

TEST_CASE("RecordHeader: the largest numbers", "[owner][record_header]") {
  const RecordHeader header = Parsed(
      "Page allocated via order 20, mask 0xffffffff, pid -2147483648, "
      "ts 18446744073709551615 ns");
  CHECK(header.pages() == 1 << 20);
  CHECK(header.gfp_mask == 0xffffffff);
  CHECK(header.ts_nsec == UINT64_MAX);
  CHECK_FALSE(IsHeader("Page allocated via order 21, mask 0x0"));
  CHECK_FALSE(IsHeader("Page allocated via order 256, mask 0x0"));
  CHECK_FALSE(IsHeader("Page allocated via order -1, mask 0x0"));
  CHECK_FALSE(IsHeader("Page allocated via order 0, mask 0x100000000"));
  CHECK_FALSE(IsHeader(kStart + ", ts 18446744073709551616 ns"));
  CHECK_FALSE(IsHeader(kStart + ", pid 2147483648"));
}

TEST_CASE("RecordHeader: a field that has begun must end",
          "[owner][record_header]") {
  for (const char* line :
       {"", "Page allocated", "Page allocated via order ",
        "Page allocated via order 0", "Page allocated via order 0, mask",
        "Page allocated via order 0, mask cc0",
        "Page allocated via order 0, mask 0x",
        "Page allocated via order 0, mask 0xcc0(GFP_KERNEL"}) {
    CAPTURE(line);
    CHECK_FALSE(IsHeader(line));
  }
  for (const char* end :
       {", pid ", ", pid x", ", tgid 5", ", tgid 5 (", ", tgid 5 (sh", ", ts ",
        ", ts 5", ", ts 5 n", ", ts 5 ns, free_ts 5"}) {
    CAPTURE(end);
    CHECK_FALSE(IsHeader(kStart + end));
  }
}

TEST_CASE("RecordHeader: another record inside is none",
          "[owner][record_header]") {
  const std::string whole = kStart + ", pid 1, tgid 2 (sh), ts 77 ns";
  for (size_t size = 1; size <= whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(IsHeader(whole.substr(0, size) + whole));
  }
}

TEST_CASE("ReportHeader: bug reports of all versions",
          "[owner][record_header]") {
  RecordHeader header;
  const std::string line =
      "page last allocated via order 1, migratetype Unmovable, gfp_mask "
      "0xcc0(GFP_KERNEL), pid 77, tgid 78 (insmod), ts 5, free_ts 6";
  REQUIRE(ParseReportHeader(line, header));
  CHECK(header.order == 1);
  CHECK(header.migratetype == "Unmovable");
  CHECK(header.gfp_mask == 0xcc0);
  CHECK(header.tgid == 78);
  CHECK(header.comm == "insmod");
  CHECK(header.ts_nsec == 5);
  CHECK(header.free_ts_nsec == 6);
  CHECK(
      IsReport("page last allocated via order 0, migratetype Movable, "
               "gfp_mask 0xa20(GFP_ATOMIC)"));
  CHECK(
      IsReport("page allocated via order 0, migratetype Movable, gfp_mask "
               "0x24200ca(GFP_HIGHUSER_MOVABLE)"));
  CHECK_FALSE(IsReport("page last allocated via order 0, migratetype Movable"));
  CHECK_FALSE(IsReport("page last allocated via order 0, gfp_mask 0x0"));
  CHECK_FALSE(IsReport(kStart));
  CHECK_FALSE(IsHeader(line));
}

}  // namespace pagelab
