#include "pagelab/owner/dump/diff_dumps.h"

#include "pagelab/test/owner/dump_text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {
namespace {

DumpDiff Diff(const std::vector<std::string>& texts,
              const GroupOptions& options = {}) {
  const TemporaryDirectory directory;
  std::vector<std::string> paths;
  for (const std::string& text : texts) {
    paths.push_back(directory.WriteFile(std::to_string(paths.size()), text));
  }
  absl::StatusOr<DumpDiff> diff = DiffDumps(paths, options);
  REQUIRE(diff.ok());
  return *std::move(diff);
}

const DiffGroup& GroupOf(const DumpDiff& diff, std::string_view value) {
  for (const DiffGroup& group : diff.groups) {
    if (group.values[0] == value) return group;
  }
  FAIL("no group " << std::string(value));
  return diff.groups.front();
}

constexpr std::string_view kA = " a+0x1/0x2\n";
constexpr std::string_view kB = " b+0x1/0x2\n";
constexpr std::string_view kC = " c+0x1/0x2\n";

TEST_CASE("DiffDumps: groups that grew come first, with what is new",
          "[owner][diff_dumps]") {
  const DumpDiff diff =
      Diff({RecordOf({.order = 2, .frames = kA}) + RecordOf({.frames = kB}),
            RecordOf({.frames = kA}) + RecordOf({.order = 1, .frames = kB}) +
                RecordOf({.order = 3, .frames = kC})});
  REQUIRE(diff.groups.size() == 3);
  CHECK(diff.groups[0].values[0] == kC);
  CHECK(diff.groups[0].growth() == 8);
  CHECK(diff.groups[0].is_new());
  CHECK(diff.groups[1].growth() == 1);
  CHECK_FALSE(diff.groups[1].is_new());
  CHECK(diff.groups[2].growth() == -3);
  CHECK(diff.growth() == 6);
  CHECK(diff.totals[0].pages == 5);
  CHECK(diff.totals[1].records == 3);
}

TEST_CASE("DiffDumps: an allocation that is in every dump never went away",
          "[owner][diff_dumps]") {
  const std::string stays = RecordOf({.ts = 5, .pfn = 0x10, .frames = kA});
  const std::string freed = RecordOf({.ts = 6, .pfn = 0x20, .frames = kA});
  // The same page, allocated again by the same stack.
  const std::string again = RecordOf({.ts = 7, .pfn = 0x20, .frames = kA});
  const DumpDiff diff =
      Diff({stays + freed, stays + again, stays + again + freed});
  CHECK(diff.stayed.pages == 1);
  CHECK(GroupOf(diff, kA).stayed.records == 1);
  CHECK(GroupOf(diff, kA).counts[2].records == 3);
}

TEST_CASE(
    "DiffDumps: a group that grew every time is told from one that did "
    "not",
    "[owner][diff_dumps]") {
  const auto pages = [](int a, int b) {
    return RecordOf({.order = a, .frames = kA}) +
           RecordOf({.order = b, .frames = kB});
  };
  const DumpDiff diff = Diff({pages(0, 0), pages(1, 2), pages(2, 1)});
  CHECK(GroupOf(diff, kA).grew_always());
  CHECK_FALSE(GroupOf(diff, kB).grew_always());
}

TEST_CASE("DiffDumps: other boots and builds compare by what is asked for",
          "[owner][diff_dumps]") {
  const std::string before =
      RecordOf({.frames = " [<ffffffff81000000>] f+0x1/0x2\n"});
  const std::string after =
      RecordOf({.frames = " [<ffffffff99000000>] f+0x1/0x2\n"});
  const std::string rebuilt = RecordOf({.frames = " f.isra.0+0x7/0x9\n"});
  CHECK(Diff({before, after}).groups.size() == 1);
  CHECK(Diff({before, rebuilt}).groups.size() == 2);
  GroupOptions functions;
  functions.identity = StackIdentity::kFunctions;
  CHECK(Diff({before, rebuilt}, functions).groups.size() == 1);
  GroupOptions by_comm;
  by_comm.by = {DumpField::kComm};
  CHECK(Diff({before, rebuilt}, by_comm).groups.size() == 1);
}

TEST_CASE("DiffDumps: a dump's ages count from its own time",
          "[owner][diff_dumps]") {
  const TemporaryDirectory directory;
  const std::string before =
      directory.WriteFile("before", RecordOf({.ts = 1'000'000'000}));
  const std::string after =
      directory.WriteFile("after", RecordOf({.ts = 90'000'000'000}));
  GroupOptions options;
  options.by = {DumpField::kAge};
  const auto diff =
      DiffDumps({before, after}, options, {1'000'000'000, 90'000'000'000});
  REQUIRE(diff.ok());
  REQUIRE(diff->groups.size() == 1);
  CHECK(diff->groups[0].values[0] == "under 1s");
}

TEST_CASE(
    "DiffDumps: a kernel that prints addresses and one that does not "
    "have the same stacks",
    "[owner][diff_dumps]") {
  const DumpDiff diff =
      Diff({RecordOf({.frames = " [<ffffffff81000000>] f+0x1/0x2\n"}),
            RecordOf({.frames = " f+0x1/0x2\n"})});
  REQUIRE(diff.groups.size() == 1);
  CHECK(diff.groups[0].growth() == 0);
}

}  // namespace
}  // namespace pagelab
