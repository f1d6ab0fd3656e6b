#include "pagelab/owner/dump/dump_parser.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/base/random.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/era_records.h"
#include "pagelab/test/support/heap.h"
#include "pagelab/test/support/parsed_dump.h"

namespace pagelab {
namespace {

using era_records::k319;
using era_records::k47;
using era_records::k510;
using era_records::k612;
using era_records::k63;

const std::vector<std::string_view> kRecords = {
    k319, era_records::k45, k47, era_records::k48, k510, k63, k612};

// The only damage in a text.
FoundRecord OnlyDamage(std::string_view text) {
  const ParsedDump dump = ParseWhole(text);
  CAPTURE(text, dump);
  const std::vector<FoundRecord> damaged = dump.damaged();
  REQUIRE(damaged.size() == 1);
  return damaged[0];
}

std::string WhatIn(std::string_view text) { return OnlyDamage(text).what; }

// What a record says of itself, wherever it stands.
std::string FirstLines(const FoundRecord& record) {
  std::string pfn_line = record.pfn_line;
  pfn_line.erase(pfn_line.find_last_not_of(' ') + 1);
  return record.header_line + "\n" + pfn_line;
}

void CheckPieces(const std::string& text, uint64_t seed) {
  const ParsedDump whole = ParseWhole(text);
  for (uint64_t max_piece : {3, 100, 1000}) {
    const ParsedDump pieces = ParseInPieces(text, seed, max_piece);
    if (pieces == whole) continue;
    CAPTURE(seed, max_piece, text);
    CHECK(pieces == whole);
  }
  const ParsedDump shares = ParseInShares(text, seed);
  if (shares == whole) return;
  CAPTURE(seed, text);
  CHECK(shares == whole);
}

// Lines of dumps, logs and junk in any order.
std::string Mixture(Random& random) {
  const std::vector<std::string> parts = {
      std::string(k319),
      std::string(k47),
      std::string(k63),
      std::string(k612),
      std::string(k612.substr(0, k612.size() - 1)),
      "\n",
      "\r\n",
      "> \n",
      " \n",
      "\t",
      " a+0x1/0x2\n",
      "a+0x1/0x2 [m]\n",
      "nr_base_pages: 3\n",
      "handle: 7\n",
      "Call Trace:\n",
      "WARNING: x\n",
      "Slab cache page\n",
      std::string(5, '\0'),
      std::string("\0\n\n\0", 4),
      "[Nov22 14:00] ",
      "4,1,2,-;",
      "[    1.000000] ",
      "> ",
      "junk\n",
      "PFN 0x5\n",
      "PFN 0x5 type Movable Block 0 type Movable Flags 0x0()\n",
      "Page allocated via order 0, mask 0x0\n",
      "Page allocated via order ",
      "Page has been ",
      "page: refcount:1 mapcount:0 index:0x1 pfn:0x12345\n",
      "page_owner tracks the page as freed\n",
      "page last allocated via order 0, migratetype Movable, gfp_mask 0x0()\n",
      "page last free stack trace:\n",
  };
  std::string text;
  for (uint64_t i = random.UniformBetween(1, 30); i > 0; --i) {
    const std::string& part = parts[random.Uniform(parts.size())];
    const bool cut = random.Bernoulli(0.1);
    text += part.substr(0, cut ? random.Uniform(part.size() + 1) : part.size());
  }
  return text;
}

// Bytes that a parser holds at most while it reads what `line` makes of 0, 1,
// ..., as ScanDump() would feed it: what is too long is cut.
template <typename Line>
int64_t MostHeld(Line line) {
  constexpr size_t kSize = size_t{24} << 20;
  constexpr size_t kCut = size_t{1} << 20;
  std::string window;
  window.reserve(4 * kCut);
  const int64_t before = HeapBytes();
  DumpParser parser;
  int64_t most = 0;
  for (size_t read = 0, n = 0; read < kSize; ++n) {
    const size_t begin = window.size();
    while (window.size() < begin + 100'000) window += line(n++);
    read += window.size() - begin;
    DumpRecord record;
    DumpParser::Found found = DumpParser::Found::kRecord;
    size_t done = 0;
    while (found != DumpParser::Found::kNothing) {
      size_t taken = 0;
      found = parser.Next(std::string_view(window).substr(done),
                          window.size() >= kCut, record, taken);
      done += taken;
    }
    window.erase(0, done);
    most = std::max(most, HeapBytes() - before);
  }
  return most;
}

}  // namespace

TEST_CASE("DumpParser: a dump cut at any byte gives records or one damage",
          "[owner][dump_parser]") {
  for (size_t i = 0; i < kRecords.size(); ++i) {
    const std::string first(kRecords[i]);
    const std::string text =
        first + std::string(kRecords[(i + 3) % kRecords.size()]);
    const ParsedDump whole = ParseWhole(text);
    REQUIRE(whole.found.size() >= 2);
    for (size_t size = 0; size < text.size(); ++size) {
      const ParsedDump cut = ParseWhole(text.substr(0, size));
      CAPTURE(size, text.substr(0, size), cut);
      REQUIRE(cut.other_lines == 0);
      REQUIRE(cut.damaged().size() <= 1);
      for (size_t n = 0; n < cut.found.size(); ++n) {
        const FoundRecord& found = cut.found[n];
        REQUIRE(found.begin == whole.found[n].begin);
        if (found.damaged) {
          REQUIRE(n + 1 == cut.found.size());
          REQUIRE(found.end == size);
        } else {
          REQUIRE(FirstLines(found) == FirstLines(whole.found[n]));
          REQUIRE(found.pages == whole.found[n].pages);
          REQUIRE_FALSE(found.frames.empty());
        }
      }
      const uint64_t found_to = cut.found.empty() ? 0 : cut.found.back().end;
      REQUIRE(found_to == size);
    }
  }
}

TEST_CASE("DumpParser: a dump that lacks its beginning has one damage",
          "[owner][dump_parser]") {
  for (std::string_view first : {k47, k510, k612}) {
    const std::string text = std::string(first) + std::string(k63);
    const FoundRecord second = ParseWhole(text).found[1];
    for (size_t begin = 1; begin < first.size(); ++begin) {
      const ParsedDump cut = ParseWhole(text.substr(begin));
      CAPTURE(begin, cut);
      REQUIRE(cut.damaged().size() <= 1);
      REQUIRE(cut.records().size() == 1);
      REQUIRE(cut.records()[0].header_line == second.header_line);
      REQUIRE(cut.records()[0].end == text.size() - begin);
      // Its frames or its second line give it away.
      const bool told = begin <= first.find("\n ") + 1;
      if (told) REQUIRE(cut.damaged().size() == 1);
    }
  }
}

TEST_CASE("DumpParser: records that run into each other are damaged",
          "[owner][dump_parser]") {
  for (std::string_view first : kRecords) {
    if (first == k319) continue;
    const std::string text(first);
    const FoundRecord whole = ParseWhole(text).found[0];
    const FoundRecord next = ParseWhole(k612).found[0];
    for (size_t size = 1; size < text.size(); ++size) {
      const ParsedDump dump =
          ParseWhole(text.substr(0, size) + std::string(k612));
      CAPTURE(size, dump);
      // Nothing is counted that was not there.
      for (const FoundRecord& record : dump.records()) {
        REQUIRE((record.header_line == whole.header_line ||
                 record.header_line == next.header_line));
      }
      REQUIRE((dump.damaged().size() == 1 || dump.records().size() == 2));
      REQUIRE(dump.found.size() <= 2);
    }
  }
}

TEST_CASE("DumpParser: frames that are refused leave no hash behind",
          "[owner][dump_parser]") {
  const std::string record(k612);
  const std::string inside = record.substr(0, record.find("Page has been")) +
                             " Page allocated via order 0\n\n";
  const ParsedDump dump = ParseWhole(record + inside + record);
  REQUIRE(dump.records().size() == 3);
  CHECK(dump.damaged().size() == 1);
  for (const FoundRecord& found : dump.records()) {
    CHECK(found.frames_hash == dump.found[0].frames_hash);
  }
}

TEST_CASE("DumpParser: says what is wrong, and where", "[owner][dump_parser]") {
  const std::string good(k612);
  const FoundRecord found = OnlyDamage(
      "\n\njunk\n" + good + "\nPage allocated via order x\n\n" + good);
  CHECK(found.begin == 7 + good.size() + 1);
  CHECK(found.end == found.begin + 28);
  CHECK(found.what ==
        "expected \"Page allocated via order N, mask 0xN(names), ...\"");
  CHECK(WhatIn("PFN 0x1 type Movable Block 0 type Movable Flags 0x0()\n "
               "a+0x1/0x2\n\n") == found.what);
  CHECK(WhatIn("Page allocated via order 0, mask 0x0()\n a+0x1/0x2\n\n") ==
        "expected \"PFN N ...\" behind its first line");
  CHECK(WhatIn("Page allocated via order 0, mask 0x0()\nPFN garbage\n\n") ==
        "expected \"PFN N ...\" behind its first line");
  CHECK(WhatIn(good.substr(0, 60)) == "it is cut off");
  const std::string no_newline = "it is cut off: its last line has no newline";
  CHECK(WhatIn(good.substr(0, good.size() - 2)) == no_newline);
  CHECK(WhatIn(good.substr(0, good.find("\nPage has"))) == no_newline);
  CHECK(WhatIn(good.substr(0, good.find("\nPage has") - 4)) == "it is cut off");
  CHECK(WhatIn(" a+0x1/0x2\nnr_base_pages: 5") == no_newline);
  CHECK(WhatIn("> " + good.substr(0, good.size() - 2)) == no_newline);
  CHECK(WhatIn(good.substr(0, 300) + good) ==
        "another record begins inside it");
  CHECK(WhatIn("page last allocated via order 0, migratetype\n") ==
        "expected \"page last allocated via order N, migratetype T, gfp_mask "
        "0xN(names), ...\"");
  const std::string what_stack =
      "expected frames and \"nr_base_pages: N\" or \"handle: N\"";
  CHECK(WhatIn(" a+0x1/0x2\n b+0x1/0x2\n\n") == what_stack);
  CHECK(WhatIn("nr_base_pages: 5\n\n") == what_stack);
  CHECK(WhatIn("handle: 5\n\n") == what_stack);
  CHECK(WhatIn(" a+0x1/0x2\nnr_base_pages: x\n\n") ==
        "expected a number of pages");
  CHECK(WhatIn(" a+0x1/0x2\nnr_base_pages: 18446744073709551615\n\n") ==
        "expected a number of pages");
  CHECK(WhatIn("> " + good.substr(0, good.size() - 1) +
               std::string(kMaxRecordSize + 1, 'x') + "\n") ==
        "no kernel prints records that long");
}

TEST_CASE("DumpParser: says which number of a header is too large",
          "[owner][dump_parser]") {
  const auto what = [](const std::string& fields) {
    return WhatIn("Page allocated via " + fields + "\nPFN 1\n a+0x1/0x2\n\n");
  };
  CHECK(what("order 21, mask 0x0()") == "order 21 is above 20");
  CHECK(what("order 255, mask 0x0()") == "order 255 is above 20");
  CHECK(what("order 18446744073709551616, mask 0x0") ==
        "order 18446744073709551616 is above 20");
  CHECK(what("order 0, mask 0x100000000()") ==
        "mask 0x100000000 is no 32-bit number");
  CHECK(what("order 0, mask 0x0(A|B), pid 4294967295") ==
        "pid 4294967295 is no 32-bit number");
  CHECK(what("order 0, mask 0x0, pid -2147483649") ==
        "pid -2147483649 is no 32-bit number");
  CHECK(what("order 0, mask 0x0, pid 1, tgid 2147483648 (a), ts 1 ns") ==
        "tgid 2147483648 is no 32-bit number");
  CHECK(what("order 0, mask 0x0, pid 1, tgid 1 (a, pid 4294967295), ts "
             "18446744073709551616 ns") ==
        "ts 18446744073709551616 is no 64-bit number");
  CHECK(what("order 0, mask 0x0, pid 1, ts 1 ns, free_ts "
             "99999999999999999999 ns") ==
        "free_ts 99999999999999999999 is no 64-bit number");
  CHECK(what("order 0, mask 0x0, pid " + std::string(100, '9')) ==
        "pid " + std::string(24, '9') + "... is no 32-bit number");
  CHECK(what("order 0, mask 0x0, pid x") ==
        "expected \"Page allocated via order N, mask 0xN(names), ...\"");
  CHECK(
      WhatIn("page last allocated via order 21, migratetype Movable, gfp_mask "
             "0x0\n") == "order 21 is above 20");
  CHECK(WhatIn("page last allocated via order 1, migratetype Movable, gfp_mask "
               "0x0, pid 1, tgid 1 (a), ts 18446744073709551616\n") ==
        "ts 18446744073709551616 is no 64-bit number");
}

TEST_CASE("DumpParser: a hole in front of a line is one damage",
          "[owner][dump_parser]") {
  const std::string first(k47);
  const std::string second(k612);
  for (size_t size : {1, 7, 4096, 3'000'000}) {
    const std::string text = first + std::string(size, '\0') + second;
    const ParsedDump dump = ParseWhole(text);
    REQUIRE(dump.found.size() == 3);
    CHECK(dump.other_lines == 0);
    CHECK_FALSE(dump.found[0].damaged);
    CHECK(dump.found[1].damaged);
    CHECK(dump.found[1].begin == first.size());
    CHECK(dump.found[1].what ==
          "bytes of zero, as a crash leaves them where nothing was written");
    CHECK_FALSE(dump.found[2].damaged);
    CHECK(dump.found[2].begin == first.size() + size);
    CHECK(dump.found[2].end == text.size());
    CHECK(ParseInPieces(text, 1, 1 + size / 3) == dump);
    CHECK(ParseInShares(text, 1) == dump);
  }
  const std::string hole(100, '\0');
  // The empty line is in the hole, and a record that is read loosely.
  const std::string no_line = first.substr(0, first.size() - 1);
  for (const std::string& text :
       {no_line + hole + second, "> " + first + hole + second,
        first + hole + "> " + second}) {
    const ParsedDump dump = ParseWhole(text);
    CAPTURE(dump);
    CHECK(dump.records().size() == 2);
    CHECK(dump.damaged().size() == 1);
    CHECK(ParseInPieces(text, 1, 10) == dump);
  }
  // At both ends, and twice.
  CHECK(ParseWhole(hole + first + hole).damaged().size() == 2);
  CHECK(ParseWhole(first + hole + "\n\n" + hole + second).damaged().size() ==
        2);
  CHECK(ParseWhole(hole).damaged().size() == 1);
  CHECK(OnlyDamage(first + hole).end == first.size() + 1);
}

TEST_CASE("DumpParser: a record that is too long is cut",
          "[owner][dump_parser]") {
  std::string text(k612.substr(0, k612.size() - 1));
  while (text.size() < 3 * kMaxRecordSize) text += " a+0x1/0x2\n";
  text += "\n";
  const ParsedDump dump = ParseWhole(text + std::string(k612));
  CHECK(dump.records().size() == 1);
  CHECK(dump.found.size() == 4);
  CHECK(dump.found[0].end < kMaxRecordSize + 100);
  CHECK(dump.found[0].what == "no kernel prints records that long");
  CHECK(ParseInPieces(text + std::string(k612), 1, 50000) == dump);
}

TEST_CASE("DumpParser: lines that belong to no record are counted once",
          "[owner][dump_parser]") {
  const std::string text = "one\n\ntwo\n" + std::string(k612) +
                           "three\nPFN of something\n" + std::string(k63) +
                           "four";
  const ParsedDump dump = ParseWhole(text);
  CHECK(dump.records().size() == 2);
  CHECK(dump.damaged().empty());
  CHECK(dump.other_lines == 5);
  CHECK(ParseInPieces(text, 1, 1) == dump);
  CHECK(ParseWhole("").other_lines == 0);
  CHECK(ParseWhole("\n\n\r\n>\n").other_lines == 0);
}

TEST_CASE("DumpParser: pieces and shares give what the whole gives",
          "[owner][dump_parser][property]") {
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    Random random(seed);
    CheckPieces(Mixture(random), seed);
  }
}

TEST_CASE("DumpParser: no text makes it hold more than a few records",
          "[owner][dump_parser]") {
  constexpr int64_t kBound = int64_t{2} << 20;
  const std::string record = "Page allocated via order 0, mask 0x0";
  const std::string head = record + "\nPFN 1\n";
  const auto number = [](size_t n) { return std::to_string(n * 2654435761); };
  // Junk, in many lines and in one.
  CHECK(MostHeld([&](size_t n) { return number(n) + "\n"; }) < kBound);
  CHECK(MostHeld(number) < kBound);
  // Lines, frames and notes without end.
  CHECK(MostHeld([&](size_t n) {
          return (n == 0 ? head + " a+0x1/0x2" : " ") + number(n);
        }) < kBound);
  CHECK(MostHeld([&](size_t n) {
          return (n == 0 ? head : "") + " a" + number(n) + "+0x1/0x2\n";
        }) < kBound);
  CHECK(MostHeld([&](size_t n) {
          return (n == 0 ? head : "") + number(n) + "\n";
        }) < kBound);
  CHECK(MostHeld([&](size_t n) {
          return (n == 0 ? "page last allocated via order 0, migratetype x, "
                           "gfp_mask 0x0\n"
                         : "") +
                 (" a" + number(n)) + "+0x1/0x2\n";
        }) < kBound);
  // Stacks and tasks, all different.
  CHECK(MostHeld([&](size_t n) {
          return head + " a" + number(n) + "+0x1/0x2\n\n";
        }) < kBound);
  CHECK(MostHeld([&](size_t n) {
          return record + ", pid 1, tgid 1 (" + number(n) +
                 "), ts 1 ns\nPFN 1\n a+0x1/0x2\n\n";
        }) < kBound);
}

}  // namespace pagelab
