// From the firmware's map to the first free lists: page-allocator.md 3.1, 5.1
// to 5.5 and worked example E15.

#include "pagelab/alloc/memory_init.h"

#include "pagelab/alloc/memblock.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/reference_allocator.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;

using Ranges = std::vector<AddressRange>;

Ranges MemoryOf(const Memblock& memblock) {
  Ranges ranges;
  for (const Memblock::Region& region : memblock.memory()) {
    ranges.push_back(region.range);
  }
  return ranges;
}

Ranges ReservedOf(const Memblock& memblock) {
  return {memblock.reserved().begin(), memblock.reserved().end()};
}

TEST_CASE("Memblock: memory is sorted, merged and cut to whole pages",
          "[alloc][memblock]") {
  Memblock memblock;
  memblock.AddMemory({0x9000, 0xb000}, NodeId(0));
  memblock.AddMemory({0x1001, 0x4fff}, NodeId(0));
  memblock.AddMemory({0x4000, 0x6000}, NodeId(0));
  memblock.AddMemory({0x7800, 0x8700}, NodeId(0));
  CHECK(MemoryOf(memblock) == Ranges{{0x2000, 0x6000}, {0x9000, 0xb000}});
  // Overlaps are the first one's.
  memblock.AddMemory({0xa000, 0xc000}, NodeId(1));
  CHECK(MemoryOf(memblock) ==
        Ranges{{0x2000, 0x6000}, {0x9000, 0xb000}, {0xb000, 0xc000}});
  CHECK(memblock.memory()[2].node == NodeId(1));
  memblock.RemoveMemory({0x3000, 0xa000});
  CHECK(MemoryOf(memblock) ==
        Ranges{{0x2000, 0x3000}, {0xa000, 0xb000}, {0xb000, 0xc000}});
}

TEST_CASE("Memblock: reserved ranges merge and can be released in part",
          "[alloc][memblock]") {
  Memblock memblock;
  memblock.Reserve({0x5000, 0x6000});
  memblock.Reserve({0x1000, 0x2000});
  memblock.Reserve({0x2000, 0x3000});
  memblock.Reserve({0x5800, 0x7000});
  memblock.Reserve({0x9000, 0x9000});
  CHECK(ReservedOf(memblock) == Ranges{{0x1000, 0x3000}, {0x5000, 0x7000}});
  memblock.Release({0x2000, 0x6000});
  CHECK(ReservedOf(memblock) == Ranges{{0x1000, 0x2000}, {0x6000, 0x7000}});
}

TEST_CASE("Memblock: allocates top-down, aligned, on the node that was asked",
          "[alloc][memblock]") {
  Memblock memblock;
  memblock.AddMemory({0x10000, 0x20000}, NodeId(0));
  memblock.AddMemory({0x20000, 0x30000}, NodeId(1));
  CHECK(memblock.Allocate(0x1800, 0x1000) == 0x2e000u);
  CHECK(memblock.Allocate(0x1000, 0x1000) == 0x2d000u);
  CHECK(memblock.Allocate(0x800, 0x40) == 0x2f800u);
  CHECK(memblock.Allocate(0x1000, 0x8000) == 0x28000u);
  CHECK(memblock.Allocate(0x1000, 0x1000, NodeId(0)) == 0x1f000u);
  // A node that is full: any other.
  CHECK(memblock.Allocate(0xf000, 0x1000, NodeId(1)) == 0x10000u);
  CHECK(memblock.Allocate(0xf000, 0x1000) == std::nullopt);
}

TEST_CASE("Memblock: free ranges are whole frames, apart from each other",
          "[alloc][memblock]") {
  Memblock memblock;
  memblock.AddMemory({0x1000, 0x9000}, NodeId(0));
  memblock.AddMemory({0x9000, 0xc000}, NodeId(1));
  memblock.Reserve({0x2800, 0x3400});
  const std::vector<PfnRange> expected = {
      {Pfn(1), Pfn(2)}, {Pfn(4), Pfn(9)}, {Pfn(9), Pfn(12)}};
  CHECK(memblock.FreeRanges() == expected);
}

TEST_CASE("MemoryInit: zones end at 16 MiB and 4 GiB, holes are not present",
          "[alloc][memory_init]") {
  TinyMachine machine(
      {.nodes = {{.memory = {{Pfn(1), Pfn(0x9f)},
                             {Pfn(0x100), Pfn(0x3000)},
                             {Pfn(0x100000), Pfn(0x101000)}}}}});
  const Zone& dma = machine.zone(ZoneType::kDma);
  CHECK(dma.span == PfnRange{Pfn(1), Pfn(0x1000)});
  CHECK(dma.present == PageCount(0x9e + 0xf00));
  CHECK(machine.zone(ZoneType::kDma32).span ==
        PfnRange{Pfn(0x1000), Pfn(0x100000)});
  CHECK(machine.zone(ZoneType::kDma32).present == PageCount(0x2000));
  CHECK(machine.zone(ZoneType::kNormal).span ==
        PfnRange{Pfn(0x100000), Pfn(0x101000)});
  CHECK_FALSE(machine.zone(ZoneType::kMovable).populated());
  CHECK(machine.state->FindZone(Pfn(0x101000)) == nullptr);
  CHECK(machine.memory->IsValid(Pfn(0x4000)));
  CHECK_FALSE(machine.memory->IsValid(Pfn(0x10000)));
}

TEST_CASE("MemoryInit: movable-only memory is cut off the end of each node",
          "[alloc][memory_init]") {
  TinyMachine machine({.nodes = {{.memory = {{Pfn(0x100000), Pfn(0x104000)}}},
                                 {.memory = {{Pfn(0x104000), Pfn(0x108000)}}}},
                       .movablecore = PageCount(0x2001)});
  // Each keeps 0x2fff pages for everybody, rounded up to 1024.
  for (int node : {0, 1}) {
    const uint64_t end = 0x104000 + 0x4000 * static_cast<uint64_t>(node);
    CHECK(machine.zone(ZoneType::kMovable, node).span ==
          PfnRange{Pfn(end - 0x1000), Pfn(end)});
    CHECK(machine.zone(ZoneType::kNormal, node).span ==
          PfnRange{Pfn(end - 0x4000), Pfn(end - 0x1000)});
  }
}

TEST_CASE("MemoryInit: a pageblock is movable if its first frame is memory",
          "[alloc][memory_init]") {
  TinyMachine machine({.nodes = {{.memory = {{Pfn(1), Pfn(0x450)},
                                             {Pfn(0x610), Pfn(0x1000)}}}}});
  const auto type = [&](uint64_t pfn) {
    return machine.state->PageblockType(Pfn(pfn));
  };
  CHECK(type(0x0) == kU);
  CHECK(type(0x200) == kM);
  CHECK(type(0x400) == kM);
  CHECK(type(0x600) == kU);
  CHECK(type(0x800) == kM);
}

TEST_CASE("MemoryInit: E15, free memory becomes the largest blocks",
          "[alloc][memory_init]") {
  TinyMachine machine(
      {.memory = TinyMachineOptions::Memory::kRuns,
       .nodes = {{.memory = {{Pfn(0x1000), Pfn(0x3000)}}}},
       .reserved = {{Pfn(0x1000), Pfn(0x1003)}, {Pfn(0x1810), Pfn(0x3000)}}});
  CHECK(machine.Free(0, kM) == Pfns{0x1003});
  CHECK(machine.Free(1, kM).empty());
  CHECK(machine.Free(4, kM) == Pfns{0x1010, 0x1800});
  const Pfns blocks = {0x1004, 0x1008, 0x1010, 0x1020, 0x1040,
                       0x1080, 0x1100, 0x1200, 0x1400};
  for (int order = 2; order <= 10; ++order) {
    if (order == 4) continue;
    CHECK(machine.Free(order, kM) ==
          Pfns{blocks[static_cast<size_t>(order - 2)]});
  }
  CHECK(machine.zone().managed == PageCount(0x1810 - 0x1003));
  CHECK(machine.nr_free_pages() == 0x1810 - 0x1003);
  CHECK(machine.memory->IsReserved(Pfn(0x1002)));
  CHECK_FALSE(machine.memory->IsReserved(Pfn(0x1003)));
  CHECK(Verify(*machine.state).empty());
}

TEST_CASE("MemoryInit: runs stand for what block by block would have made",
          "[alloc][memory_init]") {
  const TinyMachineOptions options{
      .memory = TinyMachineOptions::Memory::kRuns,
      .nodes = {{.memory = {{Pfn(0x10), Pfn(0x9f)},
                            {Pfn(0x100), Pfn(0x7ff0)},
                            {Pfn(0x100000), Pfn(0x103000)}}},
                {.memory = {{Pfn(0x103000), Pfn(0x108000)}}}},
      .reserved = {{Pfn(0x2005), Pfn(0x2006)}, {Pfn(0x101400), Pfn(0x101800)}}};
  TinyMachine machine(options);
  TinyMachineOptions none = options;
  none.reserved.clear();
  none.memory = TinyMachineOptions::Memory::kReserved;
  TinyMachine single(none);
  for (const PfnRange& range : machine.memblock.FreeRanges()) {
    for (Pfn pfn = range.begin; pfn < range.end;) {
      int order = kMaxPageOrder;
      while (!pfn.IsAlignedTo(Order(order)) ||
             pfn + PageCount(Order(order).pages()) > range.end) {
        --order;
      }
      Zone& zone = *single.state->FindZone(pfn);
      single.memory->reserved().Remove(
          {pfn, pfn + PageCount(Order(order).pages())});
      single.allocator->FreeDirect(single.context, zone, pfn, Order(order),
                                   FpiFlags::kToTail);
      zone.managed += PageCount(Order(order).pages());
      pfn += PageCount(Order(order).pages());
    }
  }
  CHECK(ReferenceAllocator(*single.state).Difference(*machine.state) == "");
  CHECK(Verify(*machine.state).empty());
  CHECK(Verify(*single.state).empty());
  for (int i = 0; i < machine.state->nr_zones; ++i) {
    CHECK(machine.state->zones[i].managed == single.state->zones[i].managed);
  }
}

TEST_CASE("MemoryInit: a reserved page that is freed becomes managed",
          "[alloc][memory_init]") {
  TinyMachine machine;
  machine.SetTuning(63, 252, 1000);
  FreeReservedPage(*machine.state, *machine.allocator, machine.context,
                   Pfn(0x2345));
  CHECK(machine.Pcp(1) == Pfns{0x2345});
  CHECK(machine.zone().managed == PageCount(1));
  CHECK_FALSE(machine.memory->reserved().Contains(Pfn(0x2345)));
  CHECK(Verify(*machine.state).empty());
}

TEST_CASE("MemoryInit: a boot list hands its page on at once",
          "[alloc][memory_init]") {
  TinyMachine machine;
  machine.PutFree(2, kM, {0x3000});
  machine.Record();
  CHECK(machine.Alloc(gfp::kHighuserMovable) == 0x3000);
  CHECK(machine.Pcp(1).empty());
  CHECK(machine.FreeBlock(0x3000));
  CHECK(machine.trace.Take().back() == "drain 3000 order 0 mt 1");
  CHECK(machine.Free(2, kM) == Pfns{0x3000});
}

}  // namespace
}  // namespace pagelab
