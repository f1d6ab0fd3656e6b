#include "pagelab/alloc/caller_bugs.h"

#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/reference_allocator.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

// A machine with a page of each kind; a refused free changes none of it.
struct World {
  World() {
    machine.SetTuning(4, 100, 100);
    machine.PutFree(5, Migratetype::kMovable, {0x2000});
    machine.PutAllocated(0x2200, 0);
    machine.PutAllocated(0x2400, 3);
    machine.PutPcp(1, {0x2600});
  }

  void ExpectRefused(uint64_t pfn, int order, const char* reason) {
    CAPTURE(pfn, order);
    const ReferenceAllocator before(*machine.state);
    machine.log.lines.clear();
    machine.Record();
    CHECK_FALSE(machine.FreeBlock(pfn, order));
    machine.StopRecording();
    CHECK(machine.trace.Take().empty());
    CHECK(machine.log.Count("BUG: Bad page state in process test") == 1);
    CHECK(machine.log.Count(std::string("page dumped because: ") + reason) ==
          1);
    CHECK(before.Difference(*machine.state) == "");
    CHECK(Verify(*machine.state).empty());
  }

  TinyMachine machine;
};

TEST_CASE("CallerBugs: freeing a free page is refused",
          "[alloc][caller_bugs]") {
  World world;
  REQUIRE(world.machine.FreeBlock(0x2200));
  // On the list of the CPU, head and tail, and in the buddy lists.
  world.ExpectRefused(0x2200, 0, "nonzero _refcount");
  world.ExpectRefused(0x2600, 0, "nonzero _refcount");
  world.ExpectRefused(0x2000, 5, "nonzero _refcount");
  world.ExpectRefused(0x2001, 0, "nonzero _refcount");
}

TEST_CASE("CallerBugs: freeing a page inside a block is refused",
          "[alloc][caller_bugs]") {
  World world;
  world.ExpectRefused(0x2401, 0, "nonzero _refcount");
  world.ExpectRefused(0x2404, 2, "nonzero _refcount");
}

TEST_CASE("CallerBugs: freeing with a wrong order is refused",
          "[alloc][caller_bugs]") {
  World world;
  const char* reason =
      "VM_BUG_ON_PAGE(compound && compound_order(page) != order)";
  world.ExpectRefused(0x2400, 0, reason);
  world.ExpectRefused(0x2400, 2, reason);
  world.ExpectRefused(0x2400, 4, reason);
  world.ExpectRefused(0x2200, 1, reason);
  CHECK(world.machine.FreeBlock(0x2400, 3));
}

TEST_CASE("CallerBugs: freeing a reserved page is refused",
          "[alloc][caller_bugs]") {
  World world;
  world.ExpectRefused(0x3000, 0, "PAGE_FLAGS_CHECK_AT_FREE flag(s) set");
  world.ExpectRefused(0x3000, 3, "PAGE_FLAGS_CHECK_AT_FREE flag(s) set");
}

TEST_CASE("CallerBugs: a run of untouched memory is free memory",
          "[alloc][caller_bugs]") {
  TinyMachine runs({.memory = TinyMachineOptions::Memory::kRuns});
  CHECK_FALSE(runs.FreeBlock(0x5000, 10));
  CHECK_FALSE(runs.FreeBlock(0x5321, 0));
  CHECK(runs.log.Count("BUG: Bad page state in process test") == 2);
  CHECK(Verify(*runs.state).empty());
}

TEST_CASE("CallerBugs: one page twice in a batch is freed once",
          "[alloc][caller_bugs]") {
  World world;
  TinyMachine& machine = world.machine;
  const PageAllocator::Folio page{machine.page(0x2200), Order(0)};
  const PageAllocator::Folio block{machine.page(0x2400), Order(2)};
  const PageAllocator::Folio batch[] = {page, page, block};
  machine.allocator->FreeFolios(machine.context, batch);
  CHECK(machine.Pcp(1) == Pfns{0x2200, 0x2600});
  CHECK(machine.page(0x2400)->state == PageState::kAllocated);
  CHECK(machine.log.Count("page dumped because: nonzero _refcount") == 1);
  CHECK(machine.log.Count("VM_BUG_ON_PAGE") == 1);
  CHECK(Verify(*machine.state).empty());
}

TEST_CASE("CallerBugs: a poisoned frame is never free again",
          "[alloc][caller_bugs]") {
  World world;
  TinyMachine& machine = world.machine;
  machine.page(0x2200)->flags = page_flag::kHwpoison;
  CHECK(machine.FreeBlock(0x2200));
  CHECK(machine.Pcp(1) == Pfns{0x2600});
  CHECK(machine.page(0x2200)->flags == page_flag::kHwpoison);
  world.ExpectRefused(0x2200, 0, "nonzero _refcount");
}

}  // namespace
}  // namespace pagelab
