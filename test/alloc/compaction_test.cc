#include "pagelab/alloc/compaction/compact_zone.h"
#include "pagelab/alloc/compaction/free_scanner.h"
#include "pagelab/alloc/compaction/migrate.h"
#include "pagelab/alloc/compaction/migrate_scanner.h"
#include "pagelab/alloc/compaction/suitability.h"
#include "pagelab/alloc/request.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/compaction_world.h"
#include "pagelab/test/support/fake_page_users.h"

namespace pagelab {
namespace {

using Findings = std::vector<std::string>;
using MovesSeen = std::vector<std::pair<uint64_t, uint64_t>>;

// Every second frame from `pfn` on, as single free pages.
void PutFreePages(CompactionWorld& world, uint64_t pfn, int count) {
  for (int i = 0; i < count; ++i) {
    world.machine.PutFree(0, Migratetype::kMovable,
                          {pfn + 2 * static_cast<uint64_t>(i)});
  }
}

// --- the whole ---

TEST_CASE("Compactor: pages move from the bottom of the zone to the top",
          "[alloc][compaction]") {
  CompactionWorld world;
  TinyMachine& machine = world.machine;
  machine.PutFree(0, Migratetype::kMovable, {0x1e10, 0x1e12, 0x1e14});
  machine.PutFree(3, Migratetype::kMovable, {0x1f00});
  world.PutUser(0x1000, 0, kAnonPage, 1);
  world.PutUser(0x1001, 0, kAnonPage, 2);
  world.PutUser(0x1002, 0, kAnonPage, 3);
  FakePageUsers users(world.state());
  machine.Record();
  world.compactor.CompactAll(machine.context);
  machine.StopRecording();

  // The last isolated is at the head of the list and gets the first target.
  CHECK(users.moves ==
        MovesSeen{{0x1002, 0x1e10}, {0x1001, 0x1e12}, {0x1000, 0x1e14}});
  CHECK(world.MarkOf(0x1e14) == 1);
  CHECK(world.MarkOf(0x1e10) == 3);
  CHECK(world.Lru(LruList::kInactiveAnon) == Pfns{0x1e14, 0x1e12, 0x1e10});
  // Targets have no allocation event.
  CHECK(machine.trace.Take() ==
        std::vector<std::string>{"free 1002 order 0", "drain 1002 order 0 mt 1",
                                 "free 1001 order 0", "drain 1001 order 0 mt 1",
                                 "free 1000 order 0",
                                 "drain 1000 order 0 mt 1"});
  CHECK(world.Event(VmEvent::kPgmigrateSuccess) == 3);
  CHECK(world.Event(VmEvent::kCompactIsolated) == 6);
  CHECK(world.Event(VmEvent::kCompactMigrateScanned) == 0xe00);
  CHECK(world.Event(VmEvent::kCompactFreeScanned) == 0x15);
  // It was the whole zone: the scanners start anew.
  const CompactState& compact = world.zone().compact;
  CHECK(compact.cached_migrate_pfn[0] == Pfn(0x1000));
  CHECK(compact.cached_migrate_pfn[1] == Pfn(0x1000));
  CHECK(compact.cached_free_pfn == Pfn(0x1e00));
  CHECK_FALSE(world.IsSkipped(0x1000));
  CHECK(world.IsSkipped(0x1200));
  CHECK(world.IsSkipped(0x1c00));
  CHECK_FALSE(world.IsSkipped(0x1e00));
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("Compactor: 32 pages a round, then the rest of the pageblock",
          "[alloc][compaction]") {
  CompactionWorld world;
  PutFreePages(world, 0x1e00, 60);
  for (uint64_t i = 0; i < 40; ++i) world.PutUser(0x1000 + 3 * i);
  FakePageUsers users(world.state());
  world.compactor.CompactAll(world.machine.context);
  REQUIRE(users.moves.size() == 40);
  // The 32nd page is the first to go, the last page the 33rd.
  CHECK(users.moves[0] == std::pair<uint64_t, uint64_t>{0x105d, 0x1e00});
  CHECK(users.moves[31].first == 0x1000);
  CHECK(users.moves[32].first == 0x1075);
  CHECK(users.moves[39].first == 0x1060);
  CHECK(Verify(world.state()) == Findings());
}

// The first round of `echo 1 > /proc/sys/vm/compact_memory` in zone DMA of the
// recording "pressure", with 0x1000 added to every frame.
TEST_CASE("Compactor: a recorded round scans and moves as it did",
          "[alloc][compaction]") {
  CompactionWorld world;
  TinyMachine& machine = world.machine;
  for (uint64_t pfn = 0x1203; pfn <= 0x127f; pfn += 4) world.PutUser(pfn);
  machine.PutFree(9, Migratetype::kMovable, {0x1a00, 0x1c00});
  machine.PutFree(1, Migratetype::kMovable, {0x1800});
  for (uint64_t pfn = 0x1600; pfn < 0x1628; pfn += 4) {
    machine.PutFree(1, Migratetype::kMovable, {pfn});
    machine.PutFree(0, Migratetype::kMovable, {pfn + 2});
  }
  MovesSeen recorded;
  for (uint64_t pfn = 0x127f; pfn >= 0x1203; pfn -= 4) {
    recorded.emplace_back(pfn, 0);
  }
  size_t next = 0;
  for (uint64_t i = 0; i < 10; ++i) recorded[next++].second = 0x1602 + 4 * i;
  recorded[next++].second = 0x1800;
  recorded[next++].second = 0x1801;
  for (uint64_t i = 0; i < 10; ++i) {
    recorded[next++].second = 0x1600 + 4 * i;
    recorded[next++].second = 0x1601 + 4 * i;
  }
  FakePageUsers users(world.state());
  world.compactor.CompactAll(machine.context);
  CHECK(users.moves == recorded);
  // 0xe00 to 0x1000, every frame; 0x800 to 0xa00, every second one; 0x600 to
  // 0x627.
  CHECK(world.Event(VmEvent::kCompactFreeScanned) == 512 + 257 + 39);
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("Compactor: pageblocks of other types are no targets",
          "[alloc][compaction]") {
  CompactionWorld world;
  world.machine.PutFreeTyped(0, Migratetype::kUnmovable, {0x1e00, 0x1e02});
  world.machine.PutFree(0, Migratetype::kMovable, {0x1c00, 0x1c02});
  world.PutUser(0x1000);
  FakePageUsers users(world.state());
  world.compactor.CompactAll(world.machine.context);
  CHECK(users.moves == MovesSeen{{0x1000, 0x1c00}});
}

TEST_CASE("Compactor: a pageblock that is free as a whole stays so",
          "[alloc][compaction]") {
  CompactionWorld world;
  world.machine.PutFree(9, Migratetype::kMovable, {0x1e00});
  world.machine.PutFree(0, Migratetype::kMovable, {0x1c00});
  world.PutUser(0x1000);
  FakePageUsers users(world.state());
  world.compactor.CompactAll(world.machine.context);
  CHECK(users.moves == MovesSeen{{0x1000, 0x1c00}});
  CHECK(world.machine.Free(9, Migratetype::kMovable) == Pfns{0x1e00});
}

TEST_CASE("Compactor: the watermark is not touched for targets",
          "[alloc][compaction]") {
  CompactionWorld world;
  PutFreePages(world, 0x1e00, 10);
  world.PutUser(0x1000);
  world.zone().watermark[0] = 9;
  FakePageUsers users(world.state());
  SECTION("one page less would be too few") {
    world.compactor.CompactAll(world.machine.context);
    CHECK(users.moves.empty());
    CHECK(world.Event(VmEvent::kPgmigrateFail) == 1);
    CHECK(world.Lru(LruList::kInactiveAnon) == Pfns{0x1000});
  }
  SECTION("one page less is just enough") {
    world.zone().watermark[0] = 8;
    world.compactor.CompactAll(world.machine.context);
    CHECK(users.moves == MovesSeen{{0x1000, 0x1e00}});
  }
  CHECK(world.machine.nr_free_pages() == 10);
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("Compactor: the target of a pinned page goes back, twice freed",
          "[alloc][compaction]") {
  CompactionWorld world;
  TinyMachine& machine = world.machine;
  machine.PutFree(0, Migratetype::kMovable, {0x1e00, 0x1e02, 0x1e04});
  world.PutUser(0x1000, 0, kCleanFilePage);
  FakePageUsers users(world.state());
  users.pinned.insert(0x1000);
  machine.Record();
  world.compactor.CompactAll(machine.context);
  machine.StopRecording();
  // compaction_free(), then the list is released: page-allocator.md 17.3.
  CHECK(machine.trace.Take() ==
        std::vector<std::string>{"free 1e00 order 0", "free 1e00 order 0",
                                 "drain 1e00 order 0 mt 1"});
  CHECK(world.Lru(LruList::kInactiveFile) == Pfns{0x1000});
  CHECK(world.Event(VmEvent::kPgmigrateFail) == 1);
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("Compactor: pinned anonymous memory is left alone",
          "[alloc][compaction]") {
  CompactionWorld world;
  world.machine.PutFree(0, Migratetype::kMovable, {0x1e00, 0x1e02});
  world.PutUser(0x1000);
  FakePageUsers users(world.state());
  users.pinned.insert(0x1000);
  world.compactor.CompactAll(world.machine.context);
  CHECK(world.Event(VmEvent::kPgmigrateFail) == 0);
  CHECK(world.Event(VmEvent::kCompactIsolated) == 0);
}

TEST_CASE("Compactor: a large folio takes the lower part of a larger block",
          "[alloc][compaction]") {
  CompactionWorld world;
  TinyMachine& machine = world.machine;
  machine.PutFree(4, Migratetype::kMovable, {0x1e00, 0x1f00});
  world.PutUser(0x1010, 2);
  FakePageUsers users(world.state());
  world.compactor.CompactAll(machine.context);
  CHECK(users.moves == MovesSeen{{0x1010, 0x1e00}});
  CHECK(machine.page(0x1e00)->order() == Order(2));
  // What was not needed is free again, in the parts that it fell into.
  CHECK(machine.page(0x1e04)->order() == Order(2));
  CHECK(machine.page(0x1e08)->order() == Order(3));
  CHECK(machine.page(0x1e08)->state != PageState::kPrivate);
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("Compactor: memory that nobody touched is passed in one step",
          "[alloc][compaction]") {
  TinyMachine machine({.memory = TinyMachineOptions::Memory::kRuns});
  Compactor compactor(*machine.allocator);
  const uint64_t pfn = machine.Alloc(gfp::kHighuserMovable);
  compactor.CompactAll(machine.context);
  REQUIRE(machine.FreeBlock(pfn));
  CHECK(machine.state->events.count(VmEvent::kCompactMigrateScanned) > 0);
  CHECK(Verify(*machine.state) == Findings());
}

// --- free scanner ---

TEST_CASE("IsolateFreePages: the search rotates to the block that it takes",
          "[alloc][compaction]") {
  CompactionWorld world;
  TinyMachine& machine = world.machine;
  CompactRun run = world.Run({.order = Order(1)});
  run.migrate_pfn = Pfn(0x1000);
  run.free_pfn = Pfn(0x1e00);
  run.nr_migrate_pages = 1;
  SECTION("a block of the top quarter: [a,b,x,c] is [x,c,a,b]") {
    machine.PutFree(0, Migratetype::kMovable, {0x1010, 0x1020, 0x1e10, 0x1030});
    IsolateFreePages(run);
    CHECK(machine.PfnOf(run.free_blocks.Take(Order(0))) == 0x1e10);
    CHECK(machine.Free(0, Migratetype::kMovable) ==
          Pfns{0x1030, 0x1010, 0x1020});
    CHECK(world.zone().compact.cached_free_pfn == Pfn(0x1c00));
    CHECK(run.fast_search_fail == 0);
  }
  SECTION("else the highest of the top half") {
    machine.PutFree(0, Migratetype::kMovable, {0x1010, 0x1620, 0x1820, 0x1030});
    IsolateFreePages(run);
    CHECK(machine.PfnOf(run.free_blocks.Take(Order(0))) == 0x1820);
    CHECK(machine.Free(0, Migratetype::kMovable) ==
          Pfns{0x1030, 0x1010, 0x1620});
  }
  SECTION("none: the list stays, and the scan finds nothing above either") {
    machine.PutFree(0, Migratetype::kMovable, {0x1010, 0x1020});
    IsolateFreePages(run);
    CHECK(run.free_blocks.empty());
    CHECK(machine.Free(0, Migratetype::kMovable) == Pfns{0x1010, 0x1020});
    CHECK(run.fast_search_fail == 1);
    CHECK(ScannersMet(run));
  }
}

TEST_CASE("IsolateFreePages: a search that reaches its limit rotates as well",
          "[alloc][compaction]") {
  CompactionWorld world;
  TinyMachine& machine = world.machine;
  machine.PutFree(0, Migratetype::kMovable, {0x1010, 0x1020, 0x1030});
  world.marks.init_free_pfn = Pfn(0x2000);
  CompactRun run = world.Run({.order = Order(1)});
  run.migrate_pfn = Pfn(0x1000);
  run.free_pfn = Pfn(0x1e00);
  run.nr_migrate_pages = 1;
  // (32 >> 4) + 1 = 3, halved: one block is looked at.
  run.fast_search_fail = 4;
  IsolateFreePages(run);
  CHECK(machine.Free(0, Migratetype::kMovable) == Pfns{0x1030, 0x1010, 0x1020});
  CHECK(run.free_blocks.empty());
}

TEST_CASE("TakeFreeBlock: from half a pageblock on, the pageblock is movable",
          "[alloc][compaction]") {
  CompactionWorld world;
  TinyMachine& machine = world.machine;
  machine.PutFreeTyped(8, Migratetype::kUnmovable, {0x1e00, 0x1f00});
  PrivateBlocks blocks(*machine.memory);
  REQUIRE(
      TakeFreeBlock(world.state(), CpuId(0), *machine.page(0x1e00), blocks));
  CHECK(world.state().PageblockType(Pfn(0x1e00)) == Migratetype::kMovable);
  CHECK(machine.Free(8, Migratetype::kMovable) == Pfns{0x1f00});
  CHECK(blocks.pages() == PageCount(256));
  CHECK(blocks.TakeFirst() == machine.page(0x1e00));
  CHECK(blocks.TakeFirst() == nullptr);
}

// --- migrate scanner ---

TEST_CASE("IsolateMigratePages: the search moves what it passed to the tail",
          "[alloc][compaction]") {
  CompactionWorld world;
  TinyMachine& machine = world.machine;
  machine.PutFree(3, Migratetype::kMovable, {0x1f00, 0x1208, 0x1f10, 0x1f20});
  world.PutUser(0x1004);
  world.PutUser(0x1210);
  CompactRun run =
      world.Run({.order = Order(4), .mode = MigrateMode::kSyncLight});
  run.migrate_pfn = Pfn(0x1000);
  run.free_pfn = Pfn(0x1e00);
  SECTION("[a,x,b,c] is [b,c,a,x], and x's pageblock is next") {
    CHECK(IsolateMigratePages(run));
    CHECK(machine.Free(3, Migratetype::kMovable) ==
          Pfns{0x1f10, 0x1f20, 0x1f00, 0x1208});
    CHECK(machine.PfnOf(&run.migrate_pages.front()) == 0x1210);
    CHECK(run.migrate_pfn == Pfn(0x1400));
    CHECK(world.IsSkipped(0x1200));
  }
  SECTION("a pageblock that is to be skipped is none") {
    SkipBit(world.state(), Pfn(0x1200)) = 1;
    CHECK(IsolateMigratePages(run));
    CHECK(machine.Free(3, Migratetype::kMovable) ==
          Pfns{0x1f00, 0x1208, 0x1f10, 0x1f20});
    CHECK(machine.PfnOf(&run.migrate_pages.front()) == 0x1004);
    CHECK(run.fast_search_fail == 1);
  }
  SECTION("requests up to order 3 scan linearly") {
    run.goal.order = Order(3);
    CHECK(IsolateMigratePages(run));
    CHECK(machine.PfnOf(&run.migrate_pages.front()) == 0x1004);
  }
  PutbackFolios(world.state(), run.migrate_pages);
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("IsolateMigratePages: who waits takes all of a part or nothing of it",
          "[alloc][compaction]") {
  CompactionWorld world;
  for (const uint64_t pfn : {0x1000, 0x1001, 0x1002}) world.PutUser(pfn);
  for (uint64_t pfn = 0x1008; pfn < 0x1010; ++pfn) world.PutUser(pfn);
  CompactRun run = world.Run({.order = Order(3),
                              .mode = MigrateMode::kAsync,
                              .gfp = gfp::kHighuserMovable,
                              .direct = true});
  run.migrate_pfn = Pfn(0x1000);
  run.free_pfn = Pfn(0x1e00);
  SECTION("the part with a frame that stays is passed") {
    CHECK(IsolateMigratePages(run));
    CHECK(run.nr_migrate_pages == 8);
    CHECK(run.migrate_pfn == Pfn(0x1010));
    CHECK(world.Lru(LruList::kInactiveAnon).size() == 3);
    // Part of the pageblock was looked at: later runs start here again.
    CHECK(world.zone().compact.cached_migrate_pfn[0] == Pfn(0));
  }
  SECTION("pageblocks of another type are passed") {
    world.machine.SetType(0x1000, Migratetype::kUnmovable);
    CHECK_FALSE(IsolateMigratePages(run));
    CHECK(run.migrate_pfn == Pfn(0x1400));
    // The end of the pageblock after the one that was passed.
    CHECK(world.zone().compact.cached_migrate_pfn[0] == Pfn(0x1600));
    CHECK(world.zone().compact.cached_migrate_pfn[1] == Pfn(0));
  }
  SECTION("in a synchronous run they are not") {
    world.machine.SetType(0x1000, Migratetype::kUnmovable);
    run.goal.mode = MigrateMode::kSyncLight;
    CHECK(IsolateMigratePages(run));
    CHECK(run.nr_migrate_pages == 11);
  }
  PutbackFolios(world.state(), run.migrate_pages);
}

TEST_CASE("IsolateMigratePages: what may not be moved for this request stays",
          "[alloc][compaction]") {
  CompactionWorld world;
  world.PutUser(0x1000, 0, kCleanFilePage);
  world.PutUser(0x1002, 0, kAnonPage.With(page_flag::kWriteback));
  world.PutUser(0x1004, 3);
  world.PutUser(0x1100);
  CompactGoal goal{.order = Order(3), .mode = MigrateMode::kSyncLight};
  uint64_t expected = 0;
  SECTION("writeback is not waited for, folios of the order are too large") {
    expected = 2;
  }
  SECTION("without file systems, files stay") {
    goal.gfp = gfp::kNofs;
    expected = 1;
  }
  SECTION("a whole compaction takes all") {
    goal.order.reset();
    goal.mode = MigrateMode::kSync;
    expected = 11;
  }
  CompactRun run = world.Run(goal);
  run.migrate_pfn = Pfn(0x1000);
  run.free_pfn = Pfn(0x1e00);
  CHECK(IsolateMigratePages(run));
  CHECK(run.nr_migrate_pages == static_cast<int64_t>(expected));
  PutbackFolios(world.state(), run.migrate_pages);
}

// --- when, and for whom ---

TEST_CASE("FragmentationIndex: 0 for want of memory, 1000 for fragments",
          "[alloc][compaction]") {
  CompactionWorld world;
  const Zone& zone = world.zone();
  CHECK(FragmentationIndex(zone, Order(2)) == 0);
  PutFreePages(world, 0x1e00, 4);
  // 1000 - (1000 + 4 * 1000 / 4) / 4
  CHECK(FragmentationIndex(zone, Order(2)) == 500);
  // 1000 - (1000 + 4 * 1000 / 512) / 4, 7 rounded down
  CHECK(FragmentationIndex(zone, Order(9)) == 749);
  CHECK(UnusableFreePercent(zone, Order(1)) == 100);
  world.machine.PutFree(2, Migratetype::kMovable, {0x1f00});
  CHECK(FragmentationIndex(zone, Order(2)) == -1000);
  CHECK(UnusableFreePercent(zone, Order(2)) == 50);
  CHECK(UnusableFreePercent(zone, Order(0)) == 0);
}

TEST_CASE("Compactor: suitable is a zone with room, and fragmented",
          "[alloc][compaction]") {
  CompactionWorld world;
  const auto suitable = [&](int order) {
    return world.compactor.Suitable(world.zone(), Order(order), 3,
                                    alloc_flag::kWmarkMin);
  };
  PutFreePages(world, 0x1e00, 16);
  // Twice the block and one more.
  CHECK(suitable(3) == CompactResult::kSkipped);
  PutFreePages(world, 0x1d00, 1);
  CHECK(suitable(3) == CompactResult::kContinue);
  CHECK(suitable(0) == CompactResult::kSuccess);
  PutFreePages(world, 0x1c00, 16);
  // 33 pages for order 4: index 1000 - (1000 + 2062) / 33 = 908.
  CHECK(suitable(4) == CompactResult::kContinue);
  world.state().policy.extfrag_threshold = 908;
  CHECK(suitable(4) == CompactResult::kSkipped);
  // Low orders do not ask.
  CHECK(suitable(3) == CompactResult::kContinue);
}

TEST_CASE("Deferral: a zone that failed is left out ever longer",
          "[alloc][compaction]") {
  CompactionWorld world;
  Zone& zone = world.zone();
  zone.compact.order_failed = 5;
  CHECK_FALSE(IsCompactionDeferred(zone, Order(4)));
  DeferCompaction(zone, Order(4));
  CHECK(zone.compact.order_failed == 4);
  CHECK(zone.compact.defer_shift == 1);
  CHECK(IsCompactionDeferred(zone, Order(4)));
  CHECK_FALSE(IsCompactionDeferred(zone, Order(4)));
  CHECK_FALSE(IsCompactionDeferred(zone, Order(3)));
  for (int i = 0; i < 10; ++i) DeferCompaction(zone, Order(4));
  CHECK(zone.compact.defer_shift == 6);
  for (int i = 0; i < 63; ++i) CHECK(IsCompactionDeferred(zone, Order(4)));
  CHECK_FALSE(IsRestarting(zone, Order(4)));
  CHECK_FALSE(IsCompactionDeferred(zone, Order(4)));
  CHECK(IsRestarting(zone, Order(4)));
  ResetDeferral(zone, Order(4), /*allocated=*/false);
  CHECK(zone.compact.order_failed == 5);
  CHECK(zone.compact.defer_shift == 6);
  world.compactor.NoteOutcome(zone, Order(4), /*got=*/true);
  CHECK(zone.compact.defer_shift == 0);
}

// Eight user pages where a block of order 3 could be, and room above.
void PutBlockOfUsers(CompactionWorld& world) {
  for (uint64_t pfn = 0x1000; pfn < 0x1008; ++pfn) world.PutUser(pfn);
  PutFreePages(world, 0x1e00, 40);
}

AllocControl ControlOf(CompactionWorld& world, Gfp gfp, Order order) {
  return ControlFor(world.state(), world.machine.context,
                    {.gfp = gfp, .order = order}, gfp);
}

TEST_CASE("TryToCompact: direct compaction makes the block",
          "[alloc][compaction]") {
  CompactionWorld world;
  PutBlockOfUsers(world);
  const AllocControl ac = ControlOf(world, gfp::kHighuserMovable, Order(3));
  CHECK(world.compactor.ZonelistSuitable(ac, alloc_flag::kWmarkMin));
  const CompactPriority priority =
      GENERATE(CompactPriority::kAsync, CompactPriority::kSyncLight,
               CompactPriority::kSyncFull);
  CHECK(world.compactor.TryToCompact(world.machine.context, ac,
                                     alloc_flag::kWmarkMin,
                                     priority) == CompactResult::kSuccess);
  CHECK(world.machine.Free(3, Migratetype::kMovable) == Pfns{0x1000});
  CHECK(world.zone().compact.order_failed == 4);
  CHECK(world.machine.nr_free_pages() == 40);
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("TryToCompact: a failure defers, unless it was asynchronous",
          "[alloc][compaction]") {
  CompactionWorld world;
  PutFreePages(world, 0x1e00, 40);
  const AllocControl ac = ControlOf(world, gfp::kKernel, Order(3));
  const auto compact = [&](CompactPriority priority) {
    return world.compactor.TryToCompact(world.machine.context, ac,
                                        alloc_flag::kWmarkMin, priority);
  };
  CHECK(compact(CompactPriority::kAsync) == CompactResult::kPartialSkipped);
  CHECK(world.zone().compact.defer_shift == 0);
  CHECK(world.zone().compact.blockskip_flush);
  CHECK(compact(CompactPriority::kSyncFull) == CompactResult::kComplete);
  CHECK(world.zone().compact.defer_shift == 1);
  CHECK(compact(CompactPriority::kSyncLight) == CompactResult::kDeferred);
  CHECK(world.compactor.TryToCompact(
            world.machine.context, ControlOf(world, gfp::kNowait, Order(3)),
            alloc_flag::kWmarkMin,
            CompactPriority::kAsync) == CompactResult::kSkipped);
}

TEST_CASE("ResetSkipHints: pageblocks with something in them are looked at",
          "[alloc][compaction]") {
  CompactionWorld world;
  world.machine.PutFree(0, Migratetype::kMovable, {0x1c08});
  world.PutUser(0x1210);
  for (uint64_t pfn = 0x1000; pfn < 0x2000; pfn += 0x200) {
    SkipBit(world.state(), Pfn(pfn)) = 1;
  }
  Node& node = world.state().nodes[0];
  world.compactor.ResetSkipHints(node);
  CHECK(world.IsSkipped(0x1200));
  world.zone().compact.blockskip_flush = true;
  world.compactor.ResetSkipHints(node);
  CHECK_FALSE(world.IsSkipped(0x1200));
  CHECK_FALSE(world.IsSkipped(0x1c00));
  CHECK(world.IsSkipped(0x1000));
  CHECK(world.IsSkipped(0x1e00));
  CHECK(world.zone().compact.cached_migrate_pfn[1] == Pfn(0x1200));
  CHECK(world.zone().compact.cached_free_pfn == Pfn(0x1dff));
  CHECK(world.compactor.Save().marks[world.zone().id] ==
        CompactMarks{Pfn(0x1200), Pfn(0x1dff)});
  CHECK_FALSE(world.zone().compact.blockskip_flush);
}

// --- kcompactd ---

TEST_CASE("Kcompactd: woken for an order, it makes a block and sleeps",
          "[alloc][compaction]") {
  CompactionWorld world;
  Node& node = world.state().nodes[0];
  ExecutionContext& context = world.machine.context;
  world.compactor.WakeKcompactd(context, node, Order(3), 3);
  // Not while there is no room.
  CHECK_FALSE(node.kcompactd.awake);
  PutBlockOfUsers(world);
  world.compactor.WakeKcompactd(context, node, Order(2), 2);
  CHECK(node.kcompactd.awake);
  CHECK(node.kcompactd.max_order == 3);
  CHECK(node.kcompactd.highest_zoneidx == 2);
  CHECK(world.compactor.RunKcompactd(context, node));
  CHECK_FALSE(node.kcompactd.awake);
  CHECK(node.kcompactd.max_order == 0);
  CHECK(world.machine.Free(3, Migratetype::kMovable) == Pfns{0x1000});
  CHECK(world.Event(VmEvent::kCompactDaemonWake) == 1);
  CHECK(world.Event(VmEvent::kCompactDaemonMigrateScanned) ==
        world.Event(VmEvent::kCompactMigrateScanned));
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("Kcompactd: proactively it goes by the fragmentation score",
          "[alloc][compaction]") {
  CompactionWorld world;
  Node& node = world.state().nodes[0];
  ExecutionContext& context = world.machine.context;
  PutBlockOfUsers(world);
  CHECK(FragmentationScore(world.state(), world.zone()) == 100);
  CHECK(FragmentationScoreMarks(world.state().policy).low == 80);
  CHECK(FragmentationScoreMarks(world.state().policy).high == 90);
  SECTION("not when it is turned off") {
    world.state().policy.compaction_proactiveness = 0;
    CHECK_FALSE(world.compactor.RunKcompactd(context, node));
  }
  SECTION("not while kswapd runs") {
    node.kswapd.awake = true;
    CHECK_FALSE(world.compactor.RunKcompactd(context, node));
  }
  SECTION("and leaves it alone for long when that did not help") {
    CHECK(world.compactor.RunKcompactd(context, node));
    CHECK(world.Event(VmEvent::kPgmigrateSuccess) == 8);
    CHECK(world.Event(VmEvent::kCompactDaemonWake) == 0);
    for (int i = 0; i < 63; ++i) {
      CHECK_FALSE(world.compactor.RunKcompactd(context, node));
    }
    CHECK(world.compactor.RunKcompactd(context, node));
  }
  CHECK(Verify(world.state()) == Findings());
}

}  // namespace
}  // namespace pagelab
