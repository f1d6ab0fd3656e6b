// pagelab's own sort: what the documentation of all generations promises.

#include <string>

#include "pagelab/base/compressed_output.h"
#include "pagelab/owner/sort/dump_sort.h"
#include "pagelab/test/owner/sort_fixture.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

SortPlan PlanOf(std::vector<SortKey> order, CullKeys cull = {}) {
  SortPlan plan;
  plan.order = std::move(order);
  plan.cull = cull;
  return plan;
}

std::string Sort(const std::vector<std::string>& paths, const SortPlan& plan) {
  StringOutput out;
  const absl::StatusOr<ReadStatistics> statistics =
      SortDumps(paths, {.plan = plan, .strict = false, .scan = {}}, out);
  CAPTURE(statistics.status().ToString());
  REQUIRE(statistics.ok());
  return out.text();
}

std::string SortText(std::string_view dump, const SortPlan& plan) {
  const TemporaryDirectory directory;
  return Sort({directory.WriteFile("dump", dump)}, plan);
}

std::string Record(int pid, const std::string& name, const std::string& times) {
  return "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid " +
         std::to_string(pid) + ", tgid " + std::to_string(pid / 10) + " (" +
         name + "), " + times +
         "\nPFN 0x1 type Movable Block 0 type Movable "
         "Flags 0x0()\n f" +
         std::to_string(pid % 10) + "+0x1/0x2\n\n";
}

TEST_CASE("SortDumps: makes of the example what 6.12 makes", "[owner][sort]") {
  const SortKey keys[] = {kMostTimes,        kMostPages,      {SortBy::kPid},
                          {SortBy::kTgid},   {SortBy::kName}, {SortBy::kStack},
                          {SortBy::kAllocTs}};
  const CullKeys culls[] = {{},
                            {.stack = true},
                            {.pid = true},
                            {.name = true, .allocator = true},
                            {.stack = true, .tgid = true}};
  for (const SortKey& key : keys) {
    for (const CullKeys& cull : culls) {
      CHECK(SortText(kSortExample, PlanOf({key}, cull)) ==
            SortCompat(kSortExample, Plan612(key, cull)).text);
    }
  }
}

TEST_CASE("SortDumps: several sort keys count, each in its direction",
          "[owner][sort]") {
  const std::string dump = Record(11, "b", "ts 1 ns") +
                           Record(12, "a", "ts 2 ns") +
                           Record(13, "b", "ts 3 ns");
  const CullKeys cull = {.pid = true, .name = true};
  const auto pids = [&](std::vector<SortKey> order) {
    std::string text;
    for (const std::string& line :
         GroupLines(SortText(dump, PlanOf(std::move(order), cull)))) {
      text += line.substr(line.find("PID ") + 4, 2) + " ";
    }
    return text;
  };
  CHECK(pids({{SortBy::kName}, {SortBy::kPid, true}}) == "12 13 11 ");
  CHECK(pids({{SortBy::kName, true}, {SortBy::kPid}}) == "11 13 12 ");
  CHECK(pids({{SortBy::kAllocTs, true}}) == "13 12 11 ");
  CHECK(pids({{SortBy::kTgid}, {SortBy::kText, true}}) == "13 12 11 ");
  CHECK(pids({{SortBy::kAllocator}, {SortBy::kStack}}) == "11 12 13 ");
}

TEST_CASE("SortDumps: blocks of one text are one group, whatever the keys",
          "[owner][sort]") {
  const std::string other = Record(12, "a", "ts 5 ns");
  const std::string same = Record(11, "b", "ts 5 ns");
  std::string cma = same;
  cma.replace(cma.find("Movable Block 0"), 7, "CMA");
  const SortPlan plan =
      PlanOf({{SortBy::kAllocTs}, {SortBy::kAllocator}, {SortBy::kPid}});
  CHECK(GroupLines(SortText(cma + other + same, plan)) ==
        Lines{"2 times, 2 pages, allocated by CMA :",
              "1 times, 1 pages, allocated by OTHERS :"});
}

TEST_CASE("SortDumps: times stay in the text that they sort", "[owner][sort]") {
  const std::string dump = Record(11, "b", "ts 9 ns, free_ts 5 ns") +
                           Record(11, "b", "ts 8 ns, free_ts 7 ns") +
                           Record(11, "b", "ts 9 ns, free_ts 0 ns");
  const auto heads = [&](SortKey key) {
    std::string text;
    const std::string sorted = SortText(dump, PlanOf({key}));
    for (size_t at = sorted.find("ts "); at != sorted.npos;
         at = sorted.find("\nPage", at)) {
      at = sorted.find(", ts ", at == sorted.find("ts ") ? 0 : at);
      text += sorted.substr(at + 2, sorted.find('\n', at) - at - 2) + "; ";
    }
    return text;
  };
  CHECK(heads(kMostTimes) == "ts  ns, free_ts  ns; ");
  CHECK(heads({SortBy::kAllocTs}) ==
        "ts 8 ns, free_ts  ns; ts 9 ns, free_ts  ns; ");
  CHECK(heads({SortBy::kFreeTs}) ==
        "ts  ns, free_ts 0 ns; ts  ns, free_ts 5 ns; ts  ns, free_ts 7 ns; ");
}

TEST_CASE(
    "SortDumps: a block is released when it was freed after its "
    "allocation",
    "[owner][sort]") {
  const std::string dump = Record(11, "b", "ts 9 ns, free_ts 5 ns") +
                           Record(12, "b", "ts 8 ns, free_ts 9 ns") +
                           Record(13, "b", "ts 9 ns, free_ts 0 ns") +
                           Record(14, "b", "ts 9 ns");
  CHECK(SortText(dump, PlanOf({kMostTimes}, {.free = true})) ==
        "3 times, 3 pages (UNRELEASED)\n1 times, 1 pages (RELEASED)\n");
  SortPlan plan = PlanOf({kMostTimes}, {.tgid = true});
  plan.filters.in_use_only = true;
  CHECK(SortText(dump, plan) == "3 times, 3 pages, TGID 1\n");
}

TEST_CASE("SortDumps: no record is lost, too large or too many",
          "[owner][sort]") {
  std::string last = Record(12, "b", "ts 2 ns");
  last.pop_back();
  CHECK(SortText(Record(11, "b", "ts 1 ns") + "\n\n\n" + last,
                 PlanOf({{SortBy::kPid}}, {.pid = true})) ==
        "1 times, 1 pages, PID 11\n1 times, 1 pages, PID 12\n");
  // Short ones, of which the kernel's tool stores one per 100 bytes.
  std::string many;
  for (int i = 0; i < 1000; ++i) {
    many +=
        "Page allocated via order 9, mask 0x1\nPFN 1 Block 0 type 2 Flags "
        "X\n\n";
  }
  CHECK(SortText(many, PlanOf({kMostTimes}, {.pid = true})) ==
        "1000 times, 512000 pages, PID -1\n");
}

TEST_CASE("SortDumps: sums of pages do not wrap", "[owner][sort]") {
  const TemporaryDirectory directory;
  const std::string stacks =
      directory.WriteFile("show_stacks",
                          " a+0x1/0x2\nnr_base_pages: 3000000000\n\n"
                          " b+0x1/0x2\nnr_base_pages: 5\n\n");
  CHECK(Sort({stacks, stacks}, PlanOf({kMostPages}, {.stack = true})) ==
        "2 times, 6000000000 pages:\n a+0x1/0x2\n\n"
        "2 times, 10 pages:\n b+0x1/0x2\n\n");
}

TEST_CASE("SortDumps: files of all kinds are one input", "[owner][sort]") {
  const TemporaryDirectory directory;
  std::string crlf;
  for (const char c : Record(11, "b", "ts 3 ns")) {
    if (c == '\n') crlf += '\r';
    crlf += c;
  }
  const std::string packed = directory.File("dump.xz");
  {
    const auto out = OpenOutputBySuffix(packed);
    REQUIRE(out.ok());
    (*out)->Append(Record(11, "b", "ts 1 ns"));
    REQUIRE((*out)->Commit().ok());
  }
  const std::string old =
      directory.WriteFile("old",
                          "Page allocated via order 3, mask 0x2000d0\n"
                          "PFN 5 Block 0 type 0 Flags        \n"
                          " [<ffffffff811682d4>] f1+0x1/0x2\n\n");
  // The first of a group is the first of the first file.
  CHECK(Sort({directory.WriteFile("crlf", crlf), packed, old},
             PlanOf({{SortBy::kPages}})) ==
        "2 times, 2 pages, allocated by OTHERS :\n"
        "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 11, tgid 1 "
        "(b), ts  ns\n f1+0x1/0x2\n\n"
        "1 times, 8 pages, allocated by OTHERS :\n"
        "Page allocated via order 3, mask 0x2000d0\n"
        " [<ffffffff811682d4>] f1+0x1/0x2\n\n");
}

TEST_CASE("SortDumps: damage is counted, or an error when it is strict",
          "[owner][sort]") {
  const TemporaryDirectory directory;
  const std::string good = Record(11, "b", "ts 3 ns");
  const std::vector<std::string> paths = {
      directory.WriteFile("dump", good + good.substr(0, 60) + "\n\n" + good)};
  StringOutput out;
  DumpSortOptions options{
      .plan = PlanOf({kMostTimes}, {.pid = true}), .strict = false, .scan = {}};
  const auto statistics = SortDumps(paths, options, out);
  REQUIRE(statistics.ok());
  CHECK(statistics->damaged() == 1);
  CHECK(out.text() == "2 times, 2 pages, PID 11\n");
  options.strict = true;
  StringOutput none;
  const absl::Status strict = SortDumps(paths, options, none).status();
  CHECK_THAT(std::string(strict.message()),
             ContainsText("byte " + std::to_string(good.size())));
  CHECK(none.text().empty());
}

TEST_CASE("SortDumps: a text without records is refused, an empty one is not",
          "[owner][sort]") {
  const TemporaryDirectory directory;
  StringOutput out;
  const DumpSortOptions options{
      .plan = PlanOf({kMostTimes}), .strict = false, .scan = {}};
  const std::vector<std::string> text = {
      directory.WriteFile("text", "Dear all,\n\nplease find\n")};
  CHECK_THAT(std::string(SortDumps(text, options, out).status().message()),
             ContainsText("no page_owner record"));
  CHECK(Sort({directory.WriteFile("empty", "")}, options.plan).empty());
}

}  // namespace
}  // namespace pagelab
