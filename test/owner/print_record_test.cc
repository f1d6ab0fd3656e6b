#include "pagelab/owner/dump/print_record.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "pagelab/base/input_stream.h"
#include "pagelab/base/random.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/era_records.h"
#include "pagelab/test/support/recordings.h"

namespace pagelab {
namespace {

std::string Message(const absl::Status& status) {
  return std::string(FromAbsl(status.message()));
}

DumpRecord OnlyRecord(std::string_view text) {
  DumpParser parser;
  DumpRecord record;
  size_t taken = 0;
  CAPTURE(text);
  REQUIRE(parser.Next(text, /*last=*/true, record, taken) ==
          DumpParser::Found::kRecord);
  // A record that is as the kernel prints it has no views into the parser.
  REQUIRE(record.header_line.data() >= text.data());
  REQUIRE(record.header_line.data() < text.data() + text.size());
  return record;
}

RecordFormat FormatOf(std::string_view text) {
  const absl::StatusOr<RecordFormat> format = InferFormat(OnlyRecord(text));
  CAPTURE(text, Message(format.status()));
  REQUIRE(format.ok());
  return *format;
}

ParsedRecord ValuesOf(std::string_view text) {
  const absl::StatusOr<ParsedRecord> values =
      ParseValues(OnlyRecord(text), *FormatOf(text).profile);
  REQUIRE(values.ok());
  return *values;
}

// Reads each record of a dump and prints it again; the number of records.
size_t RoundTrip(std::string_view text) {
  DumpParser parser;
  DumpRecord record;
  size_t taken = 0;
  size_t records = 0;
  RecordFormat format;
  RecordPrinter printer(format);
  std::string printed;
  while (parser.Next(text, /*last=*/true, record, taken) ==
         DumpParser::Found::kRecord) {
    if (++records == 1) {
      format = FormatOf(record.text);
      printer = RecordPrinter(format);
    }
    const absl::StatusOr<ParsedRecord> values =
        ParseValues(record, *format.profile);
    printed.clear();
    if (values.ok()) printer.Append(printed, *values);
    if (printed != record.text) {
      CAPTURE(records, Message(values.status()));
      CHECK(printed == std::string(record.text));
    }
    text.remove_prefix(taken);
  }
  CHECK(text.size() == taken);
  CHECK(parser.other_lines() == 0);
  return records;
}

PageOwnerRecord RandomValues(Random& random, const OwnerTextProfile& profile) {
  PageOwnerRecord values{};
  values.order = static_cast<uint16_t>(random.Uniform(11));
  values.gfp_mask = static_cast<uint32_t>(random.Uniform(uint64_t{1} << 26));
  values.last_migrate_reason = profile.migrate_reasons.empty()
                                   ? -1
                                   : static_cast<int16_t>(random.Uniform(
                                         profile.migrate_reasons.size() + 1)) -
                                         1;
  if (profile.pid) values.pid = static_cast<int32_t>(random.Next());
  if (profile.tgid_and_comm) {
    values.tgid = static_cast<int32_t>(random.Next());
    const uint64_t size = random.Uniform(values.comm.size());
    for (size_t i = 0; i < size; ++i) {
      values.comm[i] = "ab),(:/ ts0[>"[random.Uniform(13)];
    }
  }
  if (profile.ts) values.ts_nsec = random.Next() >> random.Uniform(64);
  if (profile.free_ts) values.free_ts_nsec = random.Next();
  return values;
}

ParsedFrame RandomFrame(Random& random, const OwnerTextProfile& profile) {
  ParsedFrame frame;
  if (profile.frame == FrameStyle::kAddress) frame.address = random.Next();
  if (random.Bernoulli(0.1)) {
    // Twice the same where addresses are printed, as kernels do.
    frame.address = random.Next();
    if (profile.frame == FrameStyle::kSymbol) return frame;
  }
  frame.symbol = random.Bernoulli(0.5) ? "alloc_pages" : "f.isra.0";
  frame.offset = random.Next() >> random.Uniform(64);
  frame.size = random.Next() >> random.Uniform(64);
  if (random.Bernoulli(0.2)) frame.module = "nicdrv";
  return frame;
}

ParsedRecord RandomRecord(Random& random, const RecordFormat& format) {
  const OwnerTextProfile& profile = *format.profile;
  ParsedRecord record;
  record.values = RandomValues(random, profile);
  record.pfn = Pfn(random.Uniform(uint64_t{1} << 40));
  record.pageblock_type =
      static_cast<Migratetype>(random.Uniform(kMigrateTypes));
  record.flags_word = random.Next();
  if (profile.page_flags->style == PageFlagsStyle::kLetters) {
    uint64_t letters = 0;
    for (const PageFlagName& name : profile.page_flags->names) {
      letters |= name.mask;
    }
    record.flags_word &= letters;
  }
  for (uint64_t i = random.UniformBetween(1, 16); i > 0; --i) {
    record.frames.push_back(RandomFrame(random, profile));
  }
  if (profile.memcg_line) {
    ParsedMemcg& memcg = record.memcg;
    memcg.kind = static_cast<ParsedMemcg::Kind>(random.Uniform(4));
    if (memcg.kind >= ParsedMemcg::Kind::kUser) {
      memcg.online = random.Bernoulli(0.5);
      memcg.name = random.Bernoulli(0.5) ? "/" : "offline memcg x";
    }
  }
  return record;
}

void CheckEqual(const ParsedRecord& a, const ParsedRecord& b) {
  CHECK(a.values.order == b.values.order);
  CHECK(a.values.gfp_mask == b.values.gfp_mask);
  CHECK(a.values.last_migrate_reason == b.values.last_migrate_reason);
  CHECK(a.values.comm_text() == b.values.comm_text());
  CHECK(a.values.ts_nsec == b.values.ts_nsec);
  CHECK(a.values.free_ts_nsec == b.values.free_ts_nsec);
  CHECK(a.pfn == b.pfn);
  CHECK((a.pageblock_type == b.pageblock_type));
  CHECK(a.flags_word == b.flags_word);
  CHECK((a.frames == b.frames));
  CHECK((a.memcg == b.memcg));
}

}  // namespace

TEST_CASE("RecordPrinter: the example of each version is printed again",
          "[owner][print_record]") {
  for (std::string_view text :
       {era_records::k319, era_records::k45, era_records::k47, era_records::k48,
        era_records::k510, era_records::k63, era_records::k612,
        era_records::k319Fallback}) {
    const std::string_view one = text.substr(0, text.find("\n\n") + 2);
    CHECK(RoundTrip(one) == 1);
  }
}

TEST_CASE("RecordPrinter: a record's format is found from its text",
          "[owner][print_record]") {
  // As 4.7 prints it, too.
  const RecordFormat old = FormatOf(era_records::k47);
  CHECK(old.profile->version == "4.8");
  CHECK(old.pageblock_order == 9);
  const RecordFormat common = FormatOf(era_records::k612);
  CHECK(common.profile->version == "6.12");
  CHECK(common.flags_layout == PageFlagsLayout{.node_width = 10,
                                               .zone_width = 3,
                                               .lastcpupid_width = 21});
  // The pageblocks of a machine with huge pages of another size.
  std::string blocks(era_records::k612);
  blocks.replace(blocks.find("Block 977"), 9, "Block 61");
  CHECK(FormatOf(blocks).pageblock_order == 13);
  std::string wrong(era_records::k612);
  wrong.replace(wrong.find("Block 977"), 9, "Block 978");
  const auto none = InferFormat(OnlyRecord(wrong));
  CHECK(Message(none.status()) ==
        "no known kernel version prints such a record");
}

TEST_CASE("ParsedRecord: the values of a record of 6.12",
          "[owner][print_record]") {
  const ParsedRecord record = ValuesOf(era_records::k612);
  CHECK(record.values.pid == 4711);
  CHECK(record.values.comm_text() == "worker-3");
  CHECK(record.values.last_migrate_reason == 0);
  CHECK(record.pfn == Pfn(0x7a3c1));
  CHECK((record.pageblock_type == Migratetype::kMovable));
  CHECK(record.flags_word == 0x17ffffc0020838);
  REQUIRE(record.frames.size() == 5);
  CHECK(record.frames[0].symbol == "post_alloc_hook");
  CHECK(record.frames[0].offset == 0x10c);
  CHECK(record.frames[0].size == 0x130);
  CHECK((record.memcg.kind == ParsedMemcg::Kind::kUser));
  CHECK(record.memcg.name == "app.slice");
}

TEST_CASE("ParsedRecord: says what a version cannot have printed",
          "[owner][print_record]") {
  const auto error = [](const std::string& from, const std::string& to) {
    std::string text(era_records::k612);
    text.replace(text.find(from), from.size(), to);
    return Message(ParseValues(OnlyRecord(text), kOwnerText612).status());
  };
  CHECK(error(", ts 81233445566 ns", "") ==
        "the first line has not the fields of Linux 6.12");
  CHECK(error("worker-3", "a name that is long") ==
        "expected a name of at most 15 bytes, got \"a name that is long\"");
  CHECK(error("977 type Movable", "977 type Big") ==
        "expected the type of a pageblock, got \"Big\"");
  CHECK(error("Flags 0x", "Flags x") ==
        "expected page flags \"0xN(names)\", got \"x17ffffc0020838(uptodate|"
        "dirty|lru|owner_2|swapbacked|node=0|zone=2|lastcpupid=0x1fffff)\"");
  CHECK(error("+0x10c/0x130", "") ==
        "expected a frame \"name+0xN/0xN\", got \"post_alloc_hook\"");
  CHECK(error("+0x10c/0x130", "+0x10c/0x130 x") ==
        "expected the end of a frame, got \" x\"");
  CHECK(error("reason: compaction", "reason: none") ==
        "expected a reason to migrate, got \"none\"");
  CHECK(error("Charged to memcg", "Vendor's line") ==
        "expected a note on the page, got \"Vendor's line app.slice\"");
}

TEST_CASE("RecordPrinter: what it prints is read as the same values",
          "[owner][print_record][property]") {
  for (const OwnerTextProfile* profile : OwnerTextProfiles()) {
    const RecordFormat format{.flags_layout = {},
                              .pageblock_order = 9,
                              .group_by_mobility_disabled = false,
                              .profile = profile};
    RecordPrinter printer(format);
    for (uint64_t seed = 0; seed < 300; ++seed) {
      Random random(seed);
      const ParsedRecord record = RandomRecord(random, format);
      std::string text;
      printer.Append(text, record);
      CAPTURE(profile->version, seed, text);
      const absl::StatusOr<ParsedRecord> again =
          ParseValues(OnlyRecord(text), *profile);
      REQUIRE(again.ok());
      CheckEqual(*again, record);
      std::string printed;
      printer.Append(printed, *again);
      CHECK(printed == text);
    }
  }
}

TEST_CASE("RecordPrinter: every record of the recorded dumps",
          "[owner][print_record][recordings]") {
  size_t records = 0;
  for (const std::string& path : RecordedFiles("page_owner.txt")) {
    CAPTURE(path);
    const absl::StatusOr<std::string> text = ReadWholeFile(path);
    REQUIRE(text.ok());
    records += RoundTrip(*text);
  }
  if (!RecordingsFolder().empty()) CHECK(records > 500'000);
}

}  // namespace pagelab
