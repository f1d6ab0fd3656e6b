#include "pagelab/alloc/alloc_failure.h"

#include <string>
#include <vector>

#include "pagelab/alloc/show_mem.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/support/tiny_kernel.h"

namespace pagelab {
namespace {

constexpr Gfp kUserPage(0x140dca);

// A machine with per-cpu lists, which TinyKernel does not have.
struct World {
  explicit World(const TinyKernelOptions& options = {}) : kernel(options) {
    kernel.state.nr_cpus = 2;
    pcp.resize(static_cast<size_t>(kernel.state.nr_zones) * 2);
    for (int i = 0; i < kernel.state.nr_zones; ++i) {
      kernel.state.zones[i].pcp = &pcp[static_cast<size_t>(i) * 2];
    }
  }

  Zone& zone(ZoneType type) { return kernel.state.zones[Index(type)]; }

  // `count` blocks, one of them on the list of each type in `types`.
  void AddFree(ZoneType zone_type, int order, uint64_t count,
               std::vector<Migratetype> types) {
    FreeArea& area = zone(zone_type).free_area[order];
    area.nr_free = count;
    for (const Migratetype type : types) {
      Page& page = *kernel.memory->PageAt(next_);
      ++next_;
      page.order_value = static_cast<uint8_t>(order);
      area.list(type).PushBack(page);
    }
  }

  TinyKernel kernel;
  std::vector<PerCpuPages> pcp;

 private:
  Pfn next_{2048};
};

void SetNodeStats(Node& node) {
  const auto set = [&node](NodeStat stat, int64_t value) {
    node.stat[Index(stat)] = value;
  };
  set(NodeStat::kActiveAnon, 504);
  set(NodeStat::kInactiveAnon, 144105);
  set(NodeStat::kUnevictable, 25600);
  set(NodeStat::kSlabReclaimable, 157);
  set(NodeStat::kSlabUnreclaimable, 1621);
  set(NodeStat::kMapped, 590);
  set(NodeStat::kShmem, 702);
  set(NodeStat::kFilePages, 702);
  set(NodeStat::kPageTablePages, 447);
  set(NodeStat::kAnonTransparentHugepages, 25600);
  set(NodeStat::kKernelStack, 624);
}

void SetZones(World& world) {
  Zone& dma = world.zone(ZoneType::kDma);
  dma.vm_stat[0] = 929;
  dma.watermark = {11, 14, 17, 20};
  dma.present = PageCount(3998);
  dma.managed = PageCount(3840);
  dma.lowmem_reserve = {0, 944, 944, 944};
  dma.lru_stat[Index(ZoneLruStat::kInactiveAnon)] = 483;
  dma.pcp[0].count = 62;

  Zone& dma32 = world.zone(ZoneType::kDma32);
  dma32.vm_stat[0] = 310;
  dma32.watermark = {738, 981, 1224, 1467};
  dma32.present = PageCount(258016);
  dma32.managed = PageCount(243158);
  dma32.lru_stat[Index(ZoneLruStat::kActiveAnon)] = 504;
  dma32.lru_stat[Index(ZoneLruStat::kInactiveAnon)] = 143619;
  dma32.lru_stat[Index(ZoneLruStat::kUnevictable)] = 25600;
  dma32.lru_stat[Index(ZoneLruStat::kMlock)] = 25600;
  dma32.pcp[0].count = 1256;
}

void SetFreeLists(World& world) {
  constexpr Migratetype kU = Migratetype::kUnmovable;
  constexpr Migratetype kM = Migratetype::kMovable;
  world.AddFree(ZoneType::kDma, 0, 1, {kM});
  world.AddFree(ZoneType::kDma, 5, 1, {kM});
  world.AddFree(ZoneType::kDma, 6, 2, {kM, kU});
  world.AddFree(ZoneType::kDma, 7, 2, {kU, kM});
  world.AddFree(ZoneType::kDma, 8, 2, {kU, kM});
  for (const int order : {0, 1, 3, 4, 5, 8}) {
    world.AddFree(ZoneType::kDma32, order, 1, {kU});
  }
}

// The report of the recorded machine that ran out of memory, but for
// "all_unreclaimable? yes": nothing reclaims here.
const char* const kRecordedReport[] = {
    "fragger: page allocation failure: order:0, mode:0x140dca("
    "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), nodemask=(null),cpuset=/,"
    "mems_allowed=0",
    "Mem-Info:",
    "active_anon:504 inactive_anon:144105 isolated_anon:0",
    " active_file:0 inactive_file:0 isolated_file:0",
    " unevictable:25600 dirty:0 writeback:0",
    " slab_reclaimable:157 slab_unreclaimable:1621",
    " mapped:590 shmem:702 pagetables:447",
    " sec_pagetables:0 bounce:0",
    " kernel_misc_reclaimable:0",
    " free:1239 free_pcp:1318 free_cma:0",
    "Node 0 active_anon:2016kB inactive_anon:576420kB active_file:0kB "
    "inactive_file:0kB unevictable:102400kB isolated(anon):0kB "
    "isolated(file):0kB mapped:2360kB dirty:0kB writeback:0kB shmem:2808kB "
    "shmem_thp:0kB shmem_pmdmapped:0kB anon_thp:102400kB writeback_tmp:0kB "
    "kernel_stack:624kB pagetables:1788kB sec_pagetables:0kB "
    "all_unreclaimable? no",
    "Node 0 DMA free:3716kB boost:0kB min:44kB low:56kB high:68kB "
    "reserved_highatomic:0KB active_anon:0kB inactive_anon:1932kB "
    "active_file:0kB inactive_file:0kB unevictable:0kB writepending:0kB "
    "present:15992kB managed:15360kB mlocked:0kB bounce:0kB free_pcp:248kB "
    "local_pcp:248kB free_cma:0kB",
    "lowmem_reserve[]: 0 944 944 944",
    "Node 0 DMA32 free:1240kB boost:0kB min:2952kB low:3924kB high:4896kB "
    "reserved_highatomic:0KB active_anon:2016kB inactive_anon:574476kB "
    "active_file:0kB inactive_file:0kB unevictable:102400kB writepending:0kB "
    "present:1032064kB managed:972632kB mlocked:102400kB bounce:0kB "
    "free_pcp:5024kB local_pcp:5024kB free_cma:0kB",
    "lowmem_reserve[]: 0 0 0 0",
    "Node 0 DMA: 1*4kB (M) 0*8kB 0*16kB 0*32kB 0*64kB 1*128kB (M) 2*256kB "
    "(UM) 2*512kB (UM) 2*1024kB (UM) 0*2048kB 0*4096kB = 3716kB",
    "Node 0 DMA32: 1*4kB (U) 1*8kB (U) 0*16kB 1*32kB (U) 1*64kB (U) 1*128kB "
    "(U) 0*256kB 0*512kB 1*1024kB (U) 0*2048kB 0*4096kB = 1260kB",
    "Node 0 hugepages_total=0 hugepages_free=0 hugepages_surp=0 "
    "hugepages_size=1048576kB",
    "Node 0 hugepages_total=0 hugepages_free=0 hugepages_surp=0 "
    "hugepages_size=2048kB",
    "702 total pagecache pages",
    "0 pages in swap cache",
    "Free swap  = 0kB",
    "Total swap = 0kB",
    "262014 pages RAM",
    "0 pages HighMem/MovableOnly",
    "15016 pages reserved",
    "0 pages cma reserved",
};

TEST_CASE("AllocFailure: the recorded report, line for line",
          "[alloc][alloc_failure]") {
  World world;
  SetNodeStats(world.kernel.state.nodes[0]);
  SetZones(world);
  SetFreeLists(world);
  world.kernel.task.set_comm("fragger");
  ReportAllocFailure(world.kernel.state, world.kernel.context, kUserPage,
                     Order(0));
  CHECK(world.kernel.log.lines ==
        std::vector<std::string>(std::begin(kRecordedReport),
                                 std::end(kRecordedReport)));
}

TEST_CASE("AllocFailure: letters name the types in their order",
          "[alloc][alloc_failure]") {
  World world;
  world.AddFree(ZoneType::kDma32, 1, 6,
                {Migratetype::kIsolate, Migratetype::kCma,
                 Migratetype::kHighAtomic, Migratetype::kReclaimable,
                 Migratetype::kMovable, Migratetype::kUnmovable});
  ShowMem(world.kernel.state, CpuId(0), world.kernel.log);
  CHECK(world.kernel.log.Count("Node 0 DMA32: 0*4kB 6*8kB (UMEHCI) 0*16kB") ==
        1);
}

TEST_CASE("AllocFailure: several nodes and CPUs", "[alloc][alloc_failure]") {
  World world({.node_sections = {1, 1}});
  world.zone(ZoneType::kDma32).pcp[0].count = 1;
  world.zone(ZoneType::kDma32).pcp[1].count = 10;
  world.kernel.context.cpu = CpuId(1);
  ReportAllocFailure(world.kernel.state, world.kernel.context, gfp::kKernel,
                     Order(10));
  CHECK(world.kernel.log.Count("order:10, mode:0xcc0(GFP_KERNEL), ") == 1);
  CHECK(world.kernel.log.Count("mems_allowed=0-1") == 1);
  CHECK(world.kernel.log.Count("free_pcp:44kB local_pcp:40kB ") == 1);
  CHECK(world.kernel.log.Count("Node 1 DMA32 free:0kB") == 1);
  CHECK(world.kernel.log.Count("Node 1 hugepages_total=0") == 2);
}

TEST_CASE("AllocFailure: __GFP_NOWARN keeps the log quiet",
          "[alloc][alloc_failure]") {
  World world;
  ReportAllocFailure(world.kernel.state, world.kernel.context,
                     gfp::kKernel.With(gfp::kNowarn), Order(0));
  CHECK(world.kernel.log.lines.empty());
}

TEST_CASE("AllocFailure: one report in ten seconds", "[alloc][alloc_failure]") {
  World world;
  const auto report = [&world](uint64_t seconds) {
    world.kernel.context.now = Nanoseconds(seconds * 1'000'000'000);
    ReportAllocFailure(world.kernel.state, world.kernel.context, gfp::kKernel,
                       Order(0));
    return world.kernel.log.Count("page allocation failure");
  };
  CHECK(report(0) == 1);
  CHECK(report(0) == 1);
  CHECK(report(10) == 1);
  CHECK(report(11) == 2);
  CHECK(world.kernel.log.Count("warn_alloc: 2 callbacks suppressed") == 1);
  CHECK(report(20) == 2);
  CHECK(report(40) == 3);
  CHECK(world.kernel.log.Count("warn_alloc: 1 callbacks suppressed") == 1);
  CHECK(report(60) == 4);
  CHECK(world.kernel.log.Count("callbacks suppressed") == 2);
}

}  // namespace
}  // namespace pagelab
