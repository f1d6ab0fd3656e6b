// The tools before 6.7 (page-owner-sort.md 9).

#include <string>

#include "pagelab/test/owner/sort_fixture.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

struct Times {
  int ts;
  int free_ts;
};

std::string Record(const std::string& stack, Times times, int pid = 5) {
  return "Page allocated via order 1, mask 0xcc0(GFP_KERNEL), pid " +
         std::to_string(pid) + ", tgid 6 (ab), ts " + std::to_string(times.ts) +
         " ns, free_ts " + std::to_string(times.free_ts) + " ns\nPFN 0x1\n " +
         stack + "+0x1/0x2\n\n";
}

SortPlan Plan(SortGeneration generation, std::vector<SortKey> order,
              CullKeys cull = {}) {
  SortPlan plan;
  plan.generation = generation;
  plan.order = std::move(order);
  plan.cull = cull;
  return plan;
}

const std::string& FiveRecords() {
  static const std::string text = Record("c", {5, 3}) + Record("a", {9, 0}) +
                                  Record("b", {1, 7}) + Record("d", {2, 0}) +
                                  Record("a", {3, 7});
  return text;
}

// The stacks of the groups in their order.
std::string StacksOf(const std::string& text) {
  std::string stacks;
  for (size_t at = text.find("\n "); at != text.npos;
       at = text.find("\n ", at + 1)) {
    stacks += text[at + 2];
  }
  return stacks;
}

std::string Stacks63(std::vector<SortKey> order, CullKeys cull = {}) {
  return StacksOf(SortCompat(FiveRecords(), Plan(SortGeneration::kLinux63,
                                                 std::move(order), cull))
                      .text);
}

TEST_CASE("Sort: 6.3 keeps times and orders unasked by text only",
          "[owner][sort]") {
  const SortedText sorted =
      SortCompat(FiveRecords(), Plan(SortGeneration::kLinux63, {}));
  CHECK(sorted.text.substr(0, sorted.text.find("\n\n")) ==
        "1 times, 2 pages, allocated by OTHERS :\n"
        "Page allocated via order 1, mask 0xcc0(GFP_KERNEL), pid 5, tgid 6 "
        "(ab), ts 1 ns, free_ts 7 ns\n b+0x1/0x2");
  CHECK(StacksOf(sorted.text) == "bdaca");
}

TEST_CASE("Sort: 6.3 sorts by several keys, and never finds times equal",
          "[owner][sort]") {
  // Of equal times the last comes first, whatever the next key says.
  CHECK(Stacks63({{SortBy::kFreeTs}}) == "adcab");
  CHECK(Stacks63({{SortBy::kFreeTs}, {SortBy::kStack}}) == "adcab");
  CHECK(Stacks63({{SortBy::kFreeTs, true}}) == "bacda");
  CHECK(Stacks63({{SortBy::kStack}, {SortBy::kFreeTs}}) == "aabcd");
  CHECK(Stacks63({{SortBy::kAllocTs, true}}) == "acadb");
  CHECK(Stacks63({{SortBy::kFreeTs}}, {.stack = true}) == "dacb");
}

TEST_CASE("Sort: 6.3 says RELEASED where it means UNRELEASED",
          "[owner][sort]") {
  CHECK(SortCompat(FiveRecords(),
                   Plan(SortGeneration::kLinux63, {kMostTimes}, {.free = true}))
            .text ==
        "3 times, 6 pages (UNRELEASED)\n2 times, 4 pages (RELEASED)\n");
  CHECK(GroupLines(SortCompat(FiveRecords(),
                              Plan(SortGeneration::kLinux63, {kMostTimes},
                                   {.stack = true,
                                    .pid = true,
                                    .free = true,
                                    .allocator = true}))
                       .text)
            .front() ==
        "1 times, 2 pages, PID 5, allocated by OTHERS  (RELEASED):");
}

TEST_CASE("Sort: 6.3 leaves out what was released after its allocation",
          "[owner][sort]") {
  SortPlan plan = Plan(SortGeneration::kLinux63, {});
  plan.filters.in_use_only = true;
  const SortedText sorted = SortCompat(FiveRecords(), plan);
  CHECK(StacksOf(sorted.text) == "dca");
  CHECK(sorted.result.loaded == 3);
}

TEST_CASE("Sort: before 6.7 equal neighbours are one block", "[owner][sort]") {
  const std::string dump = Record("z", {1, 0}) + Record("z", {1, 0}) +
                           Record("a", {1, 0}) + Record("z", {1, 0});
  for (const SortGeneration generation :
       {SortGeneration::kLinux319, SortGeneration::kLinux517,
        SortGeneration::kLinux63}) {
    const SortedText sorted = SortCompat(dump, Plan(generation, {kMostTimes}));
    CHECK(sorted.result.loaded == 3);
    CHECK_THAT(sorted.text, ContainsText("3 times"));
  }
  // What they were allocated by is then that of the first.
  std::string slab = Record("z", {1, 0});
  slab.replace(slab.find("PFN 0x1"), 7, "PFN slab");
  CHECK(SortCompat(
            Record("z", {1, 0}) + slab,
            Plan(SortGeneration::kLinux63, {kMostTimes}, {.allocator = true}))
            .text == "2 times, 4 pages, allocated by OTHERS \n");
}

TEST_CASE("Sort: 3.19 counts texts and nothing else", "[owner][sort]") {
  const std::string dump =
      Record("a", {1, 0}) + Record("b", {1, 0}) + Record("b", {1, 0});
  CHECK(SortCompat(dump, Plan(SortGeneration::kLinux319, {kMostTimes})).text ==
        "2 times:\nPage allocated via order 1, mask 0xcc0(GFP_KERNEL), pid 5, "
        "tgid 6 (ab), ts 1 ns, free_ts 0 ns\n b+0x1/0x2\n\n"
        "1 times:\nPage allocated via order 1, mask 0xcc0(GFP_KERNEL), pid 5, "
        "tgid 6 (ab), ts 1 ns, free_ts 0 ns\n a+0x1/0x2\n\n");
}

TEST_CASE("Sort: 5.17 culls by stack but shows the first block's text",
          "[owner][sort]") {
  SortPlan plan =
      Plan(SortGeneration::kLinux517, {kMostTimes}, {.stack = true});
  const std::string text = SortCompat(FiveRecords(), plan).text;
  CHECK(text.substr(0, text.find("\n\n")) ==
        "2 times, 4 pages:\n"
        "Page allocated via order 1, mask 0xcc0(GFP_KERNEL), pid 5, tgid 6 "
        "(ab), ts 9 ns, free_ts 0 ns\n a+0x1/0x2");
  CHECK(StacksOf(text) == "abcd");
  // A group is left out for what its first block is.
  plan.filters.in_use_only = true;
  CHECK(StacksOf(SortCompat(FiveRecords(), plan).text) == "ad");
}

}  // namespace
}  // namespace pagelab
