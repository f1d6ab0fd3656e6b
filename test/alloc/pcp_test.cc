// Worked examples E7 to E11, E14 and E19 of page-allocator.md 23, and the
// rules of 12 that they leave out.

#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

constexpr Migratetype kU = Migratetype::kUnmovable;
constexpr Migratetype kM = Migratetype::kMovable;
constexpr Migratetype kR = Migratetype::kReclaimable;
constexpr Gfp kMovablePage = gfp::kHighuserMovable;

using Lines = std::vector<std::string>;

TEST_CASE("Pcp: a list for each low order and type, two for huge pages",
          "[alloc][pcp]") {
  CHECK(PcpListIndex(Order(0), kU) == 0);
  CHECK(PcpListIndex(Order(2), kM) == 7);
  CHECK(PcpListIndex(Order(3), kR) == 11);
  CHECK(PcpListIndex(Order(9), kU) == 12);
  CHECK(PcpListIndex(Order(9), kR) == 12);
  CHECK(PcpListIndex(Order(9), kM) == 13);
  CHECK(OrderOfPcpList(11) == Order(3));
  CHECK(OrderOfPcpList(12) == Order(9));
  AllocatorPolicy policy;
  CHECK(IsPcpOrder(policy, Order(3)));
  CHECK_FALSE(IsPcpOrder(policy, Order(4)));
  CHECK(IsPcpOrder(policy, Order(9)));
  policy.thp_pcp_lists = false;
  CHECK_FALSE(IsPcpOrder(policy, Order(9)));
}

TEST_CASE("Pcp: E7, a refill keeps the order in which blocks came",
          "[alloc][pcp]") {
  TinyMachine machine;
  machine.SetTuning(6, 100, 100);
  machine.PutFree(2, kM, {0x8000});
  machine.PutFree(10, kM, {0x9000});
  CHECK(machine.Alloc(kMovablePage) == 0x8000);
  CHECK(machine.Pcp(1) == Pfns{0x8001, 0x8002, 0x8003, 0x9000, 0x9001});
  CHECK(machine.pcp().count == 5);
  for (int order = 1; order < 10; ++order) {
    CHECK(machine.Free(order, kM) == Pfns{0x9000 + Order(order).pages()});
  }
  CHECK(machine.Free(0, kM).empty());
  CHECK(Verify(*machine.state).empty());
}

TEST_CASE("Pcp: E8, the page freed last is the next one", "[alloc][pcp]") {
  TinyMachine machine;
  machine.SetTuning(63, 252, 1000);
  machine.PutFree(3, kM, {0xa000});
  machine.PutPcp(1, {0x8001, 0x8002});
  machine.PutAllocated(0x9005, 0);
  machine.pcp().free_count = 7;
  REQUIRE(machine.FreeBlock(0x9005));
  CHECK(machine.Pcp(1) == Pfns{0x9005, 0x8001, 0x8002});
  CHECK(machine.pcp().free_count == 8);
  CHECK(machine.Alloc(kMovablePage) == 0x9005);
  CHECK(machine.pcp().free_count == 4);
  CHECK(machine.pcp().count == 2);
}

TEST_CASE("Pcp: E9, refills double up to what the list may hold",
          "[alloc][pcp]") {
  TinyMachine machine;
  machine.SetTuning(63, 512, 2048);
  PerCpuPages& pcp = machine.pcp();
  const int blocks[] = {63, 126, 252, 504, 1008, 1985, 1985};
  const int highs[] = {575, 701, 953, 1457, 2048, 2048, 2048};
  const int factors[] = {1, 2, 3, 4, 5, 5, 5};
  for (int i = 0; i < 7; ++i) {
    CAPTURE(i);
    CHECK(NrPcpAlloc(machine.state->policy, machine.zone(), pcp, Order(0)) ==
          blocks[i]);
    CHECK(pcp.high == highs[i]);
    CHECK(pcp.alloc_factor == factors[i]);
  }
}

TEST_CASE("Pcp: refills of higher orders are the batch, shifted",
          "[alloc][pcp]") {
  TinyMachine machine;
  machine.SetTuning(63, 512, 2048);
  const auto blocks = [&](int order) {
    return NrPcpAlloc(machine.state->policy, machine.zone(), machine.pcp(),
                      Order(order));
  };
  CHECK(blocks(1) == 31);
  CHECK(blocks(2) == 15);
  CHECK(blocks(3) == 7);
  CHECK(blocks(9) == 2);
  CHECK(machine.pcp().alloc_factor == 0);
}

TEST_CASE("Pcp: a zone below its high watermark does not raise the limit",
          "[alloc][pcp]") {
  TinyMachine machine;
  machine.SetTuning(63, 512, 2048);
  machine.zone().flags = kZoneBelowHigh;
  CHECK(NrPcpAlloc(machine.state->policy, machine.zone(), machine.pcp(),
                   Order(0)) == 63);
  CHECK(machine.pcp().high == 512);
  // The boot limits: one block at a time.
  machine.SetTuning(1, 0, 0);
  CHECK(NrPcpAlloc(machine.state->policy, machine.zone(), machine.pcp(),
                   Order(0)) == 1);
}

TEST_CASE("Pcp: E10, a full list drains its oldest pages", "[alloc][pcp]") {
  TinyMachine machine;
  machine.SetTuning(63, 252, 1000);
  PerCpuPages& pcp = machine.pcp();
  for (uint64_t i = 0; i < 251; ++i) machine.PutPcp(1, {0x2000 + 2 * i});
  machine.PutAllocated(0x5000, 0);
  pcp.high = 252;
  pcp.free_count = 100;
  pcp.alloc_factor = 3;
  machine.Record();
  REQUIRE(machine.FreeBlock(0x5000));
  const Lines lines = machine.trace.Take();
  REQUIRE(lines.size() == 102);
  CHECK(lines[0] == "free 5000 order 0");
  CHECK(lines[1] == "drain 21f4 order 0 mt 1");
  CHECK(lines[101] == "drain 212c order 0 mt 1");
  CHECK(pcp.count == 151);
  CHECK(pcp.high == 252);
  CHECK(pcp.free_count == 101);
  CHECK(pcp.alloc_factor == 1);
  CHECK(machine.Pcp(1).front() == 0x5000);
  CHECK(Verify(*machine.state).empty());
}

TEST_CASE("Pcp: E11, a burst of high-order frees empties the lists",
          "[alloc][pcp]") {
  TinyMachine machine;
  machine.SetTuning(63, 252, 4000);
  PerCpuPages& pcp = machine.pcp();
  machine.PutPcp(1, {0x3100, 0x3101, 0x3102, 0x3103});
  machine.PutPcp(7, {0x3000});
  machine.PutAllocated(0x3008, 2);
  pcp.high = 300;
  pcp.free_count = 63;
  pcp.flags = kPcpPrevFreeHighOrder;
  machine.Record();
  SECTION("all of it") {
    REQUIRE(machine.FreeBlock(0x3008, 2));
    CHECK(machine.trace.Take() ==
          Lines{"free 3008 order 2", "drain 3000 order 2 mt 1",
                "drain 3008 order 2 mt 1", "drain 3103 order 0 mt 1",
                "drain 3102 order 0 mt 1", "drain 3101 order 0 mt 1",
                "drain 3100 order 0 mt 1"});
    CHECK(machine.Free(2, kM) == Pfns{0x3100, 0x3008, 0x3000});
    CHECK(pcp.count == 0);
    CHECK(pcp.high == 252);
    CHECK(pcp.free_count == 67);
    CHECK(Verify(*machine.state).empty());
  }
  SECTION("not before a batch is there, where caches are large") {
    pcp.flags |= kPcpFreeHighBatch;
    REQUIRE(machine.FreeBlock(0x3008, 2));
    CHECK(pcp.count == 12);
    CHECK(pcp.high == 300);
  }
  SECTION("not after an order-0 free") {
    pcp.flags = 0;
    REQUIRE(machine.FreeBlock(0x3008, 2));
    CHECK(pcp.count == 12);
    CHECK(pcp.flags == kPcpPrevFreeHighOrder);
  }
}

TEST_CASE("Pcp: the drain size is between a batch and the limit less one",
          "[alloc][pcp]") {
  PerCpuPages pcp;
  pcp.batch = 63;
  pcp.count = 300;
  pcp.free_count = 0;
  CHECK(NrPcpFree(pcp, 252, false) == 63);
  pcp.free_count = 100;
  CHECK(NrPcpFree(pcp, 252, false) == 100);
  pcp.free_count = 500;
  CHECK(NrPcpFree(pcp, 252, false) == 189);
  CHECK(NrPcpFree(pcp, 62, false) == 1);
  CHECK(NrPcpFree(pcp, 0, true) == 300);
  pcp.count = 5000;
  CHECK(NrPcpFree(pcp, 0, true) == 2016);
}

TEST_CASE("Pcp: the limit sinks in reclaim and below the high watermark",
          "[alloc][pcp]") {
  Zone zone;
  PerCpuPages pcp;
  pcp.batch = 63;
  pcp.high_min = 252;
  pcp.high_max = 4000;
  pcp.high = 1000;
  pcp.count = 500;
  pcp.free_count = 90;
  CHECK(NrPcpHigh(zone, pcp, false) == 1000);
  zone.flags = kZoneReclaimActive;
  CHECK(NrPcpHigh(zone, pcp, false) == 252);
  CHECK(pcp.high == 910);
  zone.flags = kZoneBelowHigh;
  CHECK(NrPcpHigh(zone, pcp, false) == 500);
  CHECK(pcp.high == 820);
  // A burst that the limit cannot hold raises it; the old one still counts.
  zone.flags = 0;
  pcp.count = 820;
  pcp.free_count = 800;
  CHECK(NrPcpHigh(zone, pcp, false) == 820);
  CHECK(pcp.high == 863);
  pcp.high_max = pcp.high_min;
  CHECK(NrPcpHigh(zone, pcp, false) == 252);
}

TEST_CASE("Pcp: a drain starts at its list, wraps, and may overshoot",
          "[alloc][pcp]") {
  TinyMachine machine;
  machine.SetTuning(63, 252, 4000);
  machine.PutPcp(0, {0x2000});
  machine.PutPcp(4, {0x3000});
  machine.PutPcp(13, {0x4000});
  machine.Record();
  machine.allocator->DrainPcp(machine.context, machine.zone(), machine.pcp(), 3,
                              4);
  CHECK(machine.trace.Take() ==
        Lines{"drain 3000 order 1 mt 1", "drain 4000 order 9 mt 1"});
  CHECK(machine.pcp().count == 1);
  machine.allocator->DrainPages(machine.context, machine.zone(), CpuId(0));
  CHECK(machine.trace.Take() == Lines{"drain 2000 order 0 mt 1"});
  CHECK(machine.pcp().count == 0);
}

TEST_CASE("Pcp: E14, a shared block loses all pages but its first",
          "[alloc][pcp]") {
  TinyMachine machine({.nodes = {{.memory = {{Pfn(1), Pfn(0x1000)}}}}});
  machine.SetTuning(63, 252, 1000);
  machine.PutAllocated(0x100, 2);
  machine.page(0x100)->refcount = 2;
  machine.Record();
  REQUIRE(machine.FreeBlock(0x100, 2));
  CHECK(machine.trace.Take() == Lines{"free 102 order 1", "free 101 order 0"});
  // RAM starts inside pageblock 0, which is therefore unmovable.
  CHECK(machine.Pcp(3) == Pfns{0x102});
  CHECK(machine.Pcp(0) == Pfns{0x101});
  REQUIRE(machine.FreeBlock(0x100));
  CHECK(machine.Pcp(0) == Pfns{0x100, 0x101});
  CHECK(Verify(*machine.state).empty());
}

TEST_CASE("Pcp: a shared compound block stays whole", "[alloc][pcp]") {
  TinyMachine machine;
  machine.SetTuning(63, 252, 1000);
  machine.PutAllocated(0x2000, 2, page_flag::kHead);
  machine.page(0x2000)->refcount = 2;
  machine.Record();
  REQUIRE(machine.FreeBlock(0x2000, 2));
  CHECK(machine.trace.Take().empty());
  REQUIRE(machine.FreeBlock(0x2000, 2));
  CHECK(machine.trace.Take() == Lines{"free 2000 order 2"});
}

TEST_CASE("Pcp: E19, a batch prepares all, then commits one by one",
          "[alloc][pcp]") {
  TinyMachine machine;
  machine.SetTuning(1, 2, 2);
  std::vector<PageAllocator::Folio> folios;
  for (uint64_t pfn : {0x2000, 0x2004, 0x2008}) {
    machine.PutAllocated(pfn, 0);
    folios.push_back({machine.page(pfn), Order(0)});
  }
  machine.PutAllocated(0x2010, 4);
  folios.push_back({machine.page(0x2010), Order(4)});
  machine.Record();
  machine.allocator->FreeFolios(machine.context, folios);
  // Order 4 has no list: freed at once.
  CHECK(machine.trace.Take() == Lines{"free 2000 order 0", "free 2004 order 0",
                                      "free 2008 order 0", "free 2010 order 4",
                                      "batched 2000", "batched 2004",
                                      "drain 2000 order 0 mt 1", "batched 2008",
                                      "drain 2004 order 0 mt 1"});
  CHECK(machine.Free(4, kM) == Pfns{0x2010});
  CHECK(Verify(*machine.state).empty());
}

TEST_CASE("Pcp: a taken lock sends blocks past the list", "[alloc][pcp]") {
  TinyMachine machine;
  machine.SetTuning(63, 252, 1000);
  machine.PutFree(3, kM, {0x2000});
  machine.PutAllocated(0x4000, 0);
  PerCpuPages& pcp = machine.pcp();
  pcp.locked = true;
  pcp.free_count = 8;
  pcp.alloc_factor = 2;
  machine.Record();
  CHECK(machine.Alloc(kMovablePage) == 0x2000);
  REQUIRE(machine.FreeBlock(0x4000));
  CHECK(machine.trace.Take() == Lines{"locked 2000 order 0 mt 1 refill 1",
                                      "alloc 2000 order 0 mt 1 gfp 100cca",
                                      "free 4000 order 0"});
  CHECK(machine.Free(0, kM) == Pfns{0x4000, 0x2001});
  // As if nothing had happened.
  CHECK(pcp.count == 0);
  CHECK(pcp.free_count == 8);
  CHECK(pcp.alloc_factor == 2);
}

TEST_CASE("Pcp: highatomic and CMA pages ride the movable lists, isolated none",
          "[alloc][pcp]") {
  TinyMachine machine;
  machine.SetTuning(63, 252, 1000);
  machine.SetType(0x2000, Migratetype::kHighAtomic);
  machine.SetType(0x4000, Migratetype::kCma);
  machine.SetType(0x6000, Migratetype::kIsolate);
  for (uint64_t pfn : {0x2000, 0x4000, 0x6000}) {
    machine.PutAllocated(pfn, 1);
    REQUIRE(machine.FreeBlock(pfn, 1));
  }
  CHECK(machine.Pcp(4) == Pfns{0x4000, 0x2000});
  CHECK(machine.Free(1, Migratetype::kIsolate) == Pfns{0x6000});
  machine.allocator->DrainAllPages(machine.context);
  CHECK(machine.Free(1, Migratetype::kHighAtomic) == Pfns{0x2000});
  CHECK(machine.Free(1, Migratetype::kCma) == Pfns{0x4000});
  CHECK(machine.zone().nr_free_highatomic == 2);
}

TEST_CASE("Pcp: bulk pages come without events and without halving",
          "[alloc][pcp]") {
  TinyMachine machine;
  machine.SetTuning(4, 100, 100);
  machine.PutFree(3, kM, {0x2000, 0x3000});
  machine.pcp().free_count = 8;
  machine.Record();
  std::vector<Page*> pages(5);
  CHECK(machine.allocator->AllocPagesBulk(machine.context,
                                          {.gfp = kMovablePage},
                                          absl::MakeSpan(pages)) == 5);
  for (uint64_t i = 0; i < 5; ++i) CHECK(machine.PfnOf(pages[i]) == 0x2000 + i);
  CHECK(machine.pcp().free_count == 8);
  for (const std::string& line : machine.trace.Take()) {
    CHECK(line.find("locked") == 0);
  }
  SECTION("a request for one page is an ordinary one") {
    std::vector<Page*> one(1);
    CHECK(machine.allocator->AllocPagesBulk(machine.context,
                                            {.gfp = kMovablePage},
                                            absl::MakeSpan(one)) == 1);
    CHECK(machine.trace.Take().back().find("alloc ") == 0);
    CHECK(machine.pcp().free_count == 4);
  }
  SECTION("as is one that would go below the low watermark") {
    machine.zone().watermark[1] =
        static_cast<int64_t>(machine.nr_free_pages()) - 3;
    std::vector<Page*> two(3);
    CHECK(machine.allocator->AllocPagesBulk(machine.context,
                                            {.gfp = kMovablePage},
                                            absl::MakeSpan(two)) == 1);
    CHECK(machine.trace.Take().back().find("alloc ") == 0);
  }
}

TEST_CASE("Pcp: a bulk request takes what there is", "[alloc][pcp]") {
  TinyMachine machine;
  machine.SetTuning(4, 100, 100);
  machine.PutFree(3, kM, {0x2000});
  // The watermark is asked about the pages that are free, not these.
  machine.zone().vm_stat[0] += 100;
  std::vector<Page*> pages(20);
  CHECK(machine.allocator->AllocPagesBulk(machine.context,
                                          {.gfp = kMovablePage},
                                          absl::MakeSpan(pages)) == 8);
  CHECK(pages[8] == nullptr);
}

TEST_CASE("Pcp: a tick lowers the limit by an eighth and drains the excess",
          "[alloc][pcp]") {
  TinyMachine machine;
  machine.SetTuning(10, 100, 4000);
  PerCpuPages& pcp = machine.pcp();
  pcp.high = 1000;
  machine.allocator->DecayPcpHigh(machine.context, machine.zone(), CpuId(0));
  CHECK(pcp.high == 875);
  pcp.high = 105;
  machine.allocator->DecayPcpHigh(machine.context, machine.zone(), CpuId(0));
  CHECK(pcp.high == 100);
  for (uint64_t i = 0; i < 125; ++i) machine.PutPcp(1, {0x2000 + 2 * i});
  machine.allocator->DecayPcpHigh(machine.context, machine.zone(), CpuId(0));
  // 10, 10 and 5.
  CHECK(pcp.count == 100);
  for (uint64_t i = 0; i < 900; ++i) machine.PutPcp(1, {0x3000 + 2 * i});
  pcp.high = 110;
  machine.allocator->DecayPcpHigh(machine.context, machine.zone(), CpuId(0));
  // At most 32 batches below what is there.
  CHECK(pcp.high == 1000 - 320);
  CHECK(pcp.count == 680);
}

TEST_CASE("Pcp: remote lists expire after three quiet ticks", "[alloc][pcp]") {
  TinyMachine machine({.nodes = {{.memory = {{Pfn(0x1000), Pfn(0x4000)}}},
                                 {.memory = {{Pfn(0x4000), Pfn(0x8000)}}}}});
  machine.SetTuning(4, 100, 100);
  Zone& zone = machine.zone();
  PerCpuPages& remote = zone.pcp[1];
  for (uint64_t i = 0; i < 6; ++i) machine.PutPcp(1, {0x2000 + 2 * i}, 1);
  machine.PutPcp(1, {0x3000}, 0);
  remote.high = 100;
  remote.stat_threshold = 10;
  remote.vm_stat_diff[0] = 5;
  zone.vm_stat[0] -= 5;
  const auto tick = [&](int cpu) {
    machine.allocator->VmstatUpdate(machine.context, CpuId(cpu));
  };
  tick(1);
  CHECK(remote.vm_stat_diff[0] == 0);
  CHECK(remote.expire == 2);
  tick(1);
  CHECK(remote.count == 6);
  tick(1);
  CHECK(remote.expire == 0);
  CHECK(remote.count == 2);
  // What went is local work: nothing to fold, nothing expires again.
  tick(1);
  CHECK(remote.count == 2);
  zone.pcp[0].expire = 3;
  zone.pcp[0].high = 100;
  tick(0);
  CHECK(zone.pcp[0].expire == 0);
  CHECK(zone.pcp[0].count == 1);
}

}  // namespace
}  // namespace pagelab
