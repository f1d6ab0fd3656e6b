#include "pagelab/owner/dump/group_dumps.h"

#include <algorithm>

#include "pagelab/test/owner/dump_text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

class Dumps {
 public:
  std::string Write(const std::string& text) {
    return directory_.WriteFile(std::to_string(files_++), text);
  }
  GroupedDumps Group(const std::vector<std::string>& texts,
                     const GroupOptions& options) {
    std::vector<std::string> paths;
    for (const std::string& text : texts) paths.push_back(Write(text));
    absl::StatusOr<GroupedDumps> grouped = GroupDumps(paths, options);
    REQUIRE(grouped.ok());
    return *std::move(grouped);
  }
  // Of one record: the value of a field.
  std::string ValueOf(DumpField field, const std::string& record) {
    GroupOptions options;
    options.by = {field};
    options.now = 5'000'000'000;
    const GroupedDumps grouped = Group({record}, options);
    REQUIRE(grouped.groups.size() == 1);
    return grouped.groups[0].values[0];
  }

 private:
  TemporaryDirectory directory_;
  int files_ = 0;
};

TEST_CASE("GroupDumps: pages are added up by stack, most first",
          "[owner][group_dumps]") {
  Dumps dumps;
  const GroupedDumps grouped =
      dumps.Group({RecordOf({.frames = " a+0x1/0x2\n"}) +
                   RecordOf({.order = 3, .frames = " b+0x1/0x2\n"}) +
                   RecordOf({.pid = 2, .frames = " a+0x1/0x2\n"})},
                  {});
  REQUIRE(grouped.groups.size() == 2);
  CHECK(grouped.groups[0].values[0] == " b+0x1/0x2\n");
  CHECK(grouped.groups[0].count.pages == 8);
  CHECK(grouped.groups[1].count.pages == 2);
  CHECK(grouped.groups[1].count.records == 2);
  CHECK(grouped.total.pages == 10);
  CHECK(grouped.statistics.records() == 3);
}

TEST_CASE("GroupDumps: every field has its value", "[owner][group_dumps]") {
  Dumps dumps;
  const std::string record =
      RecordOf({.order = 2,
                .mask = "0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP)",
                .pid = 7,
                .comm = "thp user",
                .ts = 3'000'000'000,
                .pfn = 0x100000,
                .type = "Movable",
                .block_type = "CMA",
                .flags = "0x0(lru|node=1|zone=2|lastcpupid=0x3fff)",
                .frames = " alloc_pages+0x1/0x2\n poll+0x1/0x2 [drv]\n",
                .notes = "Charged (via objcg) to offline memcg job-7\n"});
  CHECK(dumps.ValueOf(DumpField::kFunction, record) == "poll [drv]");
  CHECK(dumps.ValueOf(DumpField::kModule, record) == "drv");
  CHECK(dumps.ValueOf(DumpField::kComm, record) == "thp user");
  CHECK(dumps.ValueOf(DumpField::kPid, record) == "7");
  CHECK(dumps.ValueOf(DumpField::kTgid, record) == "7");
  CHECK(dumps.ValueOf(DumpField::kMemcg, record) == "job-7");
  CHECK(dumps.ValueOf(DumpField::kOrder, record) == "2");
  CHECK(dumps.ValueOf(DumpField::kGfp, record) ==
        "GFP_HIGHUSER_MOVABLE|__GFP_COMP");
  CHECK(dumps.ValueOf(DumpField::kMigratetype, record) == "Movable");
  CHECK(dumps.ValueOf(DumpField::kPageblockType, record) == "CMA");
  CHECK(dumps.ValueOf(DumpField::kZone, record) == "Normal");
  CHECK(dumps.ValueOf(DumpField::kNode, record) == "1");
  CHECK(dumps.ValueOf(DumpField::kAllocator, record) == "cma");
  CHECK(dumps.ValueOf(DumpField::kAge, record) == "1s to 10s");
}

TEST_CASE("GroupDumps: what an old record does not say is a dash",
          "[owner][group_dumps]") {
  Dumps dumps;
  const std::string record =
      "Page allocated via order 0, mask 0x280da\n"
      "PFN 4096 Block 8 type 2          Flags    U LA     \n"
      " [<ffffffff8115a0b1>] alloc_pages_vma+0x91/0x100\n\n";
  for (const DumpField field :
       {DumpField::kComm, DumpField::kPid, DumpField::kTgid, DumpField::kMemcg,
        DumpField::kMigratetype, DumpField::kNode, DumpField::kAge}) {
    CAPTURE(InfoOf(field).name);
    CHECK(dumps.ValueOf(field, record) == "-");
  }
  CHECK(dumps.ValueOf(DumpField::kGfp, record) == "0x280da");
  CHECK(dumps.ValueOf(DumpField::kPageblockType, record) == "2");
  CHECK(dumps.ValueOf(DumpField::kZone, record) == "DMA32");
  CHECK(dumps.ValueOf(DumpField::kStack, record) ==
        " alloc_pages_vma+0x91/0x100\n");
}

TEST_CASE("GroupDumps: a handle is the stack that another file has for it",
          "[owner][group_dumps]") {
  Dumps dumps;
  const std::string handles =
      "handle: 42\nnr_base_pages: 7\n\nhandle: 43\nnr_base_pages: 5\n\n";
  const std::string stacks =
      " alloc_pages+0x1/0x2\n drv_fill+0x1/0x2\nhandle: 42\n\n";
  const GroupedDumps grouped = dumps.Group({handles, stacks}, {});
  REQUIRE(grouped.groups.size() == 2);
  CHECK(grouped.groups[0].values[0] ==
        " alloc_pages+0x1/0x2\n drv_fill+0x1/0x2\n");
  CHECK(grouped.groups[0].count.pages == 7);
  CHECK(grouped.groups[1].values[0] == " handle: 43\n");
  GroupOptions by_function;
  by_function.by = {DumpField::kFunction};
  const GroupedDumps functions = dumps.Group({stacks, handles}, by_function);
  CHECK(functions.groups[0].values[0] == "drv_fill");
  CHECK(functions.groups[1].values[0] == "handle: 43");
}

TEST_CASE("GroupDumps: a handle resolves for modules and other builds, too",
          "[owner][group_dumps]") {
  Dumps dumps;
  const std::string handles =
      "handle: 42\nnr_base_pages: 7\n\nhandle: 43\nnr_base_pages: 5\n\n";
  const std::string stacks =
      " alloc_pages+0x1/0x2\n drv_fill.isra.0+0x1/0x2 [drv]\nhandle: 42\n\n";
  GroupOptions options;
  options.by = {DumpField::kModule};
  const GroupedDumps modules = dumps.Group({handles, stacks}, options);
  REQUIRE(modules.groups.size() == 2);
  CHECK(modules.groups[0].values[0] == "drv");
  CHECK(modules.groups[1].values[0] == "-");
  options.by = {DumpField::kStack};
  options.identity = StackIdentity::kFunctions;
  const std::string same =
      RecordOf({.frames = " alloc_pages+0x5/0x6\n drv_fill+0x1/0x9 [drv]\n"});
  const GroupedDumps functions = dumps.Group({handles, stacks, same}, options);
  REQUIRE(functions.groups.size() == 2);
  CHECK(functions.groups[0].values[0] == " alloc_pages\n drv_fill [drv]\n");
  CHECK(functions.groups[0].count.pages == 8);
  CHECK(functions.groups[1].values[0] == " handle: 43\n");
}

TEST_CASE("GroupDumps: a filter leaves the others out",
          "[owner][group_dumps]") {
  Dumps dumps;
  const auto filter = RecordFilter::Compile("order>=1");
  REQUIRE(filter.ok());
  GroupOptions options;
  options.filter = &*filter;
  const GroupedDumps grouped =
      dumps.Group({RecordOf({}) + RecordOf({.order = 1})}, options);
  CHECK(grouped.total.pages == 2);
  CHECK(grouped.statistics.records() == 2);
}

TEST_CASE("GroupDumps: stacks of other builds are one by their functions",
          "[owner][group_dumps]") {
  Dumps dumps;
  GroupOptions options;
  options.identity = StackIdentity::kFunctions;
  const GroupedDumps grouped =
      dumps.Group({RecordOf({.frames = " f.isra.0+0x1/0x2\n"}),
                   RecordOf({.frames = " f+0x5/0x6\n"})},
                  options);
  REQUIRE(grouped.groups.size() == 1);
  CHECK(grouped.groups[0].count.records == 2);
}

TEST_CASE("GroupDumps: many readers count as one does",
          "[owner][group_dumps]") {
  // Several shares of a file, and several fields.
  std::string text;
  for (int i = 0; text.size() < (size_t{9} << 20); ++i) {
    const std::string frames = " f" + std::to_string(i % 7) + "+0x1/0x2\n";
    const std::string comm = "task" + std::to_string(i % 11);
    text += RecordOf(
        {.order = i % 3, .pid = i % 5, .comm = comm, .frames = frames});
  }
  GroupOptions options;
  options.by = {DumpField::kStack, DumpField::kComm, DumpField::kPid};
  Dumps dumps;
  const std::string path = dumps.Write(text);
  const auto parallel = GroupDumps({path}, options);
  GroupCounter one(options.by, options.identity, std::nullopt);
  DumpParser parser;
  DumpRecord record;
  std::string_view rest = text;
  size_t taken = 0;
  while (parser.Next(rest, true, record, taken) == DumpParser::Found::kRecord) {
    one.Add(record);
    rest.remove_prefix(taken);
  }
  REQUIRE(parallel.ok());
  std::vector<DumpGroup> expected = one.Groups();
  REQUIRE(parallel->groups.size() == expected.size());
  CHECK(expected.size() == 7 * 11 * 5);
  const auto by_values = [](const DumpGroup& a, const DumpGroup& b) {
    return a.values < b.values;
  };
  std::vector<DumpGroup> got = parallel->groups;
  std::sort(got.begin(), got.end(), by_values);
  std::sort(expected.begin(), expected.end(), by_values);
  for (size_t i = 0; i < got.size(); ++i) {
    REQUIRE(got[i].values == expected[i].values);
    REQUIRE(got[i].count.pages == expected[i].count.pages);
    REQUIRE(got[i].count.records == expected[i].count.records);
  }
}

TEST_CASE("GroupDumps: a file without a record is refused",
          "[owner][group_dumps]") {
  Dumps dumps;
  const auto grouped = GroupDumps({dumps.Write("hello\n")}, {});
  CHECK_FALSE(grouped.ok());
  CHECK_FALSE(GroupDumps({"/nonexistent/dump"}, {}).ok());
}

}  // namespace
}  // namespace pagelab
