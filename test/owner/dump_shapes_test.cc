// One example of each shape in which kernels, mailers and loggers hand records
// on (text-formats.md 3, 4, 13; ecosystem.md).

#include <string>
#include <string_view>
#include <vector>

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/era_records.h"
#include "pagelab/test/support/parsed_dump.h"

namespace pagelab {
namespace {

FoundRecord OnlyRecord(std::string_view text) {
  const ParsedDump dump = ParseWhole(text);
  CAPTURE(text, dump);
  REQUIRE(dump.found.size() == 1);
  REQUIRE_FALSE(dump.found[0].damaged);
  return dump.found[0];
}

// As a mailer, a logger or another system would hand the text on.
template <typename Change>
std::string EachLine(std::string_view text, Change change) {
  std::string out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    out += change(std::string(text.substr(0, end)));
    out += '\n';
    text.remove_prefix(end + 1);
  }
  return out;
}

std::string Replaced(std::string_view text, const std::string& from,
                     const std::string& to) {
  std::string out(text);
  const size_t at = out.find(from);
  REQUIRE(at != std::string::npos);
  return out.replace(at, from.size(), to);
}

// All that does not depend on where a record stands.
void CheckSameRecord(FoundRecord found, FoundRecord expected) {
  found.begin = expected.begin;
  found.end = expected.end;
  CHECK(found == expected);
}

constexpr std::string_view kFrames612 =
    " post_alloc_hook+0x10c/0x130\n"
    " get_page_from_freelist+0x1a2b/0x1b60\n"
    " __alloc_pages_noprof+0x18d/0x350\n"
    " vma_alloc_folio_noprof+0x9e/0x110\n"
    " do_anonymous_page+0x1f3/0x7c0\n";

const std::vector<std::string_view> kEras = {
    era_records::k319, era_records::k45,         era_records::k47,
    era_records::k48,  era_records::k510,        era_records::k63,
    era_records::k612, era_records::k319Fallback};

constexpr std::string_view kReport =
    "page: refcount:0 mapcount:-128 mapping:0000000000000000 index:0x1 "
    "pfn:0x12345\n"
    "flags: 0x17ffffc0000000(node=0|zone=2|lastcpupid=0x1fffff)\n"
    "raw: 0017ffffc0000000 dead000000000100 dead000000000122 "
    "0000000000000000\n"
    "page dumped because: nonzero mapcount\n"
    "page_owner tracks the page as freed\n"
    "page last allocated via order 2, migratetype Unmovable, gfp_mask "
    "0xcc0(GFP_KERNEL), pid 77, tgid 78 (insmod), ts 5000000000, free_ts "
    "6000000000\n"
    " post_alloc_hook+0x10c/0x130\n"
    " get_page_from_freelist+0x1a2b/0x1b60\n"
    "page last free pid 77 tgid 77 stack trace:\n"
    " free_unref_page+0x2c1/0x3f0\n";

void CheckReport(const FoundRecord& record) {
  CHECK(record.kind == RecordKind::kFreedReport);
  CHECK(record.order == 2);
  CHECK(record.pages == 4);
  CHECK(record.pid == 77);
  CHECK(record.comm == "insmod");
  CHECK(record.pfn_line == "PFN 0x12345");
  CHECK(record.frames ==
        " post_alloc_hook+0x10c/0x130\n"
        " get_page_from_freelist+0x1a2b/0x1b60\n");
}

}  // namespace

TEST_CASE("DumpParser: a record of each kernel version",
          "[owner][dump_parser]") {
  for (std::string_view text : kEras) {
    const FoundRecord record = OnlyRecord(text);
    CHECK(record.kind == RecordKind::kRecord);
    CHECK(record.begin == 0);
    CHECK(record.end == text.size());
    CHECK(record.header_line == text.substr(0, text.find('\n')));
    CHECK(record.pfn_line.starts_with("PFN "));
    CHECK(record.pages == uint64_t{1} << record.order);
    // Nothing is lost.
    CHECK(record.header_line + "\n" + record.pfn_line + "\n" + record.frames +
              record.notes + "\n" ==
          text);
  }
}

TEST_CASE("DumpParser: what a record of 6.12 says", "[owner][dump_parser]") {
  const FoundRecord record = OnlyRecord(era_records::k612);
  CHECK(record.pid == 4711);
  CHECK(record.comm == "worker-3");
  CHECK(record.frames == kFrames612);
  CHECK(record.notes ==
        "Page has been migrated, last migrate reason: compaction\n"
        "Charged to memcg app.slice\n");
}

TEST_CASE("DumpParser: records of the versions between",
          "[owner][dump_parser]") {
  const std::string base(era_records::k510);
  for (const char* fields : {
           "",                                                   // 4.16
           ", pid 5, ts 120 ns",                                 // 5.11
           ", pid 5, ts 120 ns, free_ts 0 ns",                   // 5.13
           ", pid 5, tgid 5 (sh), ts 120 ns, free_ts 7 ns",      // 5.18
           ", pid 5, tgid 5 (sh), ts 120 ns",                    // 6.7
           ", pid 5, tgid 5 (sh), ts 120 ns, cpu 3, vendor (x)"  // a vendor's
       }) {
    const std::string text =
        Replaced(base, "(GFP_ATOMIC)", std::string("(GFP_ATOMIC)") + fields);
    const FoundRecord record = OnlyRecord(text);
    CHECK(record.pid == (*fields != '\0' ? 5 : -1));
    CHECK(record.frames == " __alloc_pages_nodemask+0x134/0x230\n");
  }
}

TEST_CASE("DumpParser: CMA, modules, cgroups and reasons to migrate",
          "[owner][dump_parser]") {
  const std::string base(era_records::k612);
  const FoundRecord cma =
      OnlyRecord(Replaced(base, "977 type Movable", "977 type CMA"));
  CHECK_THAT(cma.pfn_line, ContainsText("Block 977 type CMA Flags"));
  const FoundRecord module = OnlyRecord(
      Replaced(base, "do_anonymous_page+0x1f3/0x7c0",
               "nicdrv_poll+0x1b7/0x3d0 [nicdrv]\n 0xffffffffc0123456"));
  CHECK_THAT(module.frames, ContainsText(" nicdrv_poll+0x1b7/0x3d0 [nicdrv]\n"
                                         " 0xffffffffc0123456\n"));
  for (const char* line :
       {"Slab cache page", "Charged to memcg /", "Charged to offline memcg a",
        "Charged (via objcg) to memcg a b",
        "Charged (via objcg) to offline memcg job-7"}) {
    const FoundRecord record =
        OnlyRecord(Replaced(base, "Charged to memcg app.slice", line));
    CHECK_THAT(record.notes, ContainsText(std::string("\n") + line + "\n"));
  }
  const FoundRecord moved = OnlyRecord(
      Replaced(base, "reason: compaction", "reason: memory_hotplug"));
  CHECK_THAT(moved.notes, ContainsText("memory_hotplug\n"));
}

TEST_CASE("DumpParser: names of tasks may hold anything",
          "[owner][dump_parser]") {
  for (const char* comm :
       {"a b", "a, b", "(sd-pam)", ")", "", "x), ts 5 n", "kernel: x", "a)(b",
        "kworker/u8:1-ev", "[  1.0] x", "> x", "PFN 0x1"}) {
    const std::string text = Replaced(era_records::k612, "worker-3", comm);
    CHECK(OnlyRecord(text).comm == comm);
    // Also where the record is not as the kernel prints it.
    CHECK(OnlyRecord("> " + text).comm == comm);
    CHECK(OnlyRecord(Replaced(text, "\n\n", "\n")).comm == comm);
  }
}

TEST_CASE("DumpParser: carriage returns change nothing",
          "[owner][dump_parser]") {
  for (std::string_view text : kEras) {
    const std::string crlf =
        EachLine(text, [](const std::string& line) { return line + "\r"; });
    FoundRecord expected = OnlyRecord(text);
    // Nor do blanks that were lost at the end.
    expected.pfn_line.erase(expected.pfn_line.find_last_not_of(' ') + 1);
    CheckSameRecord(OnlyRecord(crlf), expected);
    CHECK(ParseWhole(crlf + crlf).records().size() == 2);
  }
}

TEST_CASE("DumpParser: leading blanks and empty lines may be lost",
          "[owner][dump_parser]") {
  std::string all;
  for (std::string_view text : kEras) {
    const std::string blanks_lost = EachLine(text, [](std::string line) {
      return line.starts_with(' ') ? line.substr(1) : line;
    });
    FoundRecord expected = OnlyRecord(text);
    FoundRecord found = OnlyRecord(blanks_lost);
    found.pfn_line = expected.pfn_line;
    CheckSameRecord(found, expected);
    const std::string line_lost(text.substr(0, text.size() - 1));
    found = OnlyRecord(line_lost);
    found.pfn_line = expected.pfn_line;
    CheckSameRecord(found, expected);
    all += line_lost;
  }
  const ParsedDump dump = ParseWhole(all);
  CHECK(dump.records().size() == kEras.size());
  CHECK(dump.damaged().empty());
  CHECK(dump.other_lines == 0);
}

TEST_CASE("DumpParser: quoted in a mail", "[owner][dump_parser]") {
  for (const char* mark : {"> ", ">", ">> ", "> > ", "\t> "}) {
    std::string quoted = "On Sunday somebody wrote:\n";
    quoted +=
        EachLine(std::string(era_records::k47) + std::string(era_records::k612),
                 [mark](const std::string& line) { return mark + line; });
    const ParsedDump dump = ParseWhole(quoted);
    REQUIRE(dump.records().size() == 2);
    CheckSameRecord(dump.records()[0], OnlyRecord(era_records::k47));
    CheckSameRecord(dump.records()[1], OnlyRecord(era_records::k612));
    CHECK(dump.other_lines == 1);
  }
}

TEST_CASE("DumpParser: vendors' lines before and after the frames",
          "[owner][dump_parser]") {
  const std::string before = Replaced(era_records::k612, "\n post_alloc",
                                      "\nOEM: driver 5\n post_alloc");
  const FoundRecord first = OnlyRecord(before);
  CHECK(first.frames == kFrames612);
  CHECK(first.notes.starts_with("OEM: driver 5\n"));
  const std::string after =
      Replaced(era_records::k612, "Charged", "OEM: 7\nPool: 2\nCharged");
  const FoundRecord second = OnlyRecord(after);
  CHECK(second.frames == kFrames612);
  CHECK_THAT(second.notes, ContainsText("\nOEM: 7\nPool: 2\nCharged"));
  const std::string between =
      Replaced(era_records::k612, "\nPFN", "\nOEM: 7\nPFN");
  CHECK(OnlyRecord(between).pfn_line == first.pfn_line);
}

TEST_CASE("DumpParser: a handle in place of the frames",
          "[owner][dump_parser]") {
  const std::string_view text = era_records::k612;
  const std::string head(text.substr(0, text.find(" post_alloc")));
  for (const char* line : {"handle: 42\n", " handle: 42\n"}) {
    const FoundRecord record = OnlyRecord(head + line + "\n");
    CHECK(record.frames == " handle: 42\n");
    CHECK(record.pages == 1);
    CHECK(record.frames_hash ==
          OnlyRecord("handle: 42\nnr_base_pages: 5\n\n").frames_hash);
  }
}

TEST_CASE("DumpParser: the files of page_owner_stacks",
          "[owner][dump_parser]") {
  const ParsedDump stacks = ParseWhole(
      " a+0x1/0x2\n b+0x1/0x2 [m]\nnr_base_pages: 16\n\n"
      " a+0x1/0x2\nstack_count: 3\n\n"
      "a+0x1/0x2\nnr_base_pages: 1\nc+0x1/0x2\nnr_base_pages: 2\n");
  CHECK(stacks.damaged().empty());
  REQUIRE(stacks.records().size() == 4);
  CHECK(stacks.pages() == 22);
  CHECK(stacks.found[0].kind == RecordKind::kStackPages);
  CHECK(stacks.found[0].frames == " a+0x1/0x2\n b+0x1/0x2 [m]\n");
  CHECK(stacks.found[2].frames_hash == stacks.found[1].frames_hash);

  const FoundRecord handle = OnlyRecord("handle: 42\nnr_base_pages: 20824\n\n");
  CHECK(handle.kind == RecordKind::kStackPages);
  CHECK(handle.pages == 20824);
  CHECK(handle.frames == " handle: 42\n");

  const FoundRecord stack = OnlyRecord(" a+0x1/0x2\nhandle: 42\n\n");
  CHECK(stack.kind == RecordKind::kStackOfHandle);
  CHECK(stack.pages == 0);
  CHECK(stack.handle == 42);
  CHECK(stack.frames == " a+0x1/0x2\n");
}

TEST_CASE("DumpParser: bug reports in logs", "[owner][dump_parser]") {
  CheckReport(OnlyRecord(kReport));
  for (const char* prefix :
       {"[   12.345678] ", "<4>[   12.345678] ", "[   12.345678][ T1234] ",
        "[   12.345678] [C0] ", "Nov 22 10:00:00 host kernel: ",
        "Nov 22 10:00:00 host kernel: [   12.345678] ",
        "2026-11-22T10:00:00,123456+00:00 host kernel: ",
        "[Fri Nov 22 14:00:01 2024] ", "[Nov22 14:00] ", "[  +0.000012] ",
        "2024-11-22T14:00:01,123456+01:00 ", "kern  :alert : [   12.345678] ",
        "4,123,45678,-;", "[12.345678@1] ", "<4>[   12.345678] (0)[1:init]"}) {
    CAPTURE(prefix);
    const std::string log =
        EachLine(kReport, [prefix](std::string line) { return prefix + line; });
    CheckReport(OnlyRecord(log));
    CHECK(ParseWhole(log).found_report);
  }
}

TEST_CASE("DumpParser: dumps that went through a log", "[owner][dump_parser]") {
  for (const char* prefix :
       {"[   12.345678] ", "[Fri Nov 22 14:00:01 2024] ", "[Nov22 14:00] ",
        "[  +0.000012] ", "2024-11-22T14:00:01,123456+01:00 ",
        "kern  :alert : [   12.345678] ", "4,123,45678,-;", "[12.345678@1] ",
        "<4>[   12.345678] (0)[1:init]"}) {
    for (std::string_view text : kEras) {
      const std::string log =
          EachLine(text, [prefix](std::string line) { return prefix + line; });
      CAPTURE(log);
      FoundRecord expected = OnlyRecord(text);
      expected.pfn_line.erase(expected.pfn_line.find_last_not_of(' ') + 1);
      CheckSameRecord(OnlyRecord(log), expected);
      CHECK(ParseWhole(log + log).records().size() == 2);
    }
  }
}

TEST_CASE("DumpParser: bug reports of older kernels", "[owner][dump_parser]") {
  const FoundRecord used = OnlyRecord(
      "page:ffffea0000123440 refcount:1 mapcount:0 mapping:0000000000000000 "
      "index:0x0 pfn:0x48d1\n"
      "page_owner tracks the page as allocated\n"
      "page last allocated via order 0, migratetype Movable, gfp_mask "
      "0x24200ca(GFP_HIGHUSER_MOVABLE)\n"
      " a+0x1/0x2\n"
      "page_owner free stack trace missing\n");
  CHECK(used.kind == RecordKind::kReport);
  CHECK(used.pfn_line == "PFN 0x48d1");
  const FoundRecord old = OnlyRecord(
      "page:ffffea0000123440 count:1 mapcount:0 mapping:          (null)\n"
      "page allocated via order 3, migratetype Movable, gfp_mask "
      "0x24200ca(GFP_HIGHUSER_MOVABLE)\n"
      " [<ffffffff811682c4>] __alloc_pages_nodemask+0x134/0x230\n"
      "page has been migrated, last migrate reason: cma\n");
  CHECK(old.kind == RecordKind::kReport);
  CHECK(old.pages == 8);
  CHECK(old.pfn_line.empty());
}

TEST_CASE("DumpParser: a report does not know of the page before",
          "[owner][dump_parser]") {
  const std::string report(kReport);
  const std::string line = report.substr(report.find("page last alloc"));
  for (const std::string& text :
       {report + line,
        report.substr(0, report.find("page last alloc")) + "\n" + line}) {
    const ParsedDump dump = ParseWhole(text);
    const FoundRecord& last = dump.found.back();
    CHECK(last.kind == RecordKind::kReport);
    CHECK(last.pfn_line.empty());
  }
}

TEST_CASE("DumpParser: stack traces of a log are no damaged records",
          "[owner][dump_parser]") {
  const std::string_view trace =
      "Call Trace:\n"
      " <TASK>\n"
      " dump_stack_lvl+0x5d/0x80\n"
      " bad_page+0x71/0x100\n"
      " ? free_unref_page+0x1/0x2\n"
      " free_unref_page+0x2c1/0x3f0\n"
      " </TASK>\n"
      "RIP: 0033:0x7f1b8616ceeb\n";
  const ParsedDump plain = ParseWhole(trace);
  CHECK(plain.found.empty());
  CHECK(plain.other_lines == 8);
  const std::string log = EachLine(
      trace, [](const std::string& line) { return "[    1.000000] " + line; });
  CHECK(ParseWhole(log) == plain);
  CHECK(
      ParseWhole(std::string(kReport) + std::string(trace)).damaged().empty());
}

TEST_CASE("DumpParser: frames without a count, a log's or a record's rest",
          "[owner][dump_parser]") {
  // A log's: what is before or behind them tells.
  for (const char* text :
       {"Call Trace:\n dump_stack+0x1/0x2\n\n foo+0x1/0x2\nMem-Info:\n",
        "WARNING: CPU: 0 PID: 1 at a.c:5 f+0x1/0x2\n f+0x1/0x2\n\n",
        "BUG: x\nhow it came to this\n f+0x1/0x2\n\n",
        "------------[ cut here ]------------\nkernel x\n f+0x1/0x2\n\n",
        "INFO: Allocated in f+0x1/0x2 age=1\n\tg+0x1/0x2\nINFO: Freed in h\n",
        " f+0x1/0x2\n ? g+0x1/0x2\n h+0x1/0x2\n\n", " f+0x1/0x2\n </TASK>\n",
        " f+0x1/0x2\npage: is none\n\n"}) {
    const ParsedDump dump = ParseWhole(text);
    CAPTURE(text, dump);
    CHECK(dump.damaged().empty());
    CHECK(dump.records().empty());
    CHECK(dump.other_lines > 0);
    CHECK(ParseInPieces(text, 1, 5) == dump);
    CHECK(ParseInShares(text, 1) == dump);
  }
  const std::string report_and_trace =
      std::string(kReport) + "odd words\n f+0x1/0x2\n\n";
  CHECK(ParseWhole(report_and_trace).damaged().empty());
  // The rest of a record or of a block.
  for (const char* text :
       {" f+0x1/0x2\n\n", " f+0x1/0x2\n", "x2\n f+0x1/0x2\n\n",
        " f+0x1/0x2\nPage has been migrated, last migrate reason: cma\n\n",
        " f+0x1/0x2\nCharged to memcg a\n\n"}) {
    CAPTURE(text);
    CHECK(ParseWhole(text).damaged().size() == 1);
    CHECK(ParseWhole("Call Trace:\n\n" + std::string(text)).damaged().size() ==
          1);
  }
}

}  // namespace pagelab
