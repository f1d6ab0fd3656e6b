#include "pagelab/alloc/reclaim/folio_lru.h"

#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/reclaim_world.h"

namespace pagelab {
namespace {

constexpr PageFlags kWaited = page_flag::kWriteback.With(page_flag::kReclaim);

TEST_CASE("FolioLru: what reclaim waited for goes to the inactive tail",
          "[alloc][reclaim]") {
  ReclaimWorld world;
  const Pfns inactive = world.UseFile(2);
  const Pfns active = world.Use(1, page_flag::kActive.With(kWaited));
  FolioRotateReclaimable(*world.machine.state, *world.machine.page(active[0]));
  CHECK(world.Listed(LruList::kInactiveFile) ==
        Pfns{inactive[1], inactive[0], active[0]});
  CHECK(world.Listed(LruList::kActiveFile).empty());
  CHECK(world.machine.page(active[0])->flags == page_flag::kLru);
  CHECK(world.Count(VmEvent::kPgrotated) == 1);
  CHECK(world.Verified() == "");
}

TEST_CASE("FolioLru: other writeback ends where the folio is",
          "[alloc][reclaim]") {
  ReclaimWorld world;
  PageFlags flags;
  PageFlags after;
  SECTION("nobody waited") { flags = page_flag::kWriteback; }
  SECTION("dirty again") {
    flags = kWaited.With(page_flag::kDirty);
    after = page_flag::kDirty;
  }
  const Pfns first = world.Use(1, flags);
  const Pfns second = world.UseFile(1);
  Page& page = *world.machine.page(first[0]);
  FolioRotateReclaimable(*world.machine.state, page);
  CHECK(world.Listed(LruList::kInactiveFile) == Pfns{second[0], first[0]});
  CHECK(page.flags == after.With(page_flag::kLru));
  CHECK(world.Count(VmEvent::kPgrotated) == 0);
}

TEST_CASE("FolioLru: a folio that was isolated meanwhile stays so",
          "[alloc][reclaim]") {
  ReclaimWorld world;
  const uint64_t pfn = world.machine.Alloc(gfp::kHighuserMovable);
  world.machine.page(pfn)->flags = kWaited;
  FolioRotateReclaimable(*world.machine.state, *world.machine.page(pfn));
  CHECK(world.machine.page(pfn)->flags == PageFlags());
  CHECK(world.Verified() == "");
}

TEST_CASE("FolioLru: the second use activates", "[alloc][reclaim]") {
  ReclaimWorld world;
  const Pfns pages = world.UseFile(2);
  Page& page = *world.machine.page(pages[0]);
  FolioMarkAccessed(*world.machine.state, page);
  CHECK(page.flags == page_flag::kLru.With(page_flag::kReferenced));
  CHECK(world.Count(VmEvent::kPgactivate) == 0);
  FolioMarkAccessed(*world.machine.state, page);
  CHECK(page.flags == page_flag::kLru.With(page_flag::kActive));
  CHECK(world.Listed(LruList::kActiveFile) == Pfns{pages[0]});
  CHECK(world.Count(VmEvent::kPgactivate) == 1);
  CHECK(world.Verified() == "");
}

TEST_CASE(
    "FolioLru: a page of I/O costs as much as a batch of looks, and "
    "costs fade",
    "[alloc][reclaim]") {
  ReclaimWorld world;
  world.UseFile(400);
  LruNoteCost(world.node(), {.side = LruSide::kAnon, .nr_io = 3});
  CHECK(world.node().lruvec.cost == std::array<int64_t, 2>{96, 0});
  LruNoteCost(world.node(), {.side = LruSide::kFile, .nr_rotated = 4});
  // A quarter of what is on the lists.
  CHECK(world.node().lruvec.cost == std::array<int64_t, 2>{96, 4});
  LruNoteCost(world.node(), {.side = LruSide::kFile, .nr_rotated = 2});
  CHECK(world.node().lruvec.cost == std::array<int64_t, 2>{48, 3});
  LruNoteCost(world.node(), {});
  CHECK(world.node().lruvec.cost == std::array<int64_t, 2>{48, 3});
}

TEST_CASE(
    "ZoneReclaimablePages: files, with swap also anonymous memory, else "
    "what is free",
    "[alloc][reclaim]") {
  ReclaimWorld world;
  AllocatorState& state = *world.machine.state;
  world.UseAnon(30);
  const auto free = static_cast<uint64_t>(world.FreePages());
  CHECK(ZoneReclaimablePages(state, world.zone()) == PageCount(free));
  world.users.swap = {.total = PageCount(10), .free = PageCount(10)};
  CHECK(ZoneReclaimablePages(state, world.zone()) == PageCount(30));
  world.UseFile(5);
  world.Use(7, page_flag::kActive);
  CHECK(ZoneReclaimablePages(state, world.zone()) == PageCount(42));
  world.users.swap.free = PageCount(0);
  CHECK(ZoneReclaimablePages(state, world.zone()) == PageCount(12));
}

}  // namespace
}  // namespace pagelab
