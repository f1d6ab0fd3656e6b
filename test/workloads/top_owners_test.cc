#include "pagelab/workloads/top_owners.h"

#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"

namespace pagelab {
namespace {

TEST_CASE("TopOwners: owners are sorted by pages, not by blocks",
          "[workloads][top_owners]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [
      {"name": "many", "steps": [{"alloc": {"count": 10}}]},
      {"name": "large", "steps": [{"alloc": {"order": 4}}]},
      {"name": "few", "steps": [{"alloc": {"count": 2}}]}]})");
  const OwnerOverview overview = SummarizeOwners(world.machine(), 2);
  REQUIRE(overview.top.size() == 2);
  CHECK(overview.top[0].comm == "large");
  CHECK(overview.top[0].pages == PageCount(16));
  CHECK(overview.top[0].times == 1);
  CHECK(overview.top[1].comm == "many");
  CHECK(overview.owners >= 3);
  CHECK(overview.top[0].frame == "large_thread+0x80/0x100 [scenario]");
}

TEST_CASE("TopOwners: the overview agrees with the dump",
          "[workloads][top_owners]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [
      {"name": "a", "steps": [
        {"alloc": {"count": 30, "order": 1, "as": "x"}},
        {"alloc": {"count": 7}},
        {"free": {"handle": "x", "count": 11}}]}]})");
  const OwnerOverview overview = SummarizeOwners(world.machine(), 100);
  const std::string dump = world.Dump();
  CHECK(overview.records == RecordsWith(dump, "Page allocated via"));
  CHECK(overview.early_pages.value() ==
        RecordsWith(dump, "register_early_stack"));
  PageCount pages = overview.early_pages;
  for (const TopOwner& owner : overview.top) pages += owner.pages;
  CHECK(pages == overview.pages);
}

TEST_CASE("TopOwners: the table says what is not in it",
          "[workloads][top_owners]") {
  OwnerOverview overview;
  CHECK(OwnerTable(overview) ==
        "page_owner is off (command line: page_owner=on)\n");
  overview.tracked = true;
  overview.pages = PageCount(1234567);
  overview.early_pages = PageCount(9296);
  overview.owners = 3;
  overview.top = {TopOwner{.pages = PageCount(1200000),
                           .times = 300000,
                           .order = Order(2),
                           .gfp = gfp::kKernel,
                           .comm = "leaker",
                           .frame = "drv_refill+0x5d/0x1a0 [drv]",
                           .stack = {}}};
  CHECK(OwnerTable(overview) ==
        "    pages      times  order  gfp         comm    own frame\n"
        "1,200,000    300,000      2  GFP_KERNEL  leaker  "
        "drv_refill+0x5d/0x1a0 [drv]\n"
        "   25,271  of 2 more owners\n"
        "    9,296  early pages, from before page_owner started\n"
        "1,234,567  pages in all\n");
}

}  // namespace
}  // namespace pagelab
