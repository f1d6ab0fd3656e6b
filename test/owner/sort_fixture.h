// Dumps in small, and what page_owner_sort makes of them.

#ifndef PAGELAB_TEST_OWNER_SORT_FIXTURE_H_
#define PAGELAB_TEST_OWNER_SORT_FIXTURE_H_

#include <string>
#include <string_view>
#include <vector>

#include "pagelab/base/output_stream.h"
#include "pagelab/owner/sort/compat_sort.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/temporary_directory.h"

namespace pagelab {

// The worked example of page-owner-sort.md 8.
inline constexpr std::string_view kSortExample =
    "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 1, tgid 1 "
    "(init), ts 100 ns\n"
    "PFN 0x10 type Unmovable Block 0 type Unmovable Flags "
    "0x200(slab|zone=1)\n"
    " a+0x1/0x2\n"
    " b+0x1/0x2\n"
    "\n"
    "Page allocated via order 2, mask 0xcc0(GFP_KERNEL), pid 20, tgid 10 "
    "(bash), ts 50 ns\n"
    "PFN 0x20 type Movable Block 0 type CMA Flags 0x0(zone=1)\n"
    " c+0x1/0x2\n"
    " d+0x1/0x2\n"
    "\n"
    "Page allocated via order 0, mask 0xcc0(GFP_KERNEL), pid 1, tgid 1 "
    "(init), ts 300 ns\n"
    "PFN 0x30 type Unmovable Block 0 type Unmovable Flags "
    "0x200(slab|zone=1)\n"
    " a+0x1/0x2\n"
    " b+0x1/0x2\n"
    "\n"
    "Page allocated via order 1, mask 0xcc0(GFP_KERNEL), pid 3, tgid 3 "
    "(kworker/0:1), ts 301 ns\n"
    "PFN 0x40 type Unmovable Block 0 type Unmovable Flags 0x200(zone=1)\n"
    " alloc_pages+0x1/0x2\n"
    " __vmalloc_node_range+0x1/0x2\n"
    " x+0x1/0x2\n"
    "\n";

inline constexpr SortKey kMostTimes = {SortBy::kTimes, /*descending=*/true};
inline constexpr SortKey kMostPages = {SortBy::kPages, /*descending=*/true};

struct SortedText {
  CompatSortResult result;
  std::string text;
};

// As the kernel's tool of the plan's generation.
inline SortedText SortCompat(std::string_view dump, const SortPlan& plan) {
  const TemporaryDirectory directory;
  StringOutput out;
  const absl::StatusOr<CompatSortResult> result =
      CompatSort({.plan = plan,
                  .input = directory.WriteFile("dump", dump),
                  .debug = nullptr},
                 out);
  REQUIRE(result.ok());
  return {*result, out.text()};
}

inline SortPlan Plan612(SortKey key = kMostTimes, CullKeys cull = {}) {
  SortPlan plan;
  plan.generation = SortGeneration::kLinux612;
  plan.order = {key};
  plan.cull = cull;
  return plan;
}

// The lines that begin groups.
inline std::vector<std::string> GroupLines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string line(text.substr(0, end));
    if (line.find(" times") != std::string::npos) lines.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace pagelab

#endif  // PAGELAB_TEST_OWNER_SORT_FIXTURE_H_
