#include "pagelab/owner/sort/sort_lists.h"

#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

using Parts = std::vector<std::string>;
using Ids = std::vector<int32_t>;

TEST_CASE("SortLists: parts are separated by commas and may be empty",
          "[owner][sort]") {
  CHECK(SplitSortList("") == Parts{""});
  CHECK(SplitSortList("a,") == Parts{"a", ""});
  CHECK(SplitSortList(",a") == Parts{"", "a"});
  CHECK(SplitSortList("a,,b") == Parts{"a", "", "b"});
}

TEST_CASE("SortLists: numbers are what strtol() takes to the end",
          "[owner][sort]") {
  CHECK(ParseIdList("5") == Ids{5});
  CHECK(ParseIdList(" 5,+5,-1") == Ids{5, 5, -1});
  CHECK(ParseIdList("4294967295") == Ids{-1});
  for (const char* wrong :
       {"5 ", "x", "", "1,", ",1", "0x10", "1,x", "99999999999999999999"}) {
    CAPTURE(wrong);
    CHECK_FALSE(ParseIdList(wrong).has_value());
  }
}

TEST_CASE("SortLists: cull keys add up, and 6.12 does not know free",
          "[owner][sort]") {
  CullKeys keys;
  CHECK(ParseCullKeys("p,st", SortGeneration::kLinux612, keys));
  CHECK(ParseCullKeys("tgid,n", SortGeneration::kLinux612, keys));
  CHECK(keys ==
        CullKeys{.stack = true, .pid = true, .tgid = true, .name = true});
  for (const char* wrong :
       {"", "p,", "P", "comm", "txt", "T", "at", "f", "free", "+p"}) {
    CAPTURE(wrong);
    CHECK_FALSE(ParseCullKeys(wrong, SortGeneration::kLinux612, keys));
  }
  CHECK(ParseCullKeys("f", SortGeneration::kLinux63, keys));
  CHECK(ParseCullKeys("free,allocator", SortGeneration::kPagelab, keys));
}

TEST_CASE("SortLists: one sign stands in front of a sort key",
          "[owner][sort]") {
  const auto keys = ParseSortKeys("-p,+tgid,at", SortGeneration::kLinux612);
  CHECK(keys == std::vector<SortKey>{{SortBy::kPid, true},
                                     {SortBy::kTgid, false},
                                     {SortBy::kAllocTs, false}});
  for (const char* wrong : {"", "--p", "+-p", "num", "ft", "free_ts", "-"}) {
    CAPTURE(wrong);
    CHECK_FALSE(ParseSortKeys(wrong, SortGeneration::kLinux612).has_value());
  }
  CHECK(ParseSortKeys("-ft", SortGeneration::kLinux63) ==
        std::vector<SortKey>{{SortBy::kFreeTs, true}});
}

}  // namespace
}  // namespace pagelab
