#include "pagelab/alloc/compaction/migrate.h"

#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/compaction_world.h"
#include "pagelab/test/support/fake_page_users.h"

namespace pagelab {
namespace {

using Findings = std::vector<std::string>;
using MovesSeen = std::vector<std::pair<uint64_t, uint64_t>>;

constexpr TargetGfps kGfps{.page = gfp::kHighuserMovable,
                           .large = gfp::kHighuserMovable.With(gfp::kComp)};

MigrateOutcome Migrate(CompactionWorld& world, uint64_t pfn,
                       NodeId node = NodeId()) {
  AllocatedTargets targets(*world.machine.allocator, kGfps, node);
  return MigrateFolio(
      *world.machine.allocator, world.machine.context,
      {.targets = targets, .reason = MigrateReason::kMempolicyMbind},
      *world.machine.page(pfn));
}

TEST_CASE("MigrateFolio: everything about a page goes to its new place",
          "[alloc][migrate]") {
  CompactionWorld world;
  TinyMachine& machine = world.machine;
  machine.PutFree(0, Migratetype::kMovable, {0x1e00});
  world.PutUser(0x1000, 0, kAnonPage.With(page_flag::kActive), 0x5a);
  machine.page(0x1000)->pte = page_pte::kMapped;
  machine.page(0x1000)->set_memcg(MemcgWord(7));
  FakePageUsers users(world.state());

  CHECK(Migrate(world, 0x1000) == MigrateOutcome::kMoved);
  CHECK(users.moves == MovesSeen{{0x1000, 0x1e00}});
  const Page& page = *machine.page(0x1e00);
  CHECK(page.state == PageState::kAllocated);
  CHECK(page.flags == kAnonPage.With(page_flag::kActive).With(page_flag::kLru));
  CHECK(page.pte == page_pte::kMapped);
  CHECK(page.memcg().value() == 7);
  CHECK(page.refcount == 1);
  CHECK(world.MarkOf(0x1e00) == 0x5a);
  CHECK(world.Lru(LruList::kActiveAnon) == Pfns{0x1e00});
  CHECK(world.NodeStatOf(NodeStat::kActiveAnon) == 1);
  CHECK(world.NodeStatOf(NodeStat::kIsolatedAnon) == 0);
  CHECK(machine.page(0x1000)->state == PageState::kBuddy);
  CHECK(world.Event(VmEvent::kPgmigrateSuccess) == 1);
  CHECK(users.spent > Nanoseconds(0));
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("MigrateFolio: a pinned page stays on its list, and its target goes",
          "[alloc][migrate]") {
  CompactionWorld world;
  TinyMachine& machine = world.machine;
  machine.PutFree(0, Migratetype::kMovable, {0x1e00});
  world.PutUser(0x1000, 0, kAnonPage, 0x5a);
  FakePageUsers users(world.state());
  const bool pinned = GENERATE(true, false);
  (pinned ? users.pinned : users.refusing).insert(0x1000);
  machine.page(0x1000)->pte = page_pte::kMapped;
  machine.page(0x1000)->set_memcg(MemcgWord(7));

  CHECK(Migrate(world, 0x1000) == MigrateOutcome::kBusy);
  CHECK(users.moves.empty());
  CHECK(world.Lru(LruList::kInactiveAnon) == Pfns{0x1000});
  CHECK(machine.page(0x1000)->pte == page_pte::kMapped);
  CHECK(machine.page(0x1000)->memcg().value() == 7);
  CHECK(world.MarkOf(0x1000) == 0x5a);
  CHECK(machine.page(0x1e00)->state == PageState::kBuddy);
  CHECK(world.NodeStatOf(NodeStat::kIsolatedAnon) == 0);
  CHECK(world.Event(VmEvent::kPgmigrateSuccess) == 0);
  CHECK(world.Event(VmEvent::kPgmigrateFail) == 1);
  CHECK(users.spent == Nanoseconds(0));
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("MigrateFolio: without users, a second reference pins",
          "[alloc][migrate]") {
  CompactionWorld world;
  world.machine.PutFree(0, Migratetype::kMovable, {0x1e00});
  world.PutUser(0x1000);
  world.machine.page(0x1000)->refcount = 2;
  CHECK_FALSE(IsMovable(world.state(), *world.machine.page(0x1000)));
  CHECK(Migrate(world, 0x1000) == MigrateOutcome::kBusy);
  world.machine.page(0x1000)->refcount = 1;
  CHECK(IsMovable(world.state(), *world.machine.page(0x1000)));
  CHECK(Migrate(world, 0x1000) == MigrateOutcome::kMoved);
}

TEST_CASE("MigrateFolio: without a free page it says so", "[alloc][migrate]") {
  CompactionWorld world;
  world.PutUser(0x1000);
  CHECK(Migrate(world, 0x1000) == MigrateOutcome::kNoMemory);
  CHECK(world.Lru(LruList::kInactiveAnon) == Pfns{0x1000});
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("MigrateFolio: a large folio moves as one", "[alloc][migrate]") {
  CompactionWorld world;
  TinyMachine& machine = world.machine;
  machine.PutFree(2, Migratetype::kMovable, {0x1e00});
  world.PutUser(0x1010, 2);
  machine.memory->WriteByte(Pfn(0x1013), 9, std::byte{0x33});
  CHECK(Migrate(world, 0x1010) == MigrateOutcome::kMoved);
  CHECK(machine.page(0x1e00)->order() == Order(2));
  CHECK(machine.page(0x1e00)->flags.Has(page_flag::kHead));
  CHECK(machine.memory->ByteAt(Pfn(0x1e03), 9) == std::byte{0x33});
  CHECK(world.NodeStatOf(NodeStat::kInactiveAnon) == 4);
  CHECK(world.Event(VmEvent::kPgmigrateSuccess) == 4);
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("MigrateFolio: a folio that changes node takes its LRU page along",
          "[alloc][migrate]") {
  TinyMachine machine(
      {.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x1400)}}},
                 {.memory = {{Pfn(0x2000), Pfn(0x2400)}}, .nr_cpus = 0}}});
  machine.PutAllocated(0x1000, 0, kAnonPage);
  AddToLru(*machine.state, *machine.page(0x1000), PageCount(1));
  machine.PutFree(0, Migratetype::kMovable, {0x2010});
  AllocatedTargets targets(
      *machine.allocator,
      TargetGfpsFor(MigrateReason::kSyscallOrCpuset, machine.zone()),
      NodeId(1));
  CHECK(MigrateFolio(
            *machine.allocator, machine.context,
            {.targets = targets, .reason = MigrateReason::kSyscallOrCpuset},
            *machine.page(0x1000)) == MigrateOutcome::kMoved);
  const size_t list = Index(NodeStat::kInactiveAnon);
  CHECK(machine.state->nodes[0].stat[list] == 0);
  CHECK(machine.state->nodes[1].stat[list] == 1);
  CHECK(machine.page(0x2010)->flags.Has(page_flag::kLru));
  CHECK(Verify(*machine.state) == Findings());
}

TEST_CASE("MigrateFolios: targets come first, then the moves; the rest stays",
          "[alloc][migrate]") {
  CompactionWorld world;
  TinyMachine& machine = world.machine;
  machine.PutFree(0, Migratetype::kMovable, {0x1e00, 0x1e02});
  world.PutUsers({0x1000, 0x1001, 0x1002});
  FakePageUsers users(world.state());
  PageList list;
  for (const uint64_t pfn : {0x1000, 0x1001, 0x1002}) {
    IsolateFolio(world.state(), *machine.page(pfn), list);
  }
  CHECK(world.NodeStatOf(NodeStat::kIsolatedAnon) == 3);
  AllocatedTargets targets(*machine.allocator, kGfps, NodeId());
  machine.Record();
  const MigrateCounts counts = MigrateFolios(
      *machine.allocator, machine.context,
      {.targets = targets, .reason = MigrateReason::kContigRange}, list);
  machine.StopRecording();
  CHECK(counts.succeeded == 2);
  CHECK(counts.failed == 1);
  CHECK(counts.out_of_memory);
  CHECK(users.moves == MovesSeen{{0x1002, 0x1e00}, {0x1001, 0x1e02}});
  std::vector<std::string> events;
  for (const std::string& line : machine.trace.Take()) {
    if (line.starts_with("alloc ") || line.starts_with("free ")) {
      events.push_back(line.substr(0, line.find(" mt")));
    }
  }
  CHECK(events ==
        std::vector<std::string>{"alloc 1e00 order 0", "alloc 1e02 order 0",
                                 "alloc failed order 0", "free 1002 order 0",
                                 "free 1001 order 0"});
  REQUIRE(!list.empty());
  CHECK(machine.PfnOf(&list.front()) == 0x1000);
  PutbackFolios(world.state(), list);
  CHECK(world.Lru(LruList::kInactiveAnon) == Pfns{0x1000, 0x1e02, 0x1e00});
  CHECK(Verify(world.state()) == Findings());
}

TEST_CASE("TargetGfpsFor: every reason asks as the kernel does",
          "[alloc][migrate]") {
  CompactionWorld world;
  const auto page = [&](MigrateReason reason) {
    return TargetGfpsFor(reason, world.zone()).page;
  };
  const Gfp eager = gfp::kUser.With(gfp::kMovable).With(gfp::kRetryMayfail);
  CHECK(page(MigrateReason::kMemoryHotplug) == eager);
  CHECK(page(MigrateReason::kContigRange) == eager);
  CHECK(page(MigrateReason::kMemoryFailure) == eager);
  CHECK(page(MigrateReason::kSyscallOrCpuset) ==
        gfp::kHighuserMovable.With(gfp::kThisnode));
  CHECK_FALSE(page(MigrateReason::kLongtermPin).Has(gfp::kMovable));
  CHECK_FALSE(page(MigrateReason::kNumaMisplaced).HasAny(gfp::kReclaim));
  CHECK(page(MigrateReason::kDemotion).Has(gfp::kKswapdReclaim));
  CHECK_FALSE(page(MigrateReason::kDamon).Has(gfp::kDirectReclaim));
  for (int reason = 0; reason < kMigrateReasons; ++reason) {
    CAPTURE(reason);
    const Gfp large =
        TargetGfpsFor(static_cast<MigrateReason>(reason), world.zone()).large;
    CHECK(large.Has(gfp::kComp));
    CHECK(large.Has(gfp::kMovable) ==
          (static_cast<MigrateReason>(reason) != MigrateReason::kLongtermPin));
  }
}

}  // namespace
}  // namespace pagelab
