#include "pagelab/owner/owner_text_profile.h"

#include <string>
#include <string_view>
#include <vector>

#include "pagelab/base/text.h"
#include "pagelab/owner/memcg_line.h"
#include "pagelab/owner/mixed_blocks.h"
#include "pagelab/owner/record_formatter.h"
#include "pagelab/test/owner/owner_fixture.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/era_records.h"

namespace pagelab {
namespace {

constexpr PageFlagsLayout kCommon = {
    .node_width = 10, .zone_width = 3, .lastcpupid_width = 21};

PageOwnerRecord Record(uint32_t mask, int order = 0) {
  PageOwnerRecord record{};
  record.gfp_mask = mask;
  record.order = static_cast<uint16_t>(order);
  record.last_migrate_reason = -1;
  return record;
}

PageOwnerRecord Migrated(PageOwnerRecord record, MigrateReason reason) {
  record.last_migrate_reason = static_cast<int16_t>(reason);
  return record;
}

std::string Printed(std::string_view version, const RecordText& text) {
  const OwnerTextProfile* profile = FindOwnerTextProfile(version);
  REQUIRE(profile != nullptr);
  RecordFormatter formatter({.flags_layout = kCommon, .profile = profile});
  std::string out(RecordFormatter::MaxSize(text), '\0');
  out.resize(
      static_cast<size_t>(formatter.Write(out.data(), text) - out.data()));
  return out;
}

// The frames of a record, as they stand in it.
std::string_view StackOf(std::string_view record) {
  const size_t begin = record.find("\n ") + 1;
  size_t end = begin;
  while (record[end] == ' ') end = record.find('\n', end) + 1;
  return record.substr(begin, end - begin);
}

// The words of the letters of 3.19: uptodate, lru, active.
constexpr uint64_t kUptodateLruActive = 0x68;

OwnerOptions Options(std::string_view version) {
  OwnerOptions options;
  options.profile.text = FindOwnerTextProfile(version);
  return options;
}

// A machine that tracks in the text of a version.
struct EraWorld {
  explicit EraWorld(std::string_view version) : machine(Options(version)) {
    REQUIRE(machine.Boot().ok());
    machine.CallFrom("drv_probe+0x40/0x90 [drv]");
  }
  // " sym\n" of the stack's frames, or with addresses.
  std::string Frames(Pfn pfn) const { return machine.StackAt(pfn); }

  OwnerFixture machine;
};

}  // namespace

TEST_CASE("OwnerTextProfile: there is one for each kernel profile",
          "[owner][text_profile]") {
  for (std::string_view version :
       {"3.19", "4.5", "4.7", "4.8", "5.10", "6.3", "6.12"}) {
    const OwnerTextProfile* profile = FindOwnerTextProfile(version);
    REQUIRE(profile != nullptr);
    CHECK(profile->version == version);
  }
  CHECK(OwnerTextProfiles().size() == 7);
  CHECK(FindOwnerTextProfile("6.13") == nullptr);
  CHECK(FindOwnerTextProfile("6.12") == &kOwnerText612);
}

TEST_CASE("OwnerTextProfile: records of 3.19", "[owner][text_profile]") {
  const PageOwnerRecord user = Record(0x280da);
  CHECK(Printed("3.19", {.record = user,
                         .pfn = Pfn(4096),
                         .pageblock_type = Migratetype::kMovable,
                         .flags_word = kUptodateLruActive,
                         .stack = StackOf(era_records::k319)}) ==
        era_records::k319);
  // A kernel page in a movable pageblock.
  const PageOwnerRecord kernel = Record(0xd0);
  CHECK(Printed("3.19", {.record = kernel,
                         .pfn = Pfn(4097),
                         .pageblock_type = Migratetype::kMovable,
                         .stack = StackOf(era_records::k319Fallback)}) ==
        era_records::k319Fallback);
  // Nothing is known of moves, and a reclaimable pageblock has number 1.
  const PageOwnerRecord moved =
      Migrated(Record(0x800d0), MigrateReason::kCompaction);
  CHECK(Printed("3.19", {.record = moved,
                         .pfn = Pfn(4097),
                         .pageblock_type = Migratetype::kReclaimable}) ==
        "Page allocated via order 0, mask 0x800d0\n"
        "PFN 4097 Block 8 type 1          Flags             \n\n");
}

TEST_CASE("OwnerTextProfile: a record of 4.5", "[owner][text_profile]") {
  const PageOwnerRecord record = Record(0x24280ca);
  CHECK(Printed("4.5", {.record = record,
                        .pfn = Pfn(4096),
                        .pageblock_type = Migratetype::kMovable,
                        .flags_word = kUptodateLruActive,
                        .stack = StackOf(era_records::k45)}) ==
        era_records::k45);
}

TEST_CASE("OwnerTextProfile: a record of 4.7", "[owner][text_profile]") {
  const PageOwnerRecord record =
      Migrated(Record(0x24200ca), MigrateReason::kCompaction);
  CHECK(Printed("4.7", {.record = record,
                        .pfn = Pfn(628753),
                        .pageblock_type = Migratetype::kMovable,
                        .flags_word = 0x1fffff80040030,
                        .stack = StackOf(era_records::k47)}) ==
        era_records::k47);
}

TEST_CASE("OwnerTextProfile: a record of 4.8", "[owner][text_profile]") {
  const PageOwnerRecord record =
      Migrated(Record(0x4342ca, 9), MigrateReason::kContigRange);
  CHECK(Printed("4.8", {.record = record,
                        .pfn = Pfn(628736),
                        .pageblock_type = Migratetype::kMovable,
                        .flags_word = 0x1fffff80044038,
                        .stack = StackOf(era_records::k48)}) ==
        era_records::k48);
}

TEST_CASE("OwnerTextProfile: a record of 5.10", "[owner][text_profile]") {
  const PageOwnerRecord record =
      Migrated(Record(0xa20), MigrateReason::kContigRange);
  CHECK(Printed("5.10", {.record = record,
                         .pfn = Pfn(628753),
                         .pageblock_type = Migratetype::kMovable,
                         .flags_word = 0x17ffffc0000200,
                         .stack = StackOf(era_records::k510)}) ==
        era_records::k510);
}

TEST_CASE("OwnerTextProfile: a record of 6.3", "[owner][text_profile]") {
  PageOwnerRecord record = Record(0xd20c0, 3);
  record.pid = record.tgid = 1;
  record.ts_nsec = 120034567;
  std::string_view("swapper/0").copy(record.comm.data(), 9);
  CHECK(Printed("6.3", {.record = record,
                        .pfn = Pfn(4104),
                        .flags_word = 0x17ffffc0010200,
                        .stack = StackOf(era_records::k63),
                        .memcg_line = "Slab cache page\n"}) ==
        era_records::k63);
}

TEST_CASE("OwnerTextProfile: a record of 6.12", "[owner][text_profile]") {
  PageOwnerRecord record =
      Migrated(Record(0x140dca), MigrateReason::kCompaction);
  record.pid = 4711;
  record.tgid = 4700;
  record.ts_nsec = 81233445566;
  record.free_ts_nsec = 5;
  std::string_view("worker-3").copy(record.comm.data(), 8);
  CHECK(Printed("6.12", {.record = record,
                         .pfn = Pfn(0x7a3c1),
                         .pageblock_type = Migratetype::kMovable,
                         .flags_word = 0x17ffffc0020838,
                         .stack = StackOf(era_records::k612),
                         .memcg_line = "Charged to memcg app.slice\n"}) ==
        era_records::k612);
}

TEST_CASE("OwnerTextProfile: each version knows its reasons to migrate",
          "[owner][text_profile]") {
  // page-ext-owner-depot.md 4.4.
  const auto line = [](std::string_view version, MigrateReason reason) {
    const PageOwnerRecord record = Migrated(Record(0), reason);
    const std::string text =
        Printed(version, {.record = record, .pfn = Pfn(1)});
    const size_t at = text.find("reason: ");
    if (at == std::string::npos) return std::string("none");
    return text.substr(at + 8, text.find('\n', at) - at - 8);
  };
  for (std::string_view version : {"4.7", "4.8", "5.10", "6.3", "6.12"}) {
    CAPTURE(version);
    for (int i = 0; i < 6; ++i) {
      const auto reason = static_cast<MigrateReason>(i);
      CHECK(line(version, reason) == ToString(reason));
    }
  }
  CHECK(line("4.5", MigrateReason::kCompaction) == "none");
  CHECK(line("4.7", MigrateReason::kContigRange) == "cma");
  CHECK(line("4.8", MigrateReason::kContigRange) == "cma");
  CHECK(line("4.8", MigrateReason::kLongtermPin) == "none");
  CHECK(line("5.10", MigrateReason::kContigRange) == "contig_range");
  CHECK(line("5.10", MigrateReason::kLongtermPin) == "none");
  CHECK(line("6.3", MigrateReason::kLongtermPin) == "longterm_pin");
  CHECK(line("6.3", MigrateReason::kDemotion) == "demotion");
  CHECK(line("6.3", MigrateReason::kDamon) == "none");
  CHECK(line("6.12", MigrateReason::kDamon) == "damon");
  CHECK(line("6.12", MigrateReason::kNone) == "none");
}

TEST_CASE("OwnerTextProfile: frames have addresses until 4.15",
          "[owner][text_profile]") {
  for (std::string_view version : {"3.19", "4.8", "5.10"}) {
    CAPTURE(version);
    EraWorld world(version);
    const Pfn pfn = world.machine.Alloc(Gfp(0xcc0), 0);
    const SimAddress frame =
        *world.machine.symbols.InternFrame("drv_probe+0x40/0x90 [drv]");
    std::string expected = " ";
    if (version != "5.10") {
      expected += "[<";
      AppendHexZeroPadded(expected, frame, 16);
      expected += ">] ";
    }
    expected += "drv_probe+0x40/0x90 [drv]\n";
    CHECK_THAT(world.Frames(pfn), ContainsText(expected));
    CHECK_THAT(world.machine.ReadAll(), ContainsText(expected));
  }
}

TEST_CASE("OwnerTextProfile: bug reports before 4.6 know no owner",
          "[owner][text_profile]") {
  // page-ext-owner-depot.md 8.
  for (std::string_view version : {"3.19", "4.5"}) {
    EraWorld world(version);
    CHECK(world.machine.DumpPage(world.machine.Alloc(Gfp(0xd0), 0)).empty());
  }
}

TEST_CASE("OwnerTextProfile: bug reports of 4.7", "[owner][text_profile]") {
  EraWorld world("4.7");
  const Pfn pfn = world.machine.Alloc(gfp::kHighuserMovable, 0);
  world.machine.owner.OnMigrateReason(pfn, MigrateReason::kContigRange);
  CHECK(world.machine.DumpPage(pfn) ==
        "page allocated via order 0, migratetype Movable, gfp_mask "
        "0x24200ca(GFP_HIGHUSER_MOVABLE)\n" +
            world.Frames(pfn) +
            "page has been migrated, last migrate reason: cma\n");
  CHECK(world.machine.DumpPage(Pfn(5)) ==
        "page_owner info is not active (free page?)\n");
}

TEST_CASE("OwnerTextProfile: bug reports of 5.10", "[owner][text_profile]") {
  EraWorld world("5.10");
  const Pfn pfn = world.machine.Alloc(Gfp(0xa20), 0);
  const std::string line =
      "page last allocated via order 0, migratetype Unmovable, gfp_mask "
      "0xa20(GFP_ATOMIC)\n";
  const std::string frames = world.Frames(pfn);
  CHECK(world.machine.DumpPage(pfn) ==
        "page_owner tracks the page as allocated\n" + line + frames +
            "page_owner free stack trace missing\n");
  world.machine.Free(pfn, 0);
  CHECK_THAT(world.machine.DumpPage(pfn),
             ContainsText("page_owner tracks the page as freed\n" + line +
                          frames + "page last free stack trace:\n free_"));
  CHECK(world.machine.DumpPage(Pfn(5)) ==
        "page_owner info is not present (never set?)\n");
}

TEST_CASE("OwnerTextProfile: bug reports of 6.3", "[owner][text_profile]") {
  EraWorld world("6.3");
  const Pfn pfn = world.machine.Alloc(gfp::kKernel, 0);
  const std::string frames = world.Frames(pfn);
  world.machine.kernel.context.now = Nanoseconds(6000);
  world.machine.Free(pfn, 0);
  CHECK_THAT(world.machine.DumpPage(pfn),
             ContainsText("page last allocated via order 0, migratetype "
                          "Unmovable, gfp_mask 0xcc0(GFP_KERNEL), pid 77, "
                          "tgid 77 (insmod), ts 5000, free_ts 6000\n" +
                          frames + "page last free stack trace:\n free_"));
}

TEST_CASE("OwnerTextProfile: mixed pageblocks are told by the version's bits",
          "[owner][text_profile]") {
  // A movable page of 3.19 in movable pageblocks: in 6.12's bits the mask
  // would ask for HighAtomic.
  EraWorld world("3.19");
  AllocatorState& state = world.machine.kernel.state;
  const Pfn pfn =
      world.machine.Alloc(gfp::kHighuserMovable.With(gfp::kZero), 0);
  RecordFormatter formatter({.profile = &world.machine.owner.text()});
  CHECK(formatter.TypeOf(world.machine.RecordOf(pfn).gfp_mask) ==
        Migratetype::kMovable);
  CHECK(RecordFormatter({}).TypeOf(0x280da) == Migratetype::kHighAtomic);
  const Zone& zone = *state.FindZone(pfn);
  const auto movable = static_cast<size_t>(Index(Migratetype::kMovable));
  const uint64_t before = CountMixedBlocks(world.machine.owner, zone)[movable];
  world.machine.Free(pfn, 0);
  CHECK(CountMixedBlocks(world.machine.owner, zone)[movable] == before);
}

TEST_CASE("DumpWriter: versions that cannot seek count from the first pfn",
          "[owner][text_profile]") {
  // page-ext-owner-depot.md 6.1.
  EraWorld old("6.3");
  EraWorld now("6.12");
  const uint64_t first = old.machine.kernel.memory->min_low_pfn().value();
  REQUIRE(first > 0);
  const Pfn pfn = old.machine.Alloc(gfp::kKernel, 0);
  REQUIRE(now.machine.Alloc(gfp::kKernel, 0) == pfn);
  std::vector<char> buffer(4096);
  DumpWriter old_writer(old.machine.owner, {});
  uint64_t position = pfn.value() - first;
  REQUIRE(*old_writer.ReadRecord(position, absl::MakeSpan(buffer)) > 0);
  CHECK(position == pfn.value() - first + 1);
  DumpWriter new_writer(now.machine.owner, {});
  position = pfn.value();
  REQUIRE(*new_writer.ReadRecord(position, absl::MakeSpan(buffer)) > 0);
  CHECK(position == pfn.value() + 1);
}

TEST_CASE("DumpWriter: reads were not cut to a page before 5.0",
          "[owner][text_profile]") {
  std::vector<std::string> names;
  for (int i = 0; i < 14; ++i) {
    names.push_back(std::string(300, 'x') + std::to_string(100 + i) +
                    "+0x10/0x20");
  }
  std::vector<char> buffer(16384);
  for (std::string_view version : {"4.8", "6.12"}) {
    CAPTURE(version);
    EraWorld world(version);
    world.machine.CallFromStack({names.begin(), names.end()});
    const Pfn pfn = world.machine.Alloc(Gfp(0xd0), 0);
    DumpWriter writer(world.machine.owner, {});
    uint64_t position = pfn.value();
    if (version == "4.8") {
      position -= world.machine.kernel.memory->min_low_pfn().value();
    }
    const auto size = writer.ReadRecord(position, absl::MakeSpan(buffer));
    CHECK(size.ok() == (version == "4.8"));
  }
}

}  // namespace pagelab
