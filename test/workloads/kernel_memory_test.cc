// What the kernel allocates for itself, on a machine.

#include "pagelab/workloads/kernel/kernel_memory.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "pagelab/alloc/verify.h"
#include "pagelab/test/support/catch.h"
#include "pagelab/test/workloads/run_support.h"
#include "pagelab/workloads/kernel/anonymous_memory.h"
#include "pagelab/workloads/kernel/world.h"
#include "pagelab/workloads/library.h"

namespace pagelab {
namespace {

int64_t NodeStatOf(Machine& machine, NodeStat stat) {
  int64_t sum = 0;
  for (const Node& node : machine.state().all_nodes()) {
    sum += node.stat[static_cast<size_t>(Index(stat))];
  }
  return sum;
}

uint64_t EventOf(Machine& machine, VmEvent event) {
  return machine.state().events.count(event);
}

// On free lists, whatever the counters have not been told yet.
uint64_t FreePagesOf(Machine& machine) {
  ExecutionContext context = machine.ContextOf(machine.boot_task());
  machine.allocator().DrainAllPages(context);
  constexpr auto kItem = static_cast<size_t>(ZoneStat::kFreePages);
  int64_t free = 0;
  for (const Zone& zone : machine.state().all_zones()) {
    if (!zone.populated()) continue;
    free += zone.vm_stat[kItem];
    for (int cpu = 0; cpu < machine.state().nr_cpus; ++cpu) {
      free += zone.pcp[cpu].vm_stat_diff[kItem];
    }
  }
  return static_cast<uint64_t>(free);
}

// A machine with a process on it, and no scenario: stacks are not recorded.
class World {
 public:
  explicit World(MachineConfig config = Untracked())
      : machine_(*Machine::Boot(config)), world_(std::in_place, machine_) {
    process_ =
        &world_->NewProcess(machine_.NewTask("test", 100, 100), CpuId(0));
    free_ = FreePagesOf(machine_);
  }
  ~World() { CHECK(Verify(machine_.state()).empty()); }

  static MachineConfig Untracked() {
    MachineConfig config = SmallMachine();
    config.command_line = "";
    return config;
  }

  Machine& machine() { return machine_; }
  KernelWorld& world() { return *world_; }
  KernelMemory& memory() { return world_->kernel_memory(); }
  SlabCaches& slab() { return world_->slab(); }
  Process& process() { return *process_; }
  Random& random() { return world_->random(); }
  // Pages that were free at the start and are not now.
  uint64_t taken() { return free_ - FreePagesOf(machine_); }
  const SlabCache& cache(std::string_view name) {
    for (const SlabCache& cache : slab().caches()) {
      if (cache.spec().name == name) return cache;
    }
    FAIL("no cache");
    return slab().caches()[0];
  }

 private:
  Machine machine_;
  std::optional<KernelWorld> world_;
  Process* process_ = nullptr;
  uint64_t free_ = 0;
};

TEST_CASE("SlabCaches: objects share pages, and the counters follow the slabs",
          "[workloads][kernel][slab]") {
  World world;
  std::vector<SlabObject> objects;
  const SlabCacheSpec& spec = KmallocCacheSpec(512, KmallocKind::kNormal);
  for (int i = 0; i < 1000; ++i) {
    objects.push_back(*world.slab().Alloc(world.process(), spec));
  }
  // 8 in a page.
  CHECK(world.taken() == 125);
  CHECK(NodeStatOf(world.machine(), NodeStat::kSlabUnreclaimable) == 125);
  CHECK(NodeStatOf(world.machine(), NodeStat::kSlabReclaimable) == 0);
  for (const SlabObject& object : objects) {
    world.slab().Free(world.process(), object);
  }
  const uint64_t left = world.cache("kmalloc-512").nr_slabs();
  CHECK(left <= 19);
  CHECK(world.taken() == left);
  CHECK(NodeStatOf(world.machine(), NodeStat::kSlabUnreclaimable) ==
        static_cast<int64_t>(left));
}

TEST_CASE("SlabCaches: a shrinker takes the oldest names, and counts them",
          "[workloads][kernel][slab]") {
  World world;
  const SlabCacheSpec& dentry = *FindSlabCacheSpec("dentry");
  std::vector<SlabObject> objects;
  for (int i = 0; i < 2100; ++i) {
    objects.push_back(*world.slab().Alloc(world.process(), dentry));
  }
  CHECK(NodeStatOf(world.machine(), NodeStat::kSlabReclaimable) == 100);
  CHECK(world.slab().nr_shrinkable(NodeId(0)) == 2100);
  ExecutionContext context = world.world().ContextOf(world.process());
  // 2100 / 2^3 * 2 are 524: four batches of 128, and 12 that wait.
  const PageCount freed = world.world().ShrinkSlab(context, NodeId(0), 3);
  CHECK(EventOf(world.machine(), VmEvent::kSlabsScanned) == 512);
  CHECK(world.slab().nr_shrinkable(NodeId(0)) == 2100 - 512);
  // 24 slabs are empty. When the CPU's list of 12 is full for the first time,
  // its node keeps 5 of them; the second time none.
  CHECK(freed.value() == (12 - 5) + 12);
  // Who held one of them notices nothing.
  world.slab().Free(world.process(), objects[0]);
  CHECK(world.slab().nr_shrinkable(NodeId(0)) == 2100 - 512);
  world.slab().Free(world.process(), objects[2099]);
  CHECK(world.slab().nr_shrinkable(NodeId(0)) == 2100 - 513);
}

TEST_CASE("SlabCaches: vm.vfs_cache_pressure of 0 keeps all names",
          "[workloads][kernel][slab]") {
  World world;
  for (int i = 0; i < 500; ++i) {
    world.slab().Alloc(world.process(), *FindSlabCacheSpec("inode_cache"));
  }
  ExecutionContext context = world.world().ContextOf(world.process());
  world.machine().state().policy.vfs_cache_pressure = 0;
  world.world().ShrinkSlab(context, NodeId(0), 0);
  CHECK(world.slab().nr_shrinkable(NodeId(0)) == 500);
  world.machine().state().policy.vfs_cache_pressure = 100;
  world.world().ShrinkSlab(context, NodeId(0), 0);
  CHECK(world.slab().nr_shrinkable(NodeId(0)) == 0);
}

TEST_CASE("SlabCaches: when no large slab is to be had a small one will do",
          "[workloads][kernel][slab]") {
  World world;
  // Every second page is free, and no two are together.
  std::vector<Page*> pages;
  ExecutionContext context =
      world.machine().ContextOf(world.machine().boot_task());
  const Gfp gfp = gfp::kAtomic.With(gfp::kMemalloc).With(gfp::kNowarn);
  while (Page* page = world.machine().AllocPages(context, gfp, Order(0))) {
    pages.push_back(page);
  }
  std::sort(pages.begin(), pages.end());
  for (size_t i = 0; i < pages.size(); i += 2) {
    world.machine().FreePages(context, pages[i], Order(0));
  }
  // 4 objects of 2 KiB would be 2 pages; 8 on one CPU want order 2.
  const SlabCacheSpec& spec = KmallocCacheSpec(2048, KmallocKind::kNormal);
  REQUIRE(world.slab().Alloc(world.process(), spec).has_value());
  CHECK(world.cache("kmalloc-2k").geometry().order == Order(2));
  CHECK(world.cache("kmalloc-2k").nr_objects() == 2);
  CHECK(NodeStatOf(world.machine(), NodeStat::kSlabUnreclaimable) == 1);
}

TEST_CASE("SlabCaches: a fork takes its descriptors, and its end returns them",
          "[workloads][kernel][slab]") {
  World world;
  world.world().anonymous().Map(world.process(), "heap", 8);
  Process* child = world.world().Fork(world.process(), "child");
  REQUIRE(child != nullptr);
  for (const std::string_view name :
       {"task_struct", "signal_cache", "sighand_cache", "files_cache",
        "mm_struct", "vm_area_struct", "anon_vma"}) {
    CAPTURE(name);
    CHECK(world.cache(name).nr_in_use() == 1);
  }
  world.world().Exit(*child);
  for (const SlabCache& cache : world.slab().caches()) {
    CHECK(cache.nr_in_use() == 0);
  }
}

TEST_CASE("SlabCaches: /proc/slabinfo is in the kernel's format",
          "[workloads][kernel][slab]") {
  World world;
  for (int i = 0; i < 30; ++i) {
    world.slab().Alloc(world.process(), *FindSlabCacheSpec("dentry"));
  }
  const std::string text = KernelFile(world.machine(), "/proc/slabinfo");
  CHECK_THAT(text, ContainsText("slabinfo - version: 2.1\n# name            "
                                "<active_objs> <num_objs> <objsize>"));
  CHECK_THAT(text,
             ContainsText("\ndentry                42     42    192   21    1 "
                          ": tunables    0    0    0 : slabdata      2      2 "
                          "     0\n"));
}

TEST_CASE("VmallocAreas: pages, the list of pages, and all of them back",
          "[workloads][kernel][vmalloc]") {
  World world;
  // 600 pages, whose list has 4,800 bytes.
  REQUIRE(world.memory().vmalloc.Alloc(world.process(), "a", PageCount(600)));
  CHECK(world.taken() == 602);
  CHECK(world.machine().state().nr_vmalloc_pages == 602);
  REQUIRE(world.memory().vmalloc.Alloc(world.process(), "a", PageCount(512)));
  CHECK(world.machine().state().nr_vmalloc_pages == 602 + 512);
  CHECK(world.memory().vmalloc.Free(world.process(), "a", ItemPick::kOldest,
                                    world.random()));
  CHECK(world.machine().state().nr_vmalloc_pages == 512);
  CHECK(world.memory().vmalloc.Free(world.process(), "a", ItemPick::kOldest,
                                    world.random()));
  CHECK_FALSE(world.memory().vmalloc.Free(world.process(), "a",
                                          ItemPick::kOldest, world.random()));
  CHECK(world.taken() == 0);
}

TEST_CASE("VmallocAreas: what does not fit leaves nothing behind",
          "[workloads][kernel][vmalloc]") {
  World world;
  CHECK_FALSE(
      world.memory().vmalloc.Alloc(world.process(), "a", PageCount(100000)));
  CHECK(world.machine().state().nr_vmalloc_pages == 0);
  CHECK(world.taken() == 0);
  CHECK(world.world().counts().failures == 1);
}

TEST_CASE("KernelStacks: each CPU keeps two stacks for the next threads",
          "[workloads][kernel][stacks]") {
  World world;
  KernelStacks& stacks = world.memory().stacks;
  for (int i = 0; i < 5; ++i) REQUIRE(stacks.Create(world.process(), "t"));
  // In kB.
  CHECK(NodeStatOf(world.machine(), NodeStat::kKernelStack) == 5 * 16);
  CHECK(world.machine().state().nr_vmalloc_pages == 20);
  while (stacks.End(world.process(), "t", ItemPick::kOldest, world.random())) {
  }
  CHECK(stacks.nr_cached(CpuId(0)) == 2);
  CHECK(NodeStatOf(world.machine(), NodeStat::kKernelStack) == 0);
  CHECK(world.machine().state().nr_vmalloc_pages == 8);
  const uint64_t before = world.world().counts().pages_allocated;
  REQUIRE(stacks.Create(world.process(), "t"));
  CHECK(world.world().counts().pages_allocated == before);
  CHECK(NodeStatOf(world.machine(), NodeStat::kKernelStack) == 16);
}

TEST_CASE("KernelStacks: threads end with their process",
          "[workloads][kernel][stacks]") {
  World world;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(world.memory().stacks.Create(world.process(), "t"));
  }
  world.world().Exit(world.process());
  CHECK(NodeStatOf(world.machine(), NodeStat::kKernelStack) == 0);
  CHECK(world.cache("task_struct").nr_in_use() == 0);
}

TEST_CASE("HugetlbPool: it grows as far as it can, and gives all back",
          "[workloads][kernel][hugetlb]") {
  World world;
  HugetlbPool& pool = world.memory().hugetlb;
  CHECK(pool.Resize(world.process(), 3) == 3);
  CHECK(world.taken() == 3 * 512);
  CHECK(EventOf(world.machine(), VmEvent::kHtlbBuddyAllocSuccess) == 3);
  const std::string meminfo = KernelFile(world.machine(), "/proc/meminfo");
  CHECK_THAT(meminfo, ContainsText("HugePages_Total:       3\n"
                                   "HugePages_Free:        3\n"
                                   "HugePages_Rsvd:        0\n"
                                   "HugePages_Surp:        0\n"));
  CHECK_THAT(meminfo, ContainsText("Hugetlb:            6144 kB\n"));
  const uint64_t most = pool.Resize(world.process(), 1000);
  CHECK(most < 8);
  CHECK(EventOf(world.machine(), VmEvent::kHtlbBuddyAllocFail) == 1);
  CHECK(KernelFile(world.machine(), "/proc/sys/vm/nr_hugepages") ==
        std::to_string(most) + "\n");
  // Its pages count as nobody's.
  CHECK(NodeStatOf(world.machine(), NodeStat::kAnonPages) == 0);
  CHECK(NodeStatOf(world.machine(), NodeStat::kFilePages) == 0);
  CHECK(pool.Resize(world.process(), 0) == 0);
  CHECK(world.taken() == 0);
}

TEST_CASE("HugetlbPool: the sysctl can be written, with a number",
          "[workloads][kernel][hugetlb]") {
  World world;
  auto file = *world.machine().File("/proc/sys/vm/nr_hugepages");
  CHECK(file->Write("2\n").ok());
  CHECK(world.memory().hugetlb.size() == 2);
  CHECK_THAT(std::string(file->Write("two").status().message()),
             ContainsText("takes a number of pages, not \"two\""));
  CHECK(world.memory().hugetlb.size() == 2);
}

// A CMA area of the first free block it finds, or of none.
class FakeCma final : public CmaProvider {
 public:
  FakeCma(Machine& machine, bool busy) : machine_(machine), busy_(busy) {}
  Result Alloc(ExecutionContext& context, const Request& request) override {
    Page* page = machine_.allocator().AllocPagesExact(
        context, {.gfp = request.gfp}, request.pages);
    const Pfn head = machine_.memory().PfnOf(page);
    if (!busy_) return {.head = head, .blocked_by = std::nullopt};
    return {.head = std::nullopt, .blocked_by = head};
  }
  bool Release(ExecutionContext& context, Pfn head, PageCount pages) override {
    machine_.allocator().FreePagesExact(context, machine_.memory().PageAt(head),
                                        pages);
    return true;
  }

 private:
  Machine& machine_;
  bool busy_;
};

TEST_CASE("CmaUsers: a stretch comes and goes as single pages",
          "[workloads][kernel][cma]") {
  World world;
  FakeCma cma(world.machine(), /*busy=*/false);
  CmaUsers& users = world.memory().cma;
  users.Connect(&cma);
  REQUIRE(
      users.Alloc(world.process(), "c",
                  {.pages = PageCount(20), .align = {}, .gfp = gfp::kKernel}));
  CHECK(world.taken() == 20);
  CHECK(users.Release(world.process(), "c", ItemPick::kOldest, world.random()));
  CHECK(world.taken() == 0);
}

TEST_CASE("CmaUsers: a failure names the page in the way and its owner",
          "[workloads][kernel][cma]") {
  World world(SmallMachine());
  FakeCma cma(world.machine(), /*busy=*/true);
  CmaUsers& users = world.memory().cma;
  users.Connect(&cma);
  CHECK_FALSE(
      users.Alloc(world.process(), "c",
                  {.pages = PageCount(1), .align = {}, .gfp = gfp::kKernel}));
  const std::string log = KernelFile(world.machine(), "dmesg");
  CHECK_THAT(log, ContainsText("is in the way: it is held by "));
  CHECK_THAT(log, ContainsText("of 100 (test)"));
}

TEST_CASE("MemcgLimits: who writes more than the limit waits for the disk",
          "[workloads][kernel][memcg]") {
  RunWorld world(*LoadMachine("qemu-2g"));
  world.MustRun(R"({"tasks": [{"name": "t", "memcg": "app", "steps": [
    {"memcg": {"name": "app", "max": "16M"}},
    {"write_file": {"as": "f", "size": "64M"}}]}]})");
  const AllocatorState& state = world.machine().state();
  CHECK(state.events.count(VmEvent::kOomKill) == 0);
  CHECK(state.nodes[0].stat[Index(NodeStat::kDirtied)] == 16384);
  CHECK(state.nodes[0].stat[Index(NodeStat::kFilePages)] <= 4096);
  CHECK(state.events.count(VmEvent::kPgscanDirect) ==
        state.events.count(VmEvent::kPgscanFile));
}

TEST_CASE("KernelMemory: dumps show the recorded call chains",
          "[workloads][kernel][slab]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "t", "steps": [
    {"cache": {"cache": "shmem_inode_cache"}},
    {"cache": {"cache": "inode_cache"}},
    {"cache": {"cache": "radix_tree_node"}},
    {"kmalloc": {"size": "16K", "as": "large"}},
    {"vmalloc": {"size": "12K", "as": "area"}}]}]})");
  const std::string dump = world.Dump();
  // As in real-linux/mixed and pressure.
  CHECK_THAT(dump, ContainsText("order 1, mask 0xd20c0(__GFP_IO|__GFP_FS|"
                                "__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|"
                                "__GFP_NOMEMALLOC)"));
  CHECK_THAT(dump, ContainsText(" new_slab+0x364/0x430\n"
                                " ___slab_alloc+0x6fe/0xad0\n"
                                " kmem_cache_alloc_lru_noprof+0x25a/0x2c0\n"
                                " shmem_alloc_inode+0x1c/0x30\n"
                                " alloc_inode+0x19/0xc0\n"
                                " new_inode+0xa/0x70\n"
                                " __shmem_get_inode+0x88/0x2a0\n"
                                " shmem_mknod+0x2a/0xd0\n"
                                " path_openat+0xfc1/0x1260\n"));
  CHECK_THAT(dump, ContainsText(" alloc_inode+0x59/0xc0\n"
                                " iget_locked+0x140/0x2c0\n"
                                " kernfs_get_inode+0x12/0xf0\n"));
  CHECK_THAT(dump, ContainsText("order 1, mask 0x52810(GFP_NOWAIT|"
                                "__GFP_NORETRY|__GFP_COMP|"
                                "__GFP_RECLAIMABLE)"));
  CHECK_THAT(dump, ContainsText(" xas_alloc+0xa4/0xc0\n"
                                " xas_create+0x102/0x420\n"));
  CHECK_THAT(dump, ContainsText(" alloc_pages_mpol_noprof+0x8a/0x1d0\n"
                                " ___kmalloc_large_node+0xa5/0xc0\n"
                                " __kmalloc_large_node_noprof+0x18/0x90\n"));
  // page_owner cuts bulk requests short: one page by bulk, two by themselves.
  CHECK(RecordsWith(dump,
                    " alloc_pages_bulk_noprof+0x3ba/0x5b0\n"
                    " alloc_pages_bulk_array_mempolicy_noprof+0xc4/0x640"
                    "\n __vmalloc_node_range_noprof+0x24a/0x7e0\n") == 1);
  CHECK(RecordsWith(dump,
                    " __vmalloc_node_range_noprof+0x399/0x7e0\n"
                    " __vmalloc_node_noprof+0x43/0x60\n"
                    " labdrv_ioctl+0xd1/0x3f0 [labdrv]\n") == 2);
}

TEST_CASE("KernelMemory: an exact request keeps what it asked for",
          "[workloads][kernel][drivers]") {
  RunWorld world;
  world.MustRun(R"({"tasks": [{"name": "t", "steps": [
    {"driver_alloc": {"exact": "20K", "count": 3, "as": "x"}},
    {"dma_alloc": {"size": "24K", "zone": "DMA", "as": "d"}}]}]})");
  CHECK(RecordsWith(world.Dump(), "alloc_pages_exact_noprof") == 15);
  CHECK(RecordsWith(world.Dump(), "order 3, mask 0xcc1(GFP_KERNEL|GFP_DMA)") ==
        1);
  CHECK(Verify(world.machine().state()).empty());
}

TEST_CASE("KernelMemory: everything given back leaves the memory as it was",
          "[workloads][kernel][drivers]") {
  // page_owner itself would keep a page for a list.
  RunWorld world(World::Untracked());
  const uint64_t before = FreePagesOf(world.machine());
  world.MustRun(R"({"tasks": [{"name": "t", "steps": [
    {"driver_alloc": {"order": 2, "count": 10, "as": "x"}},
    {"driver_alloc": {"exact": "20K", "count": 3, "as": "x"}},
    {"vmalloc": {"size": "3M", "as": "v"}},
    {"dma_alloc": {"size": "24K", "count": 4, "as": "d"}},
    {"hugetlb": {"pages": 2}},
    {"kmalloc": {"size": "64K", "count": 4, "as": "k"}},
    {"driver_free": {"handle": "x", "pick": "random"}},
    {"vfree": {"handle": "v"}},
    {"hugetlb": {"pages": 0}},
    {"kfree": {"handle": "k"}},
    {"dma_free": {"handle": "d", "pick": "newest"}}]}]})");
  CHECK(FreePagesOf(world.machine()) == before);
  CHECK(NodeStatOf(world.machine(), NodeStat::kSlabUnreclaimable) == 0);
  CHECK(world.machine().state().nr_vmalloc_pages == 0);
  CHECK(Verify(world.machine().state()).empty());
}

// One operation drawn by chance, on things called "x".
void DoAnything(World& world, Random& random) {
  Process& process = world.process();
  KernelMemory& memory = world.memory();
  const absl::Span<const SlabCacheSpec> specs = SlabCacheSpecs();
  switch (random.Uniform(12)) {
    case 0:
      memory.vmalloc.Alloc(process, "x", PageCount(1 + random.Uniform(700)));
      break;
    case 1:
    case 2:
      memory.vmalloc.Free(process, "x", ItemPick::kRandom, random);
      break;
    case 3:
      memory.stacks.Create(process, "x");
      break;
    case 4:
      memory.stacks.End(process, "x", ItemPick::kRandom, random);
      break;
    case 5:
      memory.hugetlb.Resize(process, random.Uniform(3));
      break;
    case 6: {
      ExecutionContext context = world.world().ContextOf(process);
      world.world().ShrinkSlab(context, NodeId(0),
                               static_cast<int>(random.Uniform(12)));
      break;
    }
    case 7:
    case 8:
      for (uint64_t i = random.Uniform(60); i > 0; --i) {
        const auto object = memory.objects.Take("x", ItemPick::kRandom, random);
        if (object.has_value()) memory.slab.Free(process, *object);
      }
      break;
    default: {
      const SlabCacheSpec& spec = specs[random.Uniform(specs.size())];
      for (uint64_t i = random.Uniform(60); i > 0; --i) {
        const auto object = memory.slab.Alloc(process, spec);
        if (object.has_value()) memory.objects.Add("x", *object);
      }
      break;
    }
  }
}

// Every counter is what the pages say.
void CheckCounters(World& world) {
  uint64_t slab = 0;
  for (const SlabCache& cache : world.slab().caches()) slab += cache.nr_pages();
  Machine& machine = world.machine();
  CHECK(NodeStatOf(machine, NodeStat::kSlabReclaimable) +
            NodeStatOf(machine, NodeStat::kSlabUnreclaimable) ==
        static_cast<int64_t>(slab));
  const uint64_t huge = machine.hugetlb().total * 512;
  CHECK(world.taken() ==
        slab + static_cast<uint64_t>(machine.state().nr_vmalloc_pages) + huge);
  CHECK(Verify(machine.state()).empty());
}

TEST_CASE("KernelMemory: no mix of operations loses a page or a count",
          "[workloads][kernel][property]") {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    World world;
    Random random(seed);
    for (int i = 0; i < 3000; ++i) {
      DoAnything(world, random);
      if (i % 500 == 0) CheckCounters(world);
    }
    CheckCounters(world);
    CHECK(world.world().counts().failures > 0);
    KernelMemory& memory = world.memory();
    Process& process = world.process();
    memory.hugetlb.Resize(process, 0);
    while (memory.vmalloc.Free(process, "x", ItemPick::kOldest, random)) {
    }
    while (memory.stacks.End(process, "x", ItemPick::kOldest, random)) {
    }
    while (const auto object =
               memory.objects.Take("x", ItemPick::kOldest, random)) {
      memory.slab.Free(process, *object);
    }
    for (const SlabCache& cache : world.slab().caches()) {
      CHECK(cache.nr_in_use() == 0);
    }
    // The two stacks that a CPU keeps.
    CHECK(world.machine().state().nr_vmalloc_pages == 8);
    CheckCounters(world);
  }
}

// The message of a scenario of one step.
std::string ErrorOf(const std::string& step) {
  RunWorld world;
  const absl::Status status =
      world.Run(R"({"tasks": [{"name": "t", "steps": [)" + step + "]}]}");
  return std::string(status.message());
}

TEST_CASE("KernelMemory: what is not there is refused with what would be right",
          "[workloads][kernel][steps]") {
  CHECK_THAT(ErrorOf(R"({"kfree": {"handle": "x"}})"),
             ContainsText("nothing is called \"x\" here: \"kmalloc\" or "
                          "\"cache\" with \"as\" does that"));
  CHECK_THAT(ErrorOf(R"({"cache": {"cache": "dentri"}})"),
             ContainsText("no cache \"dentri\" in the simulated kernel"));
  CHECK_THAT(ErrorOf(R"({"cache": {"cache": "dentri"}})"),
             ContainsText("\"dentry\""));
  CHECK_THAT(ErrorOf(R"({"kmalloc": {"size": "5M"}})"),
             ContainsText("kmalloc() takes 1 byte to 4M; \"vmalloc\" makes"));
  CHECK_THAT(ErrorOf(R"({"dma_alloc": {"size": "8M"}})"),
             ContainsText("a block has 1 byte to 4M"));
  CHECK_THAT(ErrorOf(R"({"cma_alloc": {"size": "1M"}})"),
             ContainsText("this machine has no CMA area"));
  CHECK_THAT(ErrorOf(R"({"vfree": {"handle": "a"}})"),
             ContainsText("\"vmalloc\" with \"as\" does that"));
  CHECK_THAT(ErrorOf(R"({"memcg": {"name": "/", "max": "1M"}})"),
             ContainsText("the root cgroup has no limits"));
}

}  // namespace
}  // namespace pagelab
