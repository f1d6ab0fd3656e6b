#include "pagelab/alloc/contig/contig_range.h"

#include "pagelab/alloc/contig/cma.h"
#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/compaction_world.h"
#include "pagelab/test/support/fake_page_users.h"

namespace pagelab {
namespace {

using Findings = std::vector<std::string>;
using MovesSeen = std::vector<std::pair<uint64_t, uint64_t>>;

// [0x1200, 0x1400) in parts: users at 0x1200 to 0x1203, the rest free; room to
// move to above.
void PutPageblock(CompactionWorld& world) {
  world.PutUsers({0x1200, 0x1201, 0x1202, 0x1203});
  TinyMachine& machine = world.machine;
  machine.PutFree(2, Migratetype::kMovable, {0x1204});
  machine.PutFree(3, Migratetype::kMovable, {0x1208});
  machine.PutFree(4, Migratetype::kMovable, {0x1210});
  machine.PutFree(5, Migratetype::kMovable, {0x1220});
  machine.PutFree(6, Migratetype::kMovable, {0x1240});
  machine.PutFree(7, Migratetype::kMovable, {0x1280});
  machine.PutFree(8, Migratetype::kMovable, {0x1300});
  machine.PutFree(4, Migratetype::kMovable, {0x1e00});
}

ContigResult Alloc(CompactionWorld& world, uint64_t begin, uint64_t end,
                   Gfp gfp = gfp::kKernel) {
  return AllocContigRange(*world.machine.allocator, world.machine.context,
                          {.range = {Pfn(begin), Pfn(end)}, .gfp = gfp});
}

TEST_CASE(
    "AllocContigRange: what is in the way moves, what is too much is freed",
    "[alloc][contig]") {
  CompactionWorld world;
  PutPageblock(world);
  FakePageUsers users(world.state());
  const uint64_t free = world.machine.nr_free_pages();
  REQUIRE(Alloc(world, 0x1202, 0x1212).ok());
  // Only what lies in the range has to go.
  REQUIRE(users.moves.size() == 2);
  CHECK(users.moves[0].first == 0x1203);
  CHECK(users.moves[1].first == 0x1202);
  for (uint64_t pfn = 0x1202; pfn < 0x1212; ++pfn) {
    CAPTURE(pfn);
    CHECK(world.machine.page(pfn)->state == PageState::kAllocated);
    CHECK(world.machine.page(pfn)->order() == Order(0));
    CHECK(world.machine.page(pfn)->refcount == 1);
  }
  CHECK(world.state().PageblockType(Pfn(0x1200)) == Migratetype::kMovable);
  CHECK(world.zone().nr_isolate_pageblock == 0);
  // 14 of the pages were free, and two more hold what moved.
  CHECK(world.machine.nr_free_pages() + 16 == free);
  CHECK(Verify(world.state()) == Findings());
  FreeContigRange(*world.machine.allocator, world.machine.context,
                  {Pfn(0x1202), Pfn(0x1212)});
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("AllocContigRange: has the events of what it moves and trims only",
          "[alloc][contig]") {
  CompactionWorld world;
  world.machine.PutFree(3, Migratetype::kMovable, {0x1208});
  world.machine.Record();
  REQUIRE(Alloc(world, 0x1209, 0x120e).ok());
  world.machine.StopRecording();
  CHECK(world.machine.trace.Take() ==
        std::vector<std::string>{"free 1208 order 0", "free 120e order 0",
                                 "free 120f order 0"});
  CHECK(world.machine.Free(0, Migratetype::kMovable) == Pfns{0x1208});
  CHECK(world.machine.Free(1, Migratetype::kMovable) == Pfns{0x120e});
}

TEST_CASE("AllocContigRange: names the frame that stays", "[alloc][contig]") {
  CompactionWorld world;
  PutPageblock(world);
  FakePageUsers users(world.state());
  uint64_t free = world.machine.nr_free_pages();
  ContigResult result;
  SECTION("a pinned page") {
    users.pinned.insert(0x1201);
    result = Alloc(world, 0x1200, 0x1400);
    CHECK(result.blocker == Pfn(0x1201));
  }
  SECTION("a page of the kernel") {
    RemoveFromLru(world.state(), *world.machine.page(0x1202), PageCount(1));
    result = Alloc(world, 0x1200, 0x1400);
    CHECK(result.blocker == Pfn(0x1202));
    CHECK(users.moves.empty());
  }
  SECTION("reserved memory, in the middle of three pageblocks") {
    world.machine.PutFree(9, Migratetype::kMovable, {0x1600});
    free += 512;
    result = Alloc(world, 0x1200, 0x1800);
    CHECK(result.blocker == Pfn(0x1400));
  }
  CHECK(result.error == ContigError::kBusy);
  CHECK(ErrorNumber(result.error) == -16);
  CHECK(world.zone().nr_isolate_pageblock == 0);
  CHECK(world.state().PageblockType(Pfn(0x1200)) == Migratetype::kMovable);
  CHECK(world.NodeStatOf(NodeStat::kIsolatedAnon) == 0);
  // What could be moved may have been; nothing is lost.
  CHECK(world.machine.nr_free_pages() == free);
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("AllocContigRange: without room to move to it gives up",
          "[alloc][contig]") {
  CompactionWorld world;
  world.PutUser(0x1200);
  const ContigResult result = Alloc(world, 0x1200, 0x1201);
  CHECK(result.error == ContigError::kNoMemory);
  CHECK(ErrorNumber(result.error) == -12);
  CHECK(world.Lru(LruList::kInactiveAnon) == Pfns{0x1200});
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("AllocContigRange: clean files are dropped", "[alloc][contig]") {
  CompactionWorld world;
  world.PutUser(0x1200, 0, kCleanFilePage);
  world.PutUser(0x1201, 0, kCleanFilePage.With(page_flag::kDirty));
  world.machine.PutFree(0, Migratetype::kMovable, {0x1e00});
  FakePageUsers users(world.state());
  users.evicts = true;
  REQUIRE(Alloc(world, 0x1200, 0x1202).ok());
  CHECK(users.evicted == std::vector<uint64_t>{0x1200});
  CHECK(users.moves == MovesSeen{{0x1201, 0x1e00}});
  CHECK(world.NodeStatOf(NodeStat::kIsolatedFile) == 0);
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("AllocContigRange: with __GFP_COMP it is one block",
          "[alloc][contig]") {
  CompactionWorld world;
  const Gfp gfp = gfp::kKernel.With(gfp::kComp);
  SECTION("made of several") {
    world.machine.PutFree(2, Migratetype::kMovable, {0x1208});
    world.PutUsers({0x120c, 0x120d, 0x120e, 0x120f});
    world.machine.PutFree(2, Migratetype::kMovable, {0x1e00});
    REQUIRE(Alloc(world, 0x1208, 0x1210, gfp).ok());
    const Page& head = *world.machine.page(0x1208);
    CHECK(head.state == PageState::kAllocated);
    CHECK(head.order() == Order(3));
    CHECK(head.flags == page_flag::kHead);
    CHECK(world.machine.page(0x120c)->state == PageState::kNone);
    CHECK(Verify(world.state()) == Findings());
    FreeContigRange(*world.machine.allocator, world.machine.context,
                    {Pfn(0x1208), Pfn(0x1210)});
  }
  SECTION("of a power of two, aligned") {
    world.machine.PutFree(4, Migratetype::kMovable, {0x1210});
    CHECK(Alloc(world, 0x1210, 0x1213, gfp).error == ContigError::kInvalid);
    CHECK(Alloc(world, 0x1212, 0x1216, gfp).error == ContigError::kInvalid);
    CHECK(ErrorNumber(ContigError::kInvalid) == -22);
  }
  SECTION("not part of a larger block") {
    world.machine.PutFree(4, Migratetype::kMovable, {0x1210});
    CHECK(Alloc(world, 0x1210, 0x1214, gfp).error == ContigError::kInvalid);
    CHECK(world.machine.Free(4, Migratetype::kMovable) == Pfns{0x1210});
  }
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("AllocContigRange: refuses what is not memory of one zone",
          "[alloc][contig]") {
  CompactionWorld world;
  CHECK(Alloc(world, 0x1300, 0x1300).error == ContigError::kInvalid);
  CHECK(Alloc(world, 0x1fff, 0x2001).error == ContigError::kInvalid);
  CHECK(Alloc(world, 0x100, 0x200).error == ContigError::kInvalid);
}

TEST_CASE("AllocContigRange: takes a pageblock out of an untouched run",
          "[alloc][contig]") {
  TinyMachine machine({.memory = TinyMachineOptions::Memory::kRuns});
  const ContigResult result =
      AllocContigRange(*machine.allocator, machine.context,
                       {.range = {Pfn(0x4a00), Pfn(0x4c80)}});
  REQUIRE(result.ok());
  CHECK(Verify(*machine.state) == Findings());
  FreeContigRange(*machine.allocator, machine.context,
                  {Pfn(0x4a00), Pfn(0x4c80)});
  machine.allocator->DrainAllPages(machine.context);
  CHECK(machine.nr_free_pages() == 0x1f000);
  CHECK(Verify(*machine.state) == Findings());
}

TEST_CASE("AllocContigPages: the first place where it works",
          "[alloc][contig]") {
  CompactionWorld world;
  world.machine.PutFree(9, Migratetype::kMovable, {0x1200, 0x1600});
  const auto alloc = [&](uint64_t pages) {
    return AllocContigPages(*world.machine.allocator, world.machine.context,
                            {.count = PageCount(pages)});
  };
  CHECK(alloc(0) == std::nullopt);
  CHECK(alloc(1024) == std::nullopt);
  CHECK(alloc(300) == Pfn(0x1200));
  // The rest of it is not aligned to 512.
  CHECK(alloc(300) == Pfn(0x1600));
  CHECK(alloc(128) == Pfn(0x1380));
  CHECK(Verify(world.state()) == Findings());
}

// --- CMA ---

// Two pageblocks of the world.
struct CmaWorld : CompactionWorld {
  CmaWorld()
      : area(*machine.allocator,
             {.name = "reserved", .frames = {Pfn(0x1400), Pfn(0x1800)}}) {
    machine.SetTuning(1, 0, 0);
    area.Activate(machine.context);
  }
  CmaArea area;
};

TEST_CASE("CmaArea: boot gives its pageblocks to movable requests",
          "[alloc][cma]") {
  CmaWorld world;
  world.machine.allocator->DrainAllPages(world.machine.context);
  CHECK(world.zone().cma == PageCount(1024));
  CHECK(world.zone().managed == PageCount(1024));
  CHECK(world.machine.Free(10, Migratetype::kCma) == Pfns{0x1400});
  CHECK(world.zone().StatPages(ZoneStat::kFreeCma) == 1024);
  CHECK(world.machine.Alloc(gfp::kKernel) == TinyMachine::NoPfn());
  CHECK(world.machine.Alloc(gfp::kHighuserMovable) != TinyMachine::NoPfn());
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("CmaArea: takes the first hole and moves out who is there",
          "[alloc][cma]") {
  CmaWorld world;
  TinyMachine& machine = world.machine;
  const uint64_t pfn = machine.Alloc(gfp::kHighuserMovable);
  CHECK(pfn == 0x1400);
  machine.PutFree(4, Migratetype::kMovable, {0x1e00});
  machine.page(pfn)->flags = kAnonPage;
  AddToLru(world.state(), *machine.page(pfn), PageCount(1));
  const CmaResult first =
      world.area.Alloc(machine.context, PageCount(700), Order(0));
  REQUIRE(first.ok());
  CHECK(first.begin == Pfn(0x1400));
  CHECK(world.area.used() == PageCount(700));
  CHECK_FALSE(PfnRange{Pfn(0x1400), Pfn(0x1400 + 700)}.Contains(
      Pfn(world.Lru(LruList::kInactiveAnon).front())));
  const CmaResult second =
      world.area.Alloc(machine.context, PageCount(64), Order(6));
  REQUIRE(second.ok());
  CHECK(second.begin == Pfn(0x16c0));
  CHECK(world.Event(VmEvent::kCmaAllocSuccess) == 2);
  CHECK(world.state().PageblockType(Pfn(0x1400)) == Migratetype::kCma);
  CHECK(Verify(world.state()) == Findings());
  // Nothing that is not taken, and nothing in part.
  CHECK_FALSE(world.area.Release(machine.context, {Pfn(0x1400), Pfn(0x16c0)}));
  CHECK_FALSE(world.area.Release(machine.context, {Pfn(0x1300), Pfn(0x1401)}));
  CHECK(world.area.Release(machine.context, {Pfn(0x1400), Pfn(0x1500)}));
  CHECK(world.area.used() == PageCount(700 - 256 + 64));
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("CmaArea: a pinned page is tried around, or fails the request",
          "[alloc][cma]") {
  CmaWorld world;
  TinyMachine& machine = world.machine;
  FakePageUsers users(world.state());
  // Somewhere in the first pageblock.
  ContigResult page = AllocContigRange(
      *machine.allocator, machine.context,
      {.range = {Pfn(0x1410), Pfn(0x1411)}, .type = Migratetype::kCma});
  REQUIRE(page.ok());
  machine.page(0x1410)->flags = kAnonPage;
  AddToLru(world.state(), *machine.page(0x1410), PageCount(1));
  users.pinned.insert(0x1410);

  const CmaResult around = world.area.Alloc(machine.context, PageCount(512));
  REQUIRE(around.ok());
  CHECK(around.begin == Pfn(0x1411));
  REQUIRE(
      world.area.Release(machine.context, {Pfn(0x1411), Pfn(0x1411 + 512)}));
  machine.log.lines.clear();
  const CmaResult failed = world.area.Alloc(machine.context, PageCount(1020));
  CHECK(failed.error == ContigError::kBusy);
  CHECK(failed.blocker == Pfn(0x1410));
  CHECK(world.area.used() == PageCount(0));
  CHECK(world.Event(VmEvent::kCmaAllocFail) == 1);
  CHECK(machine.log.lines ==
        std::vector<std::string>{"cma: __cma_alloc: reserved: alloc failed, "
                                 "req-size: 1020 pages, ret: -16"});
  CHECK(world.area.Alloc(machine.context, PageCount(1025)).error ==
        ContigError::kNoMemory);
  CHECK(world.area.Alloc(machine.context, PageCount(0)).error ==
        ContigError::kNoMemory);
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("CmaArea: failures are printed ten times in five seconds",
          "[alloc][cma]") {
  CmaWorld world;
  for (int i = 0; i < 12; ++i) {
    world.area.Alloc(world.machine.context, PageCount(2000));
  }
  CHECK(world.machine.log.lines.size() == 10);
  world.machine.context.now += Nanoseconds(5'000'000'001);
  world.area.Alloc(world.machine.context, PageCount(2000));
  REQUIRE(world.machine.log.lines.size() == 12);
  CHECK(world.machine.log.lines[10] == "__cma_alloc: 2 callbacks suppressed");
}

TEST_CASE("CmaArea: a checkpoint keeps what is taken", "[alloc][cma]") {
  CmaWorld world;
  const CmaArea::State before = world.area.Save();
  REQUIRE(world.area.Alloc(world.machine.context, PageCount(4)).ok());
  CHECK(world.area.used() == PageCount(4));
  world.area.Restore(before);
  CHECK(world.area.used() == PageCount(0));
}

}  // namespace
}  // namespace pagelab
