// The three builds of the hot path give the same pages; they differ in what
// watchers get to see.

#include "pagelab/alloc/hook_keys.h"
#include "pagelab/alloc/limits.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/test/alloc/hook_build_traffic.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/reference_allocator.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

struct CountingHooks : AllocationHooks {
  void OnAlloc(ExecutionContext&, Pfn head, Order order, Gfp) override {
    seen.push_back(head.value() * 16 + static_cast<uint64_t>(order.value()));
  }
  void OnFree(ExecutionContext&, Pfn head, Order) override {
    seen.push_back(head.value() * 16 + 15);
  }
  void OnSplit(Pfn, Order, Order) override {}
  void OnDumpPage(Pfn, std::string&) override {}
  Pfns seen;
};

// 8 MiB: the traffic runs out of it.
struct World {
  World()
      : machine({.memory = TinyMachineOptions::Memory::kRuns,
                 .nodes = {{.memory = {{Pfn(0x1000), Pfn(0x1800)}}}},
                 .geometry = {.section_order = 10, .pageblock_order = 5}}) {
    InitPerZoneWatermarks(*machine.state);
    machine.SetTuning(15, 30, 200);
  }
  using Traffic = Pfns (*)(AllocatorState&, ExecutionContext&);
  Pfns Run(Traffic traffic) { return traffic(*machine.state, machine.context); }

  TinyMachine machine;
};

TEST_CASE("HookBuilds: all three hand out the same pages",
          "[alloc][hook_builds]") {
  World absent;
  World branch;
  World keys;
  const Pfns pfns = absent.Run(TrafficWithoutHooks);
  CHECK(pfns.size() > 1000);
  CHECK(branch.Run(TrafficWithBranches) == pfns);
  CHECK(keys.Run(TrafficWithStaticKeys) == pfns);
  const ReferenceAllocator expected(*absent.machine.state);
  CHECK(expected.Difference(*branch.machine.state) == "");
  CHECK(expected.Difference(*keys.machine.state) == "");
  CHECK(Verify(*absent.machine.state).empty());
}

TEST_CASE("HookBuilds: watching changes nothing, and two builds can be watched",
          "[alloc][hook_builds]") {
  World quiet;
  const Pfns pfns = quiet.Run(TrafficWithoutHooks);
  const auto watched = [&](World::Traffic traffic, CountingHooks& hooks) {
    World world;
    world.machine.Record();
    REQUIRE(AttachHooks(*world.machine.state, hooks).ok());
    CHECK(world.Run(traffic) == pfns);
    DetachHooks(*world.machine.state);
    CHECK(ReferenceAllocator(*quiet.machine.state)
              .Difference(*world.machine.state) == "");
    return world.machine.trace.Take();
  };
  CountingHooks absent;
  CountingHooks branch;
  CountingHooks keys;
  // Tracepoints are in all three.
  const std::vector<std::string> events = watched(TrafficWithoutHooks, absent);
  CHECK(events.size() > 2 * pfns.size());
  CHECK(absent.seen.empty());
  CHECK(watched(TrafficWithBranches, branch) == events);
  CHECK(watched(TrafficWithStaticKeys, keys) == events);
  CHECK(branch.seen.size() > pfns.size());
  CHECK(branch.seen == keys.seen);
}

TEST_CASE("HookBuilds: a hook sees a page before its event, a free after it",
          "[alloc][hook_builds]") {
  struct Hooks : CountingHooks {
    void OnAlloc(ExecutionContext&, Pfn head, Order, Gfp) override {
      CHECK(machine->trace.Take() ==
            std::vector<std::string>{"locked 2000 order 0 mt 1 refill 1"});
      CHECK(machine->page(head.value())->state == PageState::kAllocated);
    }
    void OnFree(ExecutionContext&, Pfn head, Order) override {
      CHECK(machine->trace.Take() ==
            std::vector<std::string>{"alloc 2000 order 0 mt 1 gfp 100cca",
                                     "free 2000 order 0"});
      // Still nobody else's.
      CHECK(machine->page(head.value())->state == PageState::kAllocated);
      ++frees;
    }
    TinyMachine* machine = nullptr;
    int frees = 0;
  } hooks;
  TinyMachine machine;
  machine.PutFree(3, Migratetype::kMovable, {0x2000});
  hooks.machine = &machine;
  machine.Record();
  REQUIRE(AttachHooks(*machine.state, hooks).ok());
  REQUIRE(machine.Alloc(gfp::kHighuserMovable) == 0x2000);
  REQUIRE(machine.FreeBlock(0x2000));
  CHECK(hooks.frees == 1);
  DetachHooks(*machine.state);
}

}  // namespace
}  // namespace pagelab
