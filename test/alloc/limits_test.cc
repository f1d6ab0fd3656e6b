// page-allocator.md 4, 5.5 and 12.2.

#include "pagelab/alloc/limits.h"

#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_machine.h"

namespace pagelab {
namespace {

using Marks = std::array<int64_t, kNrWatermarks>;
using Reserve = std::array<int64_t, kMaxNrZones>;

// Zones DMA, DMA32 and Normal that manage so many pages.
struct World {
  World(uint64_t dma, uint64_t dma32, uint64_t normal, int nr_cpus = 1)
      : machine({.nodes = {{.memory = {{Pfn(1), Pfn(0xc0000)},
                                       {Pfn(0x100000),
                                        Pfn(0x100000 + normal + 20000)}},
                            .nr_cpus = nr_cpus}}}) {
    Manage(ZoneType::kDma, dma);
    Manage(ZoneType::kDma32, dma32);
    Manage(ZoneType::kNormal, normal);
  }
  void Manage(ZoneType type, uint64_t pages) {
    machine.zone(type).managed = PageCount(pages);
  }
  Zone& dma() { return machine.zone(ZoneType::kDma); }
  Zone& dma32() { return machine.zone(ZoneType::kDma32); }
  Zone& normal() { return machine.zone(ZoneType::kNormal); }
  AllocatorState& state() { return *machine.state; }

  TinyMachine machine;
};

TEST_CASE("Limits: the worked numbers of a 16 GiB machine", "[alloc][limits]") {
  World world(3840, 765000, 3350000);
  InitPerZoneWatermarks(world.state());
  CHECK(world.state().policy.min_free_kbytes == 16235);
  RaiseMinFreeForHugePages(world.state());
  CHECK(world.state().policy.min_free_kbytes == 67584);
  CHECK(world.dma().watermark == Marks{15, 18, 21, 24});
  CHECK(world.dma32().watermark == Marks{3138, 3922, 4706, 5490});
  CHECK(world.normal().watermark == Marks{13742, 17177, 20612, 24047});
  CHECK(world.dma().lowmem_reserve == Reserve{0, 2988, 16074, 16074});
  CHECK(world.dma32().lowmem_reserve == Reserve{0, 0, 13085, 13085});
  CHECK(world.normal().lowmem_reserve == Reserve{0, 0, 0, 0});
  const auto pcp = [](const Zone& zone) {
    return std::array<int, 4>{zone.pcp[0].batch, zone.pcp[0].high_min,
                              zone.pcp[0].high_max, zone.pcp[0].stat_threshold};
  };
  CHECK(pcp(world.dma()) == std::array{1, 18, 480, 2});
  CHECK(pcp(world.dma32()) == std::array{63, 3922, 95625, 12});
  CHECK(pcp(world.normal()) == std::array{63, 17177, 418750, 16});
  // The largest reserve and HIGH of each, at most what it manages.
  CHECK(world.state().totalreserve_pages == 3840 + (13085 + 4706) + 20612);
}

TEST_CASE("Limits: a recorded guest of 4 GiB", "[alloc][limits]") {
  // small4g/zoneinfo.txt. 1382 pages of the kernel's init sections came later
  // (page-allocator.md 4.4).
  World world(3840, 760479 - 1382, 238325);
  InitPerZoneWatermarks(world.state());
  RaiseMinFreeForHugePages(world.state());
  world.Manage(ZoneType::kDma32, 760479);
  CHECK(world.dma().watermark == Marks{64, 80, 96, 112});
  CHECK(world.dma32().watermark == Marks{12809, 16011, 19213, 22415});
  CHECK(world.normal().watermark == Marks{4021, 5026, 6031, 7036});
  CHECK(world.machine.zone(ZoneType::kMovable).watermark ==
        Marks{32, 32, 32, 32});
  CHECK(world.dma().lowmem_reserve == Reserve{0, 2965, 3896, 3896});
  CHECK(world.dma32().lowmem_reserve == Reserve{0, 0, 930, 930});
  CHECK(world.dma().pcp[0].batch == 1);
  CHECK(world.dma32().pcp[0].batch == 63);
  CHECK(world.normal().pcp[0].batch == 63);
  CHECK(world.dma32().pcp[0].high_min == 16011);
  CHECK(world.dma().pcp[0].stat_threshold == 2);
  CHECK(world.dma32().pcp[0].stat_threshold == 12);
  CHECK(world.normal().pcp[0].stat_threshold == 8);
}

TEST_CASE("Limits: min_free_kbytes has bounds, and the user's wins",
          "[alloc][limits]") {
  const auto min_free = [](uint64_t pages, int64_t user) {
    World world(0, pages, 100);
    world.state().policy.user_min_free_kbytes = user;
    world.state().policy.min_free_kbytes = user;
    InitPerZoneWatermarks(world.state());
    return world.state().policy.min_free_kbytes;
  };
  CHECK(min_free(100, -1) == 128);
  CHECK(min_free(156, -1) == 128);
  CHECK(min_free(1000000 - 100, -1) == 8000);
  CHECK(min_free(uint64_t{1} << 40, -1) == 262144);
  CHECK(min_free(1000000 - 100, 7999) == 8000);
  CHECK(min_free(1000000 - 100, 9000) == 9000);
}

TEST_CASE("Limits: huge pages ask for no more than a twentieth",
          "[alloc][limits]") {
  World world(0, 100000, 100000);
  InitPerZoneWatermarks(world.state());
  const int64_t base = world.state().policy.min_free_kbytes;
  const auto spare = static_cast<int64_t>(
      NrFreeZonePages(world.state(), Index(ZoneType::kNormal)));
  SECTION("raised") {
    RaiseMinFreeForHugePages(world.state());
    CHECK(world.state().policy.min_free_kbytes == spare / 20 * 4);
  }
  SECTION("not where they are off") {
    world.state().policy.thp_enabled = false;
    RaiseMinFreeForHugePages(world.state());
    CHECK(world.state().policy.min_free_kbytes == base);
  }
  SECTION("never lowered") {
    SetMinFreeKbytes(world.state(), 300000);
    RaiseMinFreeForHugePages(world.state());
    CHECK(world.state().policy.min_free_kbytes == 300000);
  }
}

TEST_CASE("Limits: writes to the sysctls recompute what they should",
          "[alloc][limits]") {
  World world(3840, 765000, 3350000);
  InitPerZoneWatermarks(world.state());
  const Reserve reserve = world.dma().lowmem_reserve;
  SECTION("vm.min_free_kbytes: watermarks and lists, no reserves, no boost") {
    world.Manage(ZoneType::kDma32, 700000);
    world.dma32().watermark_boost = 512;
    SetMinFreeKbytes(world.state(), 40000);
    CHECK(world.state().policy.user_min_free_kbytes == 40000);
    CHECK(world.dma32().watermark[0] ==
          int64_t{10000} * 700000 / (3840 + 700000 + 3350000));
    CHECK(world.dma32().watermark_boost == 0);
    CHECK(world.dma32().pcp[0].high_max == 700000 / 8);
    CHECK(world.dma().lowmem_reserve == reserve);
  }
  SECTION("vm.watermark_scale_factor: the steps between the marks") {
    world.state().policy.watermark_scale_factor = 1000;
    SetupPerZoneWatermarks(world.state());
    const Marks& marks = world.dma32().watermark;
    CHECK(marks[1] - marks[0] == 76500);
    CHECK(marks[2] - marks[1] == 76500);
    CHECK(marks[3] - marks[2] == 76500);
  }
  SECTION("vm.lowmem_reserve_ratio: 0 means none") {
    world.state().policy.lowmem_reserve_ratio = {0, 100, 32, 0};
    SetupLowmemReserve(world.state());
    CHECK(world.dma().lowmem_reserve == Reserve{0, 0, 0, 0});
    CHECK(world.dma32().lowmem_reserve == Reserve{0, 0, 33500, 33500});
  }
  SECTION("vm.percpu_pagelist_high_fraction: tuning is off") {
    world.state().policy.percpu_pagelist_high_fraction = 100;
    UpdatePcpLimits(world.state());
    CHECK(world.dma32().pcp[0].high_min == 7650);
    CHECK(world.dma32().pcp[0].high_max == 7650);
    CHECK(world.dma().pcp[0].high_max == 38);
  }
}

TEST_CASE("Limits: batches are one less than a power of two",
          "[alloc][limits]") {
  const auto batch = [](uint64_t managed) {
    World world(0, managed, 100);
    UpdatePcpLimits(world.state());
    return world.dma32().pcp[0].batch;
  };
  CHECK(batch(3840) == 1);
  CHECK(batch(65536) == 15);
  CHECK(batch(131072) == 31);
  CHECK(batch(262144) == 63);
  CHECK(batch(10000000) == 63);
}

TEST_CASE("Limits: the CPUs of a node share what its lists may hold",
          "[alloc][limits]") {
  World world(0, 800000, 100, 4);
  InitPerZoneWatermarks(world.state());
  const Zone& zone = world.dma32();
  CHECK(zone.pcp[3].high_max == 25000);
  CHECK(zone.pcp[3].high_min == zone.watermark[1] / 4);
  // 2 * fls(4) * (1 + fls(24)).
  CHECK(zone.pcp[3].stat_threshold == 36);
}

TEST_CASE("Limits: before the watermarks, four batches and an eighth",
          "[alloc][limits]") {
  World world(0, 800000, 100);
  CHECK(world.dma32().pcp[0].batch == 1);
  CHECK(world.dma32().pcp[0].high_max == 0);
  SetupPerCpuPagesets(world.state());
  CHECK(world.dma32().pcp[0].batch == 63);
  CHECK(world.dma32().pcp[0].high_min == 252);
  CHECK(world.dma32().pcp[0].high_max == 100000);
  CHECK(world.dma32().pageset_high_min == 252);
}

TEST_CASE("Limits: large caches let bursts of frees wait for a batch",
          "[alloc][limits]") {
  World world(3840, 800000, 100);
  SetupPerCpuPagesets(world.state());
  world.dma32().pcp[0].flags = kPcpPrevFreeHighOrder;
  world.state().policy.cache_slice_pages = 189;
  ApplyCacheInfo(world.state());
  CHECK(world.dma().pcp[0].flags == kPcpFreeHighBatch);
  CHECK(world.dma32().pcp[0].flags == kPcpPrevFreeHighOrder);
  world.state().policy.cache_slice_pages = 190;
  ApplyCacheInfo(world.state());
  CHECK(world.dma32().pcp[0].flags ==
        (kPcpPrevFreeHighOrder | kPcpFreeHighBatch));
  world.state().policy.cache_slice_pages = 3;
  ApplyCacheInfo(world.state());
  CHECK(world.dma().pcp[0].flags == 0);
}

TEST_CASE("Limits: zone Movable keeps a thousandth, within bounds",
          "[alloc][limits]") {
  World world(0, 800000, 100000);
  Zone& movable = world.machine.zone(ZoneType::kMovable);
  const auto min = [&](uint64_t managed) {
    movable.managed = PageCount(managed);
    SetupPerZoneWatermarks(world.state());
    return movable.watermark[0];
  };
  CHECK(min(100) == 32);
  CHECK(min(102400) == 100);
  CHECK(min(1000000) == 128);
  // Not low memory: the others' shares are those of 900000 pages.
  world.state().policy.min_free_kbytes = 36000;
  CHECK(min(1000000) == 128);
  CHECK(world.dma32().watermark[0] == 8000);
}

}  // namespace
}  // namespace pagelab
