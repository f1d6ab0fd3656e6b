#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/recordings.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/frag/frag_report.h"
#include "pagelab/workloads/snapshot/snapshot_machine.h"

namespace pagelab {
namespace {

constexpr std::string_view kBuddyinfo =
    "Node 0, zone      DMA      0      0      0      0      0      0      0"
    "      0      1      1      3 \n"
    "Node 0, zone    DMA32      4      2      0      1      0      0      0"
    "      0      0      0      0 \n";

constexpr std::string_view kPagetypeinfo =
    "Page block order: 9\n"
    "Pages per block:  512\n"
    "\n"
    "Free pages count per migrate type at order       0      1      2      3"
    "      4      5      6      7      8      9     10 \n"
    "Node    0, zone      DMA, type    Unmovable      0      0      0      0"
    "      0      0      0      0      1      0      0 \n"
    "Node    0, zone      DMA, type      Movable      0      0      0      0"
    "      0      0      0      0      0      1      3 \n"
    "Node    0, zone    DMA32, type    Unmovable      3      0      0      0"
    "      0      0      0      0      0      0      0 \n"
    "Node    0, zone    DMA32, type      Movable      0      2      0      1"
    "      0      0      0      0      0      0      0 \n"
    "\n"
    "Number of blocks type     Unmovable      Movable \n"
    "Node 0, zone      DMA            1            7 \n"
    "Node 0, zone    DMA32            2            6 \n"
    "\n"
    "Number of mixed blocks    Unmovable      Movable \n"
    "Node 0, zone      DMA            0            0 \n"
    "Node 0, zone    DMA32            1            3 \n";

NamedText Buddyinfo(std::string_view text = kBuddyinfo) {
  return {.name = "b", .text = std::string(text)};
}
NamedText Pagetypeinfo(std::string_view text = kPagetypeinfo) {
  return {.name = "p", .text = std::string(text)};
}

FreeMemory MustRead(const std::optional<NamedText>& buddyinfo,
                    const std::optional<NamedText>& pagetypeinfo) {
  auto memory = ReadFreeMemory(buddyinfo, pagetypeinfo);
  INFO(memory.status().ToString());
  REQUIRE(memory.ok());
  return *std::move(memory);
}

std::string ErrorOf(const std::optional<NamedText>& buddyinfo,
                    const std::optional<NamedText>& pagetypeinfo) {
  const auto memory = ReadFreeMemory(buddyinfo, pagetypeinfo);
  REQUIRE_FALSE(memory.ok());
  CHECK(memory.status().code() == absl::StatusCode::kInvalidArgument);
  return std::string(FromAbsl(memory.status().message()));
}

std::string Replaced(std::string_view text, std::string_view from,
                     std::string_view to) {
  std::string result(text);
  const size_t at = result.find(from);
  REQUIRE(at != std::string::npos);
  return result.replace(at, from.size(), to);
}

TEST_CASE("FreeMemory: buddyinfo decides the sums, pagetypeinfo the types",
          "[workloads][frag]") {
  const FreeMemory memory = MustRead(Buddyinfo(), Pagetypeinfo());
  REQUIRE(memory.zones.size() == 2);
  CHECK(memory.types == std::vector<std::string>{"Unmovable", "Movable"});
  CHECK(memory.pageblock_order == Order(9));
  CHECK(memory.has_mixed());
  const FreeMemoryZone& zone = memory.zones[1];
  CHECK(zone.name == "DMA32");
  // A page more than the types had when pagetypeinfo was read.
  CHECK(zone.all.blocks(Order(0)) == 4);
  CHECK(zone.by_type[0].blocks(Order(0)) == 3);
  CHECK(zone.by_type[1].blocks(Order(3)) == 1);
  CHECK(zone.pageblocks == std::vector<uint64_t>{2, 6});
  CHECK(zone.mixed == std::vector<uint64_t>{1, 3});
  const FreeMemoryZone sum = memory.Sum();
  CHECK(sum.all.pages() == PageCount(256 + 512 + 3 * 1024 + 16));
  CHECK(sum.pageblocks == std::vector<uint64_t>{3, 13});
  CHECK(sum.mixed == std::vector<uint64_t>{1, 3});
  CHECK(sum.by_type[1].blocks(Order(10)) == 3);
}

TEST_CASE("FreeMemory: either file alone will do", "[workloads][frag]") {
  const FreeMemory buddy = MustRead(Buddyinfo(), std::nullopt);
  CHECK(buddy.types.empty());
  CHECK_FALSE(buddy.pageblock_order.has_value());
  CHECK(buddy.Sum().all.pages() == PageCount(3856));
  const FreeMemory types = MustRead(std::nullopt, Pagetypeinfo());
  CHECK(types.zones[1].all.pages() == PageCount(15));
  // page_owner was off: that part is not there.
  const std::string_view text = kPagetypeinfo;
  const FreeMemory plain =
      MustRead(std::nullopt,
               Pagetypeinfo(text.substr(0, text.find("\nNumber of mixed"))));
  CHECK_FALSE(plain.has_mixed());
}

TEST_CASE("FreeMemory: lists that the kernel stopped counting are told",
          "[workloads][frag]") {
  const std::string text =
      Replaced(kPagetypeinfo, "Unmovable      3 ", "Unmovable >100000 ");
  const FreeMemory memory = MustRead(std::nullopt, Pagetypeinfo(text));
  CHECK(memory.lists_cut_off);
  CHECK(memory.zones[1].by_type[0].blocks(Order(0)) == 100000);
}

TEST_CASE("FreeMemory: files that are wrong or cut off are refused",
          "[workloads][frag]") {
  const auto buddy = [](std::string_view text) {
    return ErrorOf(Buddyinfo(text), std::nullopt);
  };
  CHECK(buddy("") == "b: empty; it must be a copy of /proc/buddyinfo");
  CHECK(buddy(kBuddyinfo.substr(0, 150)) ==
        "b: cut off inside its last line; it must be a whole copy of "
        "/proc/buddyinfo");
  CHECK(buddy("Node 0, zone DMA 1 2 3\n") ==
        "b:1:1: not a line of /proc/buddyinfo: \"Node 0, zone DMA\" and 11 "
        "numbers");
  CHECK(buddy("\n") ==
        "b: no \"Node 0, zone\" line; it must be a copy of /proc/buddyinfo");
  CHECK(buddy(Replaced(kBuddyinfo, "DMA32      4", "DMA32      x")) ==
        "b:2:1: \"x\" is not a number of blocks");
  CHECK(buddy(Replaced(kBuddyinfo, "  DMA32", "    DMA")) ==
        "b:2:1: this zone was there before");
  CHECK(buddy(Replaced(kBuddyinfo, "Node 0", "Node z")) ==
        "b:1:1: \"z,\" is no node");
  const auto types = [](std::string_view text) {
    return ErrorOf(std::nullopt, Pagetypeinfo(text));
  };
  const std::string_view text = kPagetypeinfo;
  CHECK(types(text.substr(0, text.find("Node    0, zone    DMA32"))) ==
        "p: no \"Number of blocks type\" line of node 0 zone DMA; it must be a "
        "whole copy of /proc/pagetypeinfo");
  CHECK(types(text.substr(0, text.rfind("Node 0"))) ==
        "p: no \"Number of mixed blocks\" line of node 0 zone DMA32; it must "
        "be a whole copy of /proc/pagetypeinfo");
  CHECK(types(Replaced(text, "Page block order: 9\n", "")) ==
        "p: no \"Page block order:\" line; it must be a whole copy of "
        "/proc/pagetypeinfo");
  CHECK(types(Replaced(text, "            2            6", "            2")) ==
        "p:12:1: must have a number for each of 2 types");
  CHECK(types(kBuddyinfo) == "p:1:1: not a line of /proc/pagetypeinfo");
  CHECK(ErrorOf(Buddyinfo(kBuddyinfo.substr(0, kBuddyinfo.find('\n') + 1)),
                Pagetypeinfo()) ==
        "p: has more zones than b; both must be of one machine");
  CHECK(ErrorOf(Buddyinfo(Replaced(kBuddyinfo, " DMA32", "Normal")),
                Pagetypeinfo()) ==
        "p: no node 0 zone Normal, which b has; both must be of one machine");
}

struct Record {
  uint64_t pfn = 0;
  int order = 0;
  std::string type = "Unmovable";
  std::string flags = "zone=1";
  std::string frame = "drv_fill";
  std::string comm = "drv";
  int pid = 7;
};

std::string Text(const Record& record) {
  const uint64_t block = record.pfn >> 9;
  return "Page allocated via order " + std::to_string(record.order) +
         ", mask 0xcc0(GFP_KERNEL), pid " + std::to_string(record.pid) +
         ", tgid 7 (" + record.comm + "), ts 1 ns\nPFN " +
         std::to_string(record.pfn) + " type " + record.type + " Block " +
         std::to_string(block) + " type Movable Flags 0x0(" + record.flags +
         ")\n " + record.frame + "+0x1/0x2\n\n";
}

void AddDump(PageblockMap& map, const std::vector<Record>& records,
             OwnerBy by = OwnerBy::kFunction) {
  std::string text;
  for (const Record& record : records) text += Text(record);
  auto input = InputStream::FromString("dump", text);
  REQUIRE(input.ok());
  const absl::Status status = map.AddDump(**input, by);
  INFO(status.ToString());
  REQUIRE(status.ok());
}

PageblockReport ReportOf(const std::vector<Record>& records,
                         OwnerBy by = OwnerBy::kFunction) {
  PageblockMap map(Order(9));
  AddDump(map, records, by);
  return ReportPageblocks(map, 10);
}

TEST_CASE("Pageblocks: what could be migrated", "[workloads][frag]") {
  CHECK(CouldBeMigrated("Movable", ""));
  CHECK(CouldBeMigrated("Unmovable", "uptodate|lru|zone=1"));
  CHECK_FALSE(CouldBeMigrated("Unmovable", "uptodate|lrux|zone=1"));
  CHECK_FALSE(CouldBeMigrated("Reclaimable", "slab"));
}

TEST_CASE("Pageblocks: who keeps them from being free, from a dump alone",
          "[workloads][frag]") {
  const PageblockReport report = ReportOf(
      {// Block 1: the driver alone. Block 2: with a page of a file.
       {.pfn = 512},
       {.pfn = 700, .order = 1},
       {.pfn = 1024},
       {.pfn = 1030, .type = "Movable", .frame = "read_file"},
       // Block 3: two drivers. Block 4: a file.
       {.pfn = 1536},
       {.pfn = 1540, .frame = "other_fill"},
       {.pfn = 2048, .order = 3, .type = "Movable", .frame = "read_file"},
       // Blocks 6 and 7 are one block of order 10.
       {.pfn = 3072, .order = 10, .frame = "huge"}});
  CHECK(report.total == 6);
  CHECK(report.one_block == 2);
  CHECK(report.movable == 1);
  CHECK(report.unmovable == 3);
  CHECK(report.in_use() == 4);
  CHECK(report.untracked == 0);
  REQUIRE(report.owners.size() == 3);
  const BlockingOwner& driver = report.owners[0];
  CHECK(driver.name == "drv_fill");
  CHECK(driver.pages == 5);
  CHECK(driver.unmovable == 5);
  CHECK(driver.blocks == 1);
  CHECK(driver.block_pages == 3);
  // Block 2 as well, once the file's page has moved.
  CHECK(driver.compacted_blocks == 2);
  CHECK(driver.compacted_pages == 4);
  CHECK(driver.in_blocks == 3);
  const BlockingOwner& file = report.owners[1];
  CHECK(file.name == "read_file");
  CHECK(file.pages == 9);
  CHECK(file.unmovable == 0);
  CHECK(file.blocks == 1);
  CHECK(file.compacted_blocks == 0);
  CHECK(file.in_blocks == 2);
  // Never alone, and the huge page is nobody's obstacle.
  CHECK(report.owners[2].name == "other_fill");
  CHECK(report.owners[2].in_blocks == 1);
  CHECK(report.owners[2].compacted_blocks == 0);
  // Fewest unmovable pages, then fewest pages in use, then the lowest.
  std::vector<uint64_t> order;
  for (const NearBlock& block : report.nearest) {
    order.push_back(block.range.begin.value());
  }
  CHECK(order == std::vector<uint64_t>{2048, 1024, 1536, 512});
  CHECK(report.nearest[1].owners[0].name == "drv_fill");
  CHECK(report.nearest[1].owners[1].unmovable == 0);
  CHECK(report.nearest[1].type == "Movable");
}

TEST_CASE("Pageblocks: owners by task, and pages that are nobody's",
          "[workloads][frag]") {
  const std::vector<Record> records = {
      {.pfn = 512, .comm = "nginx", .pid = 100},
      {.pfn = 513, .comm = "nginx", .pid = 101},
      {.pfn = 1024, .frame = "register_early_stack", .comm = "swapper"}};
  CHECK(ReportOf(records, OwnerBy::kComm).owners[0].name == "nginx");
  // Neither of the two is alone in its block.
  const PageblockReport by_pid = ReportOf(records, OwnerBy::kPid);
  REQUIRE(by_pid.owners.size() == 3);
  CHECK(by_pid.owners[0].name == "pid 7 (swapper)");
  CHECK(by_pid.owners[1].name == "pid 100 (nginx)");
  CHECK(by_pid.owners[1].blocks == 0);
  const PageblockReport by_stack = ReportOf(records);
  REQUIRE(by_stack.owners.size() == 2);
  CHECK(by_stack.owners[0].name == "drv_fill");
  CHECK_FALSE(by_stack.owners[0].special);
  CHECK(by_stack.owners[1].special);
  const PageblockReport by_module = ReportOf(records, OwnerBy::kModule);
  REQUIRE(by_module.owners.size() == 2);
  CHECK(by_module.owners[0].name == "kernel");
  CHECK(by_module.owners[1].special);
}

TEST_CASE("Pageblocks: a damaged dump is refused with its line",
          "[workloads][frag]") {
  PageblockMap map(Order(9));
  const std::string text = Text({.pfn = 512});
  auto input =
      InputStream::FromString("dump", text.substr(0, text.find("PFN")));
  REQUIRE(input.ok());
  const absl::Status status = map.AddDump(**input, OwnerBy::kFunction);
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK_THAT(std::string(FromAbsl(status.message())),
             ContainsText("dump:1:1: "));
}

AllocatorSnapshot SmallSnapshot() {
  AllocatorSnapshot snapshot;
  snapshot.migratetypes = {"Unmovable", "Movable"};
  SnapshotZone& zone = snapshot.zones.emplace_back();
  zone.name = "DMA32";
  zone.populated = true;
  zone.span = {Pfn(512), Pfn(512 * 8)};
  zone.pageblocks = {
      {.range = {Pfn(512), Pfn(1024)}, .migratetype = 0},
      {.range = {Pfn(1024), Pfn(512 * 7)}, .migratetype = 1},
      {.range = {Pfn(512 * 7), Pfn(512 * 8)}, .migratetype = -1}};
  // Blocks 4 and 5 are free, block 1 but for its first page, block 2 but for
  // a page on a per-cpu list, half of block 3; block 6 is reserved.
  zone.free[10][1] = {Pfn(2048)};
  for (const uint64_t block : {1, 2}) {
    for (size_t order = 0; order < 9; ++order) {
      zone.free[order][block - 1].push_back(
          Pfn(512 * block + (uint64_t{1} << order)));
    }
  }
  zone.free[8][1].push_back(Pfn(1536));
  SnapshotPcp& pcp = zone.pcps.emplace_back();
  pcp.lists[1] = {Pfn(1024)};
  return snapshot;
}

TEST_CASE("Pageblocks: a snapshot says what is free and what nobody knows",
          "[workloads][frag]") {
  PageblockMap map(Order(9));
  map.AddSnapshot(SmallSnapshot());
  AddDump(map, {{.pfn = 512}});
  const PageblockReport report = ReportPageblocks(map, 10);
  // Without the one that has no memory map.
  CHECK(report.total == 6);
  CHECK(report.free == 2);
  CHECK(report.on_pcp == 1);
  CHECK(report.unmovable == 1);
  // Half of block 3, and block 6, are in no record.
  CHECK(report.untracked == 2);
  REQUIRE(report.nearest.size() == 1);
  CHECK(report.nearest[0].range.begin == Pfn(512));
  CHECK(report.nearest[0].type == "Unmovable");
  const FreeMemory memory = FreeMemoryOf(SmallSnapshot());
  CHECK(memory.zones[0].pageblocks == std::vector<uint64_t>{1, 5});
  CHECK(memory.zones[0].all.pages() == PageCount(1024 + 2 * 511 + 256));
  CHECK(memory.zones[0].by_type[0].pages() == PageCount(511));
}

TEST_CASE("Frag: a machine's report agrees with its files",
          "[workloads][frag]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "hog", "steps": [
      {"repeat": {"times": 300, "steps": [
          {"alloc": {"order": 0, "gfp": "GFP_KERNEL"}}]}}]}]})");
  const std::string before = world.Dump();
  const auto report = FragOf(world.machine(), {});
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(world.Dump() == before);
  REQUIRE(report->blocks.has_value());
  const PageblockReport& blocks = *report->blocks;
  uint64_t pageblocks = 0;
  for (const uint64_t count : report->free.Sum().pageblocks) {
    pageblocks += count;
  }
  CHECK(blocks.total == pageblocks);
  CHECK(blocks.free + blocks.on_pcp + blocks.one_block + blocks.movable +
            blocks.unmovable + blocks.untracked ==
        blocks.total);
  size_t next = 0;
  for (const Zone& zone : world.machine().state().all_zones()) {
    if (!zone.populated()) continue;
    REQUIRE(next < report->free.zones.size());
    CHECK(report->free.zones[next++].all == FreeBlockCounts(zone));
  }
  CHECK(next == report->free.zones.size());
  const auto json = nlohmann::json::parse(FragJson(*report, {}));
  CHECK(json["pageblocks"]["total"] == pageblocks);
  CHECK(json["all"]["free_pages"] == report->free.Sum().all.pages().value());
  CHECK_THAT(FragText(*report, {}),
             ContainsText("pageblocks by type, and of them mixed"));
}

TEST_CASE("Frag: indices as text", "[workloads][frag]") {
  CHECK(IndexText(0) == "0.000");
  CHECK(IndexText(1000) == "1.000");
  CHECK(IndexText(-1000) == "-1.000");
  CHECK(IndexText(-50) == "-0.050");
}

TEST_CASE("Frag: the recorded machines, file by file",
          "[workloads][frag][recorded]") {
  for (const std::string& path : RecordedFiles("pagetypeinfo.txt")) {
    CAPTURE(path);
    const std::string folder = std::filesystem::path(path).parent_path();
    const auto read = [](const std::string& name) {
      auto text = ReadWholeFile(name);
      REQUIRE(text.ok());
      return NamedText{.name = name, .text = *std::move(text)};
    };
    const FreeMemory memory =
        MustRead(read(folder + "/buddyinfo.txt"), read(path));
    std::string snap = folder + "/snap_T2.txt";
    if (!std::filesystem::exists(snap)) snap += ".xz";
    const auto input = InputStream::Open(snap);
    REQUIRE(input.ok());
    const auto snapshot = ReadSnapshot(**input);
    REQUIRE(snapshot.ok());
    // The files were read some moments after the snapshot; pageblocks change
    // their type, and none comes or goes.
    const auto total = [](const FreeMemory& of) {
      uint64_t blocks = 0;
      for (const uint64_t count : of.Sum().pageblocks) blocks += count;
      return blocks;
    };
    CHECK(total(memory) == total(FreeMemoryOf(*snapshot)));

    PageblockMap map(*memory.pageblock_order);
    map.AddSnapshot(*snapshot);
    const auto dump = InputStream::Open(folder + "/page_owner.txt.xz");
    REQUIRE(dump.ok());
    REQUIRE(map.AddDump(**dump, OwnerBy::kFunction).ok());
    const PageblockReport report = ReportPageblocks(map, 3);
    CHECK(report.total == total(memory));
    CHECK(report.free + report.on_pcp + report.one_block + report.movable +
              report.unmovable + report.untracked ==
          report.total);
    // The kernel image and the memory map: 88 MiB of 2 GiB and of 1 GiB.
    CHECK(report.untracked * 10 < report.total);
    CHECK(report.owners.size() >= 3);
  }
}

}  // namespace
}  // namespace pagelab
