// Every invariant, broken on purpose, is found and named.

#include "pagelab/alloc/verify.h"

#include "pagelab/alloc/free_area_ops.h"
#include "pagelab/alloc/lru.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;

using Findings = std::vector<std::string>;

struct World {
  World() {
    machine.PutFree(3, kM, {0x2000, 0x2010});
    machine.PutFreeTyped(10, kU, {0x4000});
    machine.PutPcp(1, {0x2020, 0x2021});
    machine.PutAllocated(0x2030, 4);
    REQUIRE(Verify(*machine.state) == Findings());
  }
  Findings All() const { return Verify(*machine.state); }
  // The finding that starts with `invariant`, or all of them.
  std::string Found(const std::string& invariant) const {
    std::string all;
    for (const std::string& finding : All()) {
      if (finding.rfind(invariant + ": ", 0) == 0) {
        return finding.substr(invariant.size() + 2);
      }
      all += finding + "\n";
    }
    return "only: " + all;
  }
  Zone& zone() { return machine.zone(); }
  PerCpuPages& pcp() { return machine.pcp(); }
  Page& page(uint64_t pfn) { return *machine.page(pfn); }

  TinyMachine machine;
};

TEST_CASE("Verify: P1, a listed block says what it is", "[alloc][verify]") {
  World world;
  world.page(0x2000).state = PageState::kAllocated;
  CHECK(world.Found("P1") ==
        "Node 0, zone DMA32: pfn 0x2000 on the list of order 3 type Movable "
        "has state 3, order 3, zone 1");
}

TEST_CASE("Verify: P4, free memory is not mapped", "[alloc][verify]") {
  World world;
  world.page(0x2010).pte = page_pte::kMapped;
  CHECK(world.Found("P4") ==
        "Node 0, zone DMA32: pfn 0x2010, state 1, is mapped: pte is 0x2");
  world.page(0x2010).pte = 0;
  world.page(0x2030).pte = page_pte::kMapped;
  CHECK(world.All() == Findings());
  // What was mapped as a whole is mapped in pieces.
  world.machine.allocator->SplitPage(&world.page(0x2030), Order(4), Order(2));
  CHECK(world.page(0x2034).pte == page_pte::kMapped);
  CHECK(world.page(0x2035).pte == 0);
}

TEST_CASE("Verify: R1, runs are of the largest order", "[alloc][verify]") {
  World world;
  world.page(0x2010).extra_blocks = 1;
  CHECK(world.Found("R1") ==
        "Node 0, zone DMA32: pfn 0x2010 of order 3 heads a run of 1 more "
        "blocks");
}

TEST_CASE("Verify: I1, blocks are aligned and inside the zone",
          "[alloc][verify]") {
  World world;
  SECTION("aligned") {
    world.machine.PutFree(1, kM, {0x3001});
    CHECK(world.Found("I1") ==
          "Node 0, zone DMA32: pfn 0x3001 of order 1 is not aligned or not "
          "inside the zone");
  }
  SECTION("inside") {
    world.zone().span.begin = Pfn(0x2001);
    CHECK(world.Found("I1") ==
          "Node 0, zone DMA32: pfn 0x2000 of order 3 is not aligned or not "
          "inside the zone");
  }
  SECTION("allocated blocks, too") {
    world.zone().span.end = Pfn(0x2038);
    CHECK_THAT(world.Found("I1"), ContainsText("zone DMA32: pfn 0x"));
  }
}

TEST_CASE("Verify: I2, no page is in two places", "[alloc][verify]") {
  World world;
  SECTION("a block inside a block") {
    world.page(0x2004).state = PageState::kAllocated;
    CHECK(world.Found("I2") ==
          "Node 0, zone DMA32: pfn 0x2004 heads a block inside the block at "
          "0x2000");
  }
  SECTION("a free block on no list") {
    world.zone().free_area[3].list(kM).Remove(world.page(0x2010));
    --world.zone().free_area[3].nr_free;
    CHECK(world.Found("I2") ==
          "Node 0, zone DMA32: pfn 0x2010 says it is free and is on no list");
  }
  SECTION("reserved and on a list") {
    world.machine.memory->reserved().Add({Pfn(0x2010), Pfn(0x2018)});
    CHECK(world.Found("I2") ==
          "Node 0, zone DMA32: pfn 0x2010 is on a list twice, reserved or "
          "inside a block");
  }
  SECTION("reserved and in a block") {
    world.machine.memory->reserved().Add({Pfn(0x4100), Pfn(0x4101)});
    CHECK(world.Found("I2") ==
          "Node 0, zone DMA32: pfn 0x4000 of order 10 covers the reserved pfn "
          "0x4100");
  }
}

TEST_CASE("Verify: I3, nr_free counts the blocks", "[alloc][verify]") {
  World world;
  ++world.zone().free_area[3].nr_free;
  CHECK(world.Found("I3") ==
        "Node 0, zone DMA32: order 3: nr_free is 3, the lists hold 2 blocks");
}

TEST_CASE("Verify: I3, a count that is too low does not hang",
          "[alloc][verify]") {
  World world;
  world.zone().free_area[3].nr_free = 0;
  CHECK_THAT(world.Found("I3"), ContainsText("order 3: nr_free is 0"));
}

TEST_CASE("Verify: I4, blocks are on the list of their pageblocks",
          "[alloc][verify]") {
  World world;
  world.machine.SetType(0x4200, kM);
  CHECK(world.Found("I4") ==
        "Node 0, zone DMA32: pfn 0x4200 is on a list of Unmovable, its "
        "pageblock is Movable");
  // Without grouping these are the same.
  world.machine.state->policy.page_group_by_mobility_disabled = true;
  CHECK(world.All().empty());
}

TEST_CASE("Verify: I5, free buddies have merged", "[alloc][verify]") {
  World world;
  world.machine.PutFree(3, kM, {0x2008});
  CHECK(world.Found("I5") ==
        "Node 0, zone DMA32: pfn 0x2000 and its buddy 0x2008 are both free at "
        "order 3");
}

TEST_CASE("Verify: I7, the counter is what is free", "[alloc][verify]") {
  World world;
  world.pcp().stat_threshold = 5;
  world.pcp().vm_stat_diff[0] = 3;
  CHECK(world.Found("I7") ==
        "Node 0, zone DMA32: nr_free_pages is 1043 with differentials, the "
        "lists hold 1040");
  world.zone().vm_stat[0] -= 3;
  CHECK(world.All().empty());
}

TEST_CASE("Verify: I8, differentials stay under their threshold",
          "[alloc][verify]") {
  World world;
  world.pcp().stat_threshold = 2;
  world.pcp().vm_stat_diff[0] = -3;
  CHECK(world.Found("I8") ==
        "Node 0, zone DMA32: cpu 0: a differential of -3 is over the "
        "threshold 2");
}

TEST_CASE("Verify: I9, highatomic and CMA pages are counted",
          "[alloc][verify]") {
  World world;
  SECTION("highatomic") {
    world.zone().nr_free_highatomic = 8;
    CHECK(world.Found("I9") ==
          "Node 0, zone DMA32: nr_free_highatomic is 8, the lists hold 0");
  }
  SECTION("CMA") {
    world.zone().vm_stat[1] = 4;
    CHECK(world.Found("I9") ==
          "Node 0, zone DMA32: nr_free_cma is 4 with differentials, the lists "
          "hold 0");
  }
}

TEST_CASE("Verify: I10, reserved pageblocks are counted and bounded",
          "[alloc][verify]") {
  World world;
  world.zone().nr_reserved_highatomic = 512;
  CHECK(world.Found("I10") ==
        "Node 0, zone DMA32: nr_reserved_highatomic is 512, pageblocks hold 0");
  world.machine.SetType(0x8000, Migratetype::kHighAtomic);
  CHECK(world.Found("I10") ==
        "Node 0, zone DMA32: nr_reserved_highatomic is 512, at most 0 is "
        "allowed");
}

TEST_CASE("Verify: T1, isolated pageblocks are counted", "[alloc][verify]") {
  World world;
  world.machine.SetType(0x8000, Migratetype::kIsolate);
  CHECK(world.Found("T1") ==
        "Node 0, zone DMA32: nr_isolate_pageblock is 0, there are 1");
}

TEST_CASE("Verify: I11, count is what the per-cpu lists hold",
          "[alloc][verify]") {
  World world;
  world.pcp().count = 1;
  CHECK(world.Found("I11") ==
        "Node 0, zone DMA32: cpu 0: count is 1, the lists hold 2 pages");
}

TEST_CASE("Verify: I12, a per-cpu list holds blocks of its order",
          "[alloc][verify]") {
  World world;
  world.page(0x2021).order_value = 2;
  CHECK(world.Found("I12") ==
        "Node 0, zone DMA32: cpu 0 list 1: pfn 0x2021 has state 2, order 2, "
        "zone 1");
}

TEST_CASE("Verify: I13 and I14, the tuning is within its bounds",
          "[alloc][verify]") {
  World world;
  SECTION("limits") {
    world.pcp().high_min = 5;
    CHECK(world.Found("I13") ==
          "Node 0, zone DMA32: cpu 0: batch 1, high_min 5, high_max 0");
  }
  SECTION("batch") {
    world.pcp().batch = 0;
    CHECK_THAT(world.Found("I13"), ContainsText("batch 0"));
  }
  SECTION("alloc_factor") {
    world.pcp().alloc_factor = 6;
    CHECK(world.Found("I14") ==
          "Node 0, zone DMA32: cpu 0: alloc_factor 6, free_count 0 of at most "
          "543");
  }
  SECTION("free_count") {
    world.pcp().free_count = 544;
    CHECK_THAT(world.Found("I14"), ContainsText("free_count 544"));
    world.pcp().free_count = -1;
    CHECK_THAT(world.Found("I14"), ContainsText("free_count -1"));
  }
}

TEST_CASE("Verify: I20, every managed page is somewhere", "[alloc][verify]") {
  World world;
  SECTION("lost") {
    world.page(0x2030).state = PageState::kNone;
    CHECK(world.All() ==
          Findings{"I20: Node 0, zone DMA32: pfns 0x2030 to 0x203f are not "
                   "reserved and in no block",
                   "I20: Node 0, zone DMA32: 1058 pages are managed, 1042 are "
                   "in blocks"});
  }
  SECTION("found") {
    world.zone().managed -= PageCount(1);
    CHECK(world.Found("I20") ==
          "Node 0, zone DMA32: 1057 pages are managed, 1058 are in blocks");
  }
}

TEST_CASE("Verify: I21, the boost has a limit", "[alloc][verify]") {
  World world;
  world.zone().watermark_boost = 513;
  CHECK(world.Found("I21") ==
        "Node 0, zone DMA32: the boost is 513, at most 512 is allowed");
  world.zone().watermark[2] = 342;
  CHECK(world.All().empty());
}

TEST_CASE("Verify: untouched memory is a step, and stays untouched",
          "[alloc][verify]") {
  TinyMachine machine(
      {.memory = TinyMachineOptions::Memory::kRuns,
       .nodes = {{.memory = {{Pfn(0x100000), Pfn(0x10000000)}}}}});
  const uint64_t before = machine.arena->resident_bytes();
  CHECK(Verify(*machine.state).empty());
  CHECK(machine.arena->resident_bytes() == before);
  CHECK(machine.zone().free_area[10].nr_free == 0x3fc00);
}

TEST_CASE("Verify: U1, what has kLru is on the list that its flags name",
          "[alloc][verify]") {
  World world;
  Page& page = world.page(0x2030);
  SECTION("and on some list") {
    page.flags = page_flag::kLru;
    CHECK(world.Found("U1") == "Node 0: pfn 0x2030 has kLru and is on no list");
    return;
  }
  AddToLru(*world.machine.state, page, PageCount(16));
  REQUIRE(world.All() == Findings());
  SECTION("not on another") {
    page.flags = page.flags.With(page_flag::kActive);
    CHECK(world.Found("U1") ==
          "Node 0: pfn 0x2030 on the list of nr_inactive_file has state 3, "
          "flags 0x120");
  }
  SECTION("nor without it") {
    page.flags = PageFlags();
    CHECK(world.Found("U1") ==
          "Node 0: pfn 0x2030 on the list of nr_inactive_file has state 3, "
          "flags 0x0");
  }
}

TEST_CASE("Verify: U2, counters hold what is on LRU lists", "[alloc][verify]") {
  World world;
  AddToLru(*world.machine.state, world.page(0x2030), PageCount(16));
  SECTION("those of the zone") {
    ++world.zone().lru_stat[Index(ZoneLruStat::kInactiveFile)];
    CHECK(world.Found("U2") ==
          "Node 0: nr_zone_inactive_file of zone DMA32 is 17, the lists hold "
          "16");
  }
  SECTION("those of the node") {
    --world.machine.state->nodes[0].stat[Index(NodeStat::kInactiveFile)];
    CHECK(world.Found("U2") ==
          "Node 0: nr_inactive_file is 15, the lists hold 16");
  }
}

}  // namespace
}  // namespace pagelab
