#include "pagelab/owner/mixed_blocks.h"

#include <array>

#include "pagelab/test/owner/owner_fixture.h"
#include "pagelab/test/support/catch.h"

namespace pagelab {
namespace {

using Counts = std::array<uint64_t, kMigrateTypes>;

// Pages of the machine's block that nothing else touches, with a record each.
struct Block {
  explicit Block(OwnerFixture& machine) : machine(machine) {
    head = machine.Alloc(gfp::kMovable, 9);
    machine.owner.OnFree(machine.kernel.context, head, Order(9));
    machine.kernel.memory->PageAt(head)->state = PageState::kNone;
  }
  // The block's page at `index`, allocated with its own mask.
  void Alloc(uint64_t index, int order, Gfp gfp) {
    const Pfn pfn = head + PageCount(index);
    Page& page = *machine.kernel.memory->PageAt(pfn);
    page.state = PageState::kAllocated;
    page.order_value = static_cast<uint8_t>(order);
    page.zone = static_cast<uint8_t>(Index(ZoneType::kDma32));
    machine.owner.OnAlloc(machine.kernel.context, pfn, Order(order), gfp);
  }
  void SetType(Migratetype type) {
    machine.kernel.state.SetPageblockType(head, type);
  }
  OwnerFixture& machine;
  Pfn head;
};

Counts CountsOf(const OwnerFixture& machine) {
  return CountMixedBlocks(machine.owner,
                          *machine.kernel.state.FindZone(Pfn(2000)));
}

}  // namespace

TEST_CASE("MixedBlocks: one page of another type makes a pageblock mixed, once",
          "[owner][mixed_blocks]") {
  OwnerFixture machine;
  REQUIRE(machine.Boot().ok());
  // Boot's own pages are Unmovable in blocks that are Movable: page_ext takes
  // 2 of each table's 2 pageblocks, the pools another.
  const Counts boot = CountsOf(machine);
  CHECK(boot == Counts{0, 5, 0, 0, 0, 0});

  Block block(machine);
  block.Alloc(0, 2, gfp::kHighuserMovable);
  CHECK(CountsOf(machine) == boot);
  block.Alloc(4, 0, gfp::kKernel);
  block.Alloc(5, 0, gfp::kKernel);
  CHECK(CountsOf(machine) == Counts{0, 6, 0, 0, 0, 0});

  SECTION("counted under the type of the block, CMA under Movable") {
    block.SetType(Migratetype::kReclaimable);
    CHECK(CountsOf(machine) == Counts{0, 5, 1, 0, 0, 0});
    block.SetType(Migratetype::kCma);
    CHECK(CountsOf(machine) == Counts{0, 6, 0, 0, 0, 0});
    block.SetType(Migratetype::kUnmovable);
    CHECK(CountsOf(machine) == Counts{1, 5, 0, 0, 0, 0});
  }
  SECTION("freed pages do not count") {
    machine.owner.OnFree(machine.kernel.context, block.head + PageCount(4),
                         Order(0));
    machine.owner.OnFree(machine.kernel.context, block.head + PageCount(5),
                         Order(0));
    CHECK(CountsOf(machine) == boot);
  }
  SECTION("grouping off: every request is Unmovable") {
    machine.kernel.state.policy.page_group_by_mobility_disabled = true;
    block.SetType(Migratetype::kUnmovable);
    CHECK(CountsOf(machine) == boot);
  }
}

}  // namespace pagelab
