// The worked example of page-owner-sort.md 8, and its further vectors.

#include <string>

#include "pagelab/test/owner/sort_fixture.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

const char* const kSlab = "2 times, 2 pages, allocated by SLAB :";
const char* const kVmalloc = "1 times, 2 pages, allocated by VMALLOC :";
const char* const kCma = "1 times, 4 pages, allocated by CMA :";

Lines Sorted(const SortPlan& plan) {
  const SortedText sorted = SortCompat(kSortExample, plan);
  CHECK_FALSE(sorted.result.too_many);
  return GroupLines(sorted.text);
}

TEST_CASE("Sort: 6.12 orders the groups of the example by each letter",
          "[owner][sort]") {
  CHECK(Sorted(Plan612()) == Lines{kSlab, kVmalloc, kCma});
  // Two of equal size stay in the order of their texts.
  CHECK(Sorted(Plan612(kMostPages)) == Lines{kCma, kSlab, kVmalloc});
  CHECK(Sorted(Plan612({SortBy::kPid})) == Lines{kSlab, kVmalloc, kCma});
  CHECK(Sorted(Plan612({SortBy::kTgid})) == Lines{kSlab, kVmalloc, kCma});
  CHECK(Sorted(Plan612({SortBy::kName})) == Lines{kCma, kSlab, kVmalloc});
  CHECK(Sorted(Plan612({SortBy::kStack})) == Lines{kSlab, kVmalloc, kCma});
}

TEST_CASE("Sort: 6.12 keeps times in the text only when it sorts by them",
          "[owner][sort]") {
  CHECK(SortCompat(kSortExample, Plan612()).text ==
        "2 times, 2 pages, allocated by SLAB :\n"
        "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 1, tgid 1 "
        "(init), ts  ns\n a+0x1/0x2\n b+0x1/0x2\n\n"
        "1 times, 2 pages, allocated by VMALLOC :\n"
        "Page allocated via order 1, mask 0xcc0(GFP_KERNEL), pid 3, tgid 3 "
        "(kworker/0:1), ts  ns\n alloc_pages+0x1/0x2\n "
        "__vmalloc_node_range+0x1/0x2\n x+0x1/0x2\n\n"
        "1 times, 4 pages, allocated by CMA :\n"
        "Page allocated via order 2, mask 0xcc0(GFP_KERNEL), pid 20, tgid 10 "
        "(bash), ts  ns\n c+0x1/0x2\n d+0x1/0x2\n\n");
  const std::string by_time =
      SortCompat(kSortExample, Plan612({SortBy::kAllocTs})).text;
  CHECK(GroupLines(by_time) ==
        Lines{kCma, "1 times, 1 pages, allocated by SLAB :",
              "1 times, 1 pages, allocated by SLAB :", kVmalloc});
  CHECK_THAT(by_time, ContainsText("(init), ts 300 ns\n"));
  CHECK(by_time.find("ts 50 ns") < by_time.find("ts 100 ns"));
}

TEST_CASE("Sort: 6.12 culls the example by each key", "[owner][sort]") {
  CHECK(SortCompat(kSortExample, Plan612(kMostTimes, {.stack = true})).text ==
        "2 times, 2 pages:\n a+0x1/0x2\n b+0x1/0x2\n\n"
        "1 times, 2 pages:\n alloc_pages+0x1/0x2\n "
        "__vmalloc_node_range+0x1/0x2\n x+0x1/0x2\n\n"
        "1 times, 4 pages:\n c+0x1/0x2\n d+0x1/0x2\n\n");
  CHECK(Sorted(Plan612({SortBy::kAllocTs}, {.stack = true})) ==
        Lines{"1 times, 4 pages:", "2 times, 2 pages:", "1 times, 2 pages:"});
  CHECK(SortCompat(kSortExample, Plan612(kMostTimes, {.pid = true})).text ==
        "2 times, 2 pages, PID 1\n"
        "1 times, 2 pages, PID 3\n"
        "1 times, 4 pages, PID 20\n");
  // The blank at the end stays; equals go by the value of the bits.
  CHECK(
      SortCompat(kSortExample, Plan612(kMostTimes, {.allocator = true})).text ==
      "2 times, 2 pages, allocated by SLAB \n"
      "1 times, 4 pages, allocated by CMA \n"
      "1 times, 2 pages, allocated by VMALLOC \n");
  CHECK(Sorted(Plan612(kMostTimes, {.stack = true,
                                    .pid = true,
                                    .tgid = true,
                                    .name = true,
                                    .allocator = true}))
            .front() ==
        "2 times, 2 pages, PID 1, TGID 1, task_comm_name: init, allocated by "
        "SLAB :");
}

TEST_CASE("Sort: 6.12 filters, and shows what it filtered by in short lines",
          "[owner][sort]") {
  SortPlan plan = Plan612(kMostTimes, {.stack = true});
  plan.filters.pids = {1, 20};
  CHECK(Sorted(plan) ==
        Lines{"2 times, 2 pages, PID 1:", "1 times, 4 pages, PID 20:"});
  plan = Plan612(kMostTimes, {.tgid = true});
  plan.filters.names = {"bash"};
  CHECK(Sorted(plan) ==
        Lines{"1 times, 4 pages, TGID 10, task_comm_name: bash"});
  plan = Plan612();
  plan.filters.pids = {20};
  CHECK(Sorted(plan) == Lines{kCma});
  plan.filters.tgids = {1};
  CHECK(Sorted(plan).empty());
}

TEST_CASE("Sort: 6.12 counts empty blocks and loses the last one",
          "[owner][sort]") {
  std::string dump(kSortExample);
  dump += "\n\n";
  dump += kSortExample;
  dump.pop_back();
  const SortedText sorted = SortCompat(dump, Plan612());
  CHECK(sorted.result.loaded == 9);
  CHECK(GroupLines(sorted.text) ==
        Lines{"4 times, 4 pages, allocated by SLAB :",
              "2 times, 0 pages, allocated by OTHERS :",
              "2 times, 8 pages, allocated by CMA :", kVmalloc});
  CHECK_THAT(sorted.text, ContainsText("allocated by OTHERS :\n\n2 times"));
}

TEST_CASE("Sort: 6.12 takes the PFN line of the block before for its own",
          "[owner][sort]") {
  const std::string head =
      "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 1, tgid 1 "
      "(init), ts 1 ns\n";
  const std::string pad = " pad" + std::string(100, 'p') + "\n\n";
  const std::string text =
      SortCompat(head +
                     "PFN 0x1 type CMA Block 0 type CMA Flags 0x0(slab)\n a\n" +
                     pad + head + " b\n" + pad,
                 Plan612())
          .text;
  CHECK(GroupLines(text) == Lines{"1 times, 1 pages, allocated by CMA SLAB :",
                                  "1 times, 1 pages, allocated by CMA SLAB :"});
}

TEST_CASE("Sort: 6.12 takes what it can from records of old kernels",
          "[owner][sort]") {
  const std::string record =
      "Page allocated via order 0, mask 0x2420848(GFP_NOFS|__GFP_NOFAIL|"
      "__GFP_HARDWALL|__GFP_MOVABLE)\n"
      "PFN 131092 type Movable Block 256 type Movable Flags 0x1(locked)\n"
      " [<ffffffff81136aa6>] __alloc_pages_nodemask+0x146/0xb80\n\n";
  SortPlan plan = Plan612(kMostTimes, {.pid = true});
  CHECK(SortCompat(record, plan).text == "1 times, 1 pages, PID -1\n");
  CHECK(SortCompat(record, Plan612()).text ==
        "1 times, 1 pages, allocated by OTHERS :\n"
        "Page allocated via order 0, mask 0x2420848(GFP_NOFS|__GFP_NOFAIL|"
        "__GFP_HARDWALL|__GFP_MOVABLE)\n"
        " [<ffffffff81136aa6>] __alloc_pages_nodemask+0x146/0xb80\n\n");
  const SortedText empty = SortCompat("", Plan612());
  CHECK(empty.text.empty());
  CHECK(empty.result.loaded == 0);
  CHECK_FALSE(empty.result.too_many);
}

}  // namespace
}  // namespace pagelab
