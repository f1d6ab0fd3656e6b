#include "pagelab/alloc/lru.h"
#include "pagelab/base/text.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/kernel_world.h"
#include "pagelab/workloads/kernel/anonymous_memory.h"

namespace pagelab {
namespace {

constexpr PageCount kOne(1);

TEST_CASE("Anonymous memory: a fault costs a page and each 2 MiB a page table",
          "[workloads][anonymous]") {
  WorldFixture fixture;
  const uint64_t free = fixture.FreePages();
  MemoryArea& area = fixture.anonymous().Map(fixture.process(), "heap", 600);
  CHECK(fixture.FreePages() == free);
  fixture.Write(fixture.process(), area, 0, 600);
  CHECK(fixture.FreePages() == free - 600 - 2);
  CHECK(fixture.Stat(NodeStat::kAnonPages) == 600);
  CHECK(fixture.Stat(NodeStat::kInactiveAnon) == 600);
  CHECK(fixture.Stat(NodeStat::kPageTablePages) == 2);
  CHECK(fixture.Count(VmEvent::kPgfault) == 600);
  // What is there is not faulted in again; reading makes no page.
  fixture.Write(fixture.process(), area, 0, 600);
  CHECK(fixture.Count(VmEvent::kPgfault) == 600);
  MemoryArea& other = fixture.anonymous().Map(fixture.process(), "other", 1);
  CHECK(fixture.anonymous().Touch(fixture.process(), other, 0,
                                  /*write=*/false) == Fault::kNone);
  CHECK(other.resident == 0);
  fixture.CheckConsistent();
  fixture.anonymous().Unmap(fixture.process(), "heap");
  CHECK(fixture.FreePages() == free);
  CHECK(fixture.Stat(NodeStat::kAnonPages) == 0);
  CHECK(fixture.Stat(NodeStat::kPageTablePages) == 0);
}

TEST_CASE("Anonymous memory: after a fork pages are shared until written to",
          "[workloads][anonymous]") {
  WorldFixture fixture;
  const uint64_t free = fixture.FreePages();
  MemoryArea& area = fixture.anonymous().Map(fixture.process(), "heap", 100);
  fixture.Write(fixture.process(), area, 0, 100);
  Process* child = fixture.world().Fork(fixture.process(), "child");
  REQUIRE(child != nullptr);
  // Four pages of stack, two of the top-level table, a page table, and slabs of
  // task_struct and others.
  const uint64_t slabs = fixture.Stat(NodeStat::kSlabUnreclaimable) +
                         fixture.Stat(NodeStat::kSlabReclaimable);
  CHECK(slabs > 0);
  CHECK(fixture.FreePages() == free - 100 - 1 - 4 - 2 - 1 - slabs);
  MemoryArea& copy = *child->areas.at("heap");
  CHECK(copy.resident == 100);
  fixture.Write(*child, copy, 0, 10);
  CHECK(fixture.Stat(NodeStat::kAnonPages) == 110);
  CHECK(fixture.Count(VmEvent::kPgreuse) == 0);
  // The parent's first ten are its own again, the others are still shared.
  fixture.Write(fixture.process(), area, 0, 10);
  CHECK(fixture.Count(VmEvent::kPgreuse) == 10);
  CHECK(fixture.Stat(NodeStat::kAnonPages) == 110);
  fixture.world().Exit(fixture.process());
  CHECK(fixture.Stat(NodeStat::kAnonPages) == 100);
  fixture.world().Exit(*child);
  // Some empty slabs are kept for the next.
  CHECK(fixture.FreePages() == free -
                                   fixture.Stat(NodeStat::kSlabUnreclaimable) -
                                   fixture.Stat(NodeStat::kSlabReclaimable));
  CHECK(fixture.Stat(NodeStat::kKernelStack) == 0);
  fixture.CheckConsistent();
}

TEST_CASE("Anonymous memory: a huge page is split when a part of it goes",
          "[workloads][anonymous]") {
  WorldFixture fixture;
  const uint64_t free = fixture.FreePages();
  MemoryArea& area = fixture.anonymous().Map(fixture.process(), "huge", 1024);
  area.thp = ThpMode::kMadvise;
  area.huge_advised = true;
  fixture.anonymous().Touch(fixture.process(), area, 700, /*write=*/true);
  CHECK(area.resident == 512);
  CHECK(fixture.Count(VmEvent::kThpFaultAlloc) == 1);
  CHECK(fixture.Stat(NodeStat::kAnonTransparentHugepages) == 512);
  CHECK(fixture.FreePages() == free - 512);
  fixture.anonymous().Zap(fixture.process(), area, 512, 612);
  CHECK(fixture.Count(VmEvent::kThpSplitPage) == 1);
  CHECK(area.resident == 412);
  CHECK(fixture.Stat(NodeStat::kAnonTransparentHugepages) == 0);
  CHECK(fixture.Stat(NodeStat::kAnonPages) == 412);
  CHECK(fixture.FreePages() == free - 412);
  fixture.CheckConsistent();
  fixture.world().Exit(fixture.process());
  CHECK(fixture.FreePages() == free);
}

TEST_CASE("Anonymous memory: a page that is evicted comes back from swap",
          "[workloads][anonymous]") {
  WorldFixture fixture;
  AllocatorState& state = fixture.machine().state();
  fixture.world().swap().Grow(kOne);
  MemoryArea& area = fixture.anonymous().Map(fixture.process(), "heap", 2);
  fixture.Write(fixture.process(), area, 0, 2);
  Process* child = fixture.world().Fork(fixture.process(), "child");
  REQUIRE(child != nullptr);
  ExecutionContext context = fixture.world().ContextOf(fixture.process());
  Page& folio = *state.memory->PageAt(area.ptes[0].pfn());
  CHECK(fixture.world().TakeReferences(folio) == 1);
  CHECK(fixture.world().TakeReferences(folio) == 0);
  RemoveFromLru(state, folio, kOne);
  REQUIRE(fixture.world().Evict(context, folio) == Eviction::kFreed);
  fixture.machine().FreePages(context, &folio, Order(0));
  CHECK(area.swapped == 1);
  CHECK(child->areas.at("heap")->swapped == 1);
  CHECK(fixture.world().swap().used() == kOne);
  CHECK(fixture.Stat(NodeStat::kAnonPages) == 1);
  // Swap is full.
  Page& second = *state.memory->PageAt(area.ptes[1].pfn());
  RemoveFromLru(state, second, kOne);
  CHECK(fixture.world().Evict(context, second) == Eviction::kActivate);
  AddToLru(state, second, kOne);
  // Each of the two has a page of its own when both came back.
  CHECK(fixture.anonymous().Touch(fixture.process(), area, 0,
                                  /*write=*/false) == Fault::kHandled);
  CHECK(fixture.world().swap().used() == kOne);
  CHECK(fixture.anonymous().Touch(*child, *child->areas.at("heap"), 0,
                                  /*write=*/false) == Fault::kHandled);
  CHECK(fixture.world().swap().used() == PageCount(0));
  CHECK(fixture.Count(VmEvent::kPswpout) == 1);
  CHECK(fixture.Count(VmEvent::kPswpin) == 2);
  CHECK(fixture.Stat(NodeStat::kAnonPages) == 3);
  fixture.CheckConsistent();
}

TEST_CASE("Anonymous memory: a pinned page is neither evicted nor moved",
          "[workloads][anonymous]") {
  WorldFixture fixture;
  fixture.world().swap().Grow(PageCount(10));
  MemoryArea& area = fixture.anonymous().Map(fixture.process(), "heap", 1);
  REQUIRE(fixture.anonymous().Pin(fixture.process(), area, 0,
                                  AnonymousMemory::PinFor::kLong));
  Page& folio = *fixture.machine().memory().PageAt(area.ptes[0].pfn());
  CHECK(fixture.world().IsPinned(folio));
  ExecutionContext context = fixture.world().ContextOf(fixture.process());
  CHECK(fixture.world().Evict(context, folio) == Eviction::kBusy);
  fixture.anonymous().Unpin(area, 0);
  CHECK_FALSE(fixture.world().IsPinned(folio));
}

TEST_CASE("Anonymous memory: a huge page counts the pins of all its pages",
          "[workloads][anonymous]") {
  WorldFixture fixture;
  MemoryArea& area = fixture.anonymous().Map(fixture.process(), "huge", 512);
  area.thp = ThpMode::kMadvise;
  area.huge_advised = true;
  for (uint64_t i = 0; i < 512; ++i) {
    REQUIRE(fixture.anonymous().Pin(fixture.process(), area, i,
                                    AnonymousMemory::PinFor::kLong));
  }
  const Page& folio = *fixture.machine().memory().PageAt(area.ptes[0].pfn());
  REQUIRE(folio.order() == Order(9));
  CHECK(fixture.world().IsPinned(folio));
  for (uint64_t i = 0; i < 511; ++i) fixture.anonymous().Unpin(area, i);
  CHECK(fixture.world().IsPinned(folio));
  fixture.anonymous().Unpin(area, 511);
  CHECK_FALSE(fixture.world().IsPinned(folio));
}

TEST_CASE("Anonymous memory: pages move for each of the ten reasons",
          "[workloads][anonymous]") {
  for (int i = 0; i < kMigrateReasons; ++i) {
    const std::string reason(ToString(static_cast<MigrateReason>(i)));
    CAPTURE(reason);
    RunWorld world;
    world.MustRun(R"({"tasks": [{"name": "t", "steps": [
      {"mmap": {"as": "heap", "size": "40K"}}, {"fault": {"area": "heap"}},
      {"move_pages": {"area": "heap", "reason": ")" +
                  reason + R"("}}]}]})");
    CHECK(RecordsWith(
              world.Dump(),
              "Page has been migrated, last migrate reason: " + reason) == 10);
  }
}

TEST_CASE("Anonymous memory: steps refuse what is not there",
          "[workloads][anonymous]") {
  RunWorld world;
  const auto error = [&](const std::string& step) {
    const absl::Status status =
        world.Run(R"({"tasks": [{"name": "t", "steps": [)" + step + "]}]}");
    REQUIRE_FALSE(status.ok());
    const std::string text(FromAbsl(status.message()));
    // Behind file, line and column.
    return text.substr(text.find(' ') + 1);
  };
  CHECK(error(R"({"fault": {"area": "heap"}})") ==
        "process 100 (t) has no memory area \"heap\": \"mmap\" makes one");
  CHECK(
      error(R"({"mmap": {"as": "heap", "size": "8K"}},
                 {"fault": {"area": "heap", "size": "12K"}})") ==
      "memory area \"heap\" has 8192 bytes, and 12288 from 0 on are asked for");
  CHECK(error(R"({"mmap": {"as": "heap", "size": "8K"}},
                 {"fault": {"area": "heap", "offset": "4K",
                            "size": "0xFFFFFFFFFFFFF000"}})") ==
        "memory area \"heap\" has 8192 bytes, and 18446744073709547520 from "
        "4096 on are asked for");
  CHECK(error(R"({"swapon": {"size": "4095P"}})")
            .find("it may have 4294967296") != std::string::npos);
  CHECK(error(R"({"exit": {"which": "kids"}})") ==
        "there are no processes \"kids\": \"fork\" makes some");
  CHECK(error(R"({"mmap": {"as": "heap", "size": "8K"}},
                 {"mmap": {"as": "heap", "size": "8K"}})") ==
        "there is a memory area \"heap\" already");
  CHECK(error(R"({"mmap": {"as": "heap", "size": "100T"}})")
            .find("memory area \"heap\" of 109951162777600 bytes: it must be "
                  "larger than 0, and not larger than memory and swap") == 0);
  CHECK(error(R"({"mmap": {"as": "heap", "size": 0}})")
            .find("memory area \"heap\" of 0 bytes") == 0);
  CHECK(error(R"({"oom_score_adj": {"value": 1, "of": "kids"}})") ==
        "there are no processes \"kids\": \"fork\" makes some");
}

}  // namespace
}  // namespace pagelab
