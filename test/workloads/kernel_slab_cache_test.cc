// How slabs are cut and kept, without a machine.

#include <fstream>
#include <string>
#include <vector>

#include "pagelab/test/support/catch.h"
#include "pagelab/workloads/kernel/slab_cache.h"
#include "pagelab/workloads/kernel/slab_lru.h"
#include "pagelab/workloads/kernel/slab_order.h"

namespace pagelab {
namespace {

// Name, <objsize>, <objperslab> and <pagesperslab> of the /proc/slabinfo of a
// recorded 6.12.117 guest.
struct RecordedCache {
  std::string name;
  uint32_t size = 0;
  uint32_t objects = 0;
  uint64_t pages = 0;
};

std::vector<RecordedCache> Recorded(const std::string& file) {
  std::ifstream in(std::string(PAGELAB_TEST_DATA_DIR) + "/slabinfo/" + file);
  std::vector<RecordedCache> caches;
  RecordedCache cache;
  while (in >> cache.name >> cache.size >> cache.objects >> cache.pages) {
    caches.push_back(cache);
  }
  return caches;
}

void CheckRecorded(const std::string& file, int nr_cpus) {
  const std::vector<RecordedCache> caches = Recorded(file);
  REQUIRE(caches.size() > 120);
  for (const RecordedCache& cache : caches) {
    CAPTURE(file, cache.name);
    const SlabGeometry geometry = SlabGeometryOf(cache.size, nr_cpus);
    CHECK(geometry.objects == cache.objects);
    CHECK(geometry.order.pages() == cache.pages);
  }
}

TEST_CASE("SlabOrder: every recorded cache comes out, on one CPU and on two",
          "[workloads][kernel][slab]") {
  CheckRecorded("1cpu.txt", 1);
  CheckRecorded("2cpu.txt", 2);
}

TEST_CASE("SlabCacheSpecs: sizes are those of the recorded caches",
          "[workloads][kernel][slab]") {
  const std::vector<RecordedCache> caches = Recorded("1cpu.txt");
  size_t found = 0;
  for (const SlabCacheSpec& spec : SlabCacheSpecs()) {
    CAPTURE(spec.name);
    for (const RecordedCache& cache : caches) {
      if (cache.name != spec.name) continue;
      CHECK(cache.size == spec.size);
      ++found;
    }
  }
  CHECK(found == SlabCacheSpecs().size());
}

TEST_CASE("SlabCacheSpecs: kmalloc rounds up to the next size there is",
          "[workloads][kernel][slab]") {
  CHECK(KmallocCacheSpec(1, KmallocKind::kNormal).name == "kmalloc-8");
  CHECK(KmallocCacheSpec(65, KmallocKind::kNormal).name == "kmalloc-96");
  CHECK(KmallocCacheSpec(97, KmallocKind::kNormal).name == "kmalloc-128");
  CHECK(KmallocCacheSpec(129, KmallocKind::kReclaimable).name ==
        "kmalloc-rcl-192");
  CHECK(KmallocCacheSpec(193, KmallocKind::kAccount).name == "kmalloc-cg-256");
  CHECK(KmallocCacheSpec(8192, KmallocKind::kDma).name == "dma-kmalloc-8k");
}

// Pages of 8 objects of 512 bytes.
class Kmalloc512 {
 public:
  Kmalloc512() : cache_(*FindSlabCacheSpec("kmalloc-512"), {1, 1}) {}

  SlabIndex Take() {
    std::optional<SlabIndex> slab = cache_.Take(CpuId(0), NodeId(0));
    if (!slab.has_value()) {
      cache_.AddSlab(CpuId(0), {.head = Pfn(next_pfn_++),
                                .geometry = cache_.geometry(),
                                .node = NodeId(0)});
      slab = cache_.Take(CpuId(0), NodeId(0));
    }
    return *slab;
  }
  size_t Put(SlabIndex slab) {
    std::vector<Pfn> gone;
    cache_.Put(CpuId(0), slab, gone);
    return gone.size();
  }
  SlabCache& cache() { return cache_; }

 private:
  SlabCache cache_;
  uint64_t next_pfn_ = 1;
};

TEST_CASE("SlabCache: a slab is asked for when the last one is full",
          "[workloads][kernel][slab]") {
  Kmalloc512 world;
  for (int i = 0; i < 17; ++i) world.Take();
  CHECK(world.cache().nr_slabs() == 3);
  CHECK(world.cache().nr_in_use() == 17);
  CHECK(world.cache().nr_objects() == 24);
  // What a CPU has counts as active.
  CHECK(world.cache().nr_active() == 24);
}

TEST_CASE("SlabCache: a full slab that gets an object back serves again",
          "[workloads][kernel][slab]") {
  Kmalloc512 world;
  std::vector<SlabIndex> objects;
  for (int i = 0; i < 16; ++i) objects.push_back(world.Take());
  CHECK(world.Put(objects[0]) == 0);
  CHECK(world.Take() == objects[0]);
  CHECK(world.cache().nr_slabs() == 2);
}

TEST_CASE("SlabCache: of the empty slabs so many go that the limits remain",
          "[workloads][kernel][slab]") {
  Kmalloc512 world;
  constexpr uint64_t kSlabs = 100;
  std::vector<SlabIndex> objects;
  for (uint64_t i = 0; i < kSlabs * 8; ++i) objects.push_back(world.Take());
  // 2 * 52 objects in slabs of 8 for the CPU, 5 slabs for the node.
  CHECK(world.cache().cpu_partial() == 13);
  CHECK(world.cache().min_partial() == 5);
  size_t gone = 0;
  for (const SlabIndex slab : objects) gone += world.Put(slab);
  CHECK(world.cache().nr_in_use() == 0);
  CHECK(world.cache().nr_slabs() == kSlabs - gone);
  // The CPU's slab, at most 13 on its list, and 5 of the node's.
  CHECK(world.cache().nr_slabs() <= 1 + 13 + 5);
  CHECK(world.cache().nr_node_partial() == 5);
  std::vector<Pfn> rest;
  world.cache().Shrink(rest);
  CHECK(world.cache().nr_slabs() == 0);
  CHECK(rest.size() == kSlabs - gone);
}

TEST_CASE("SlabCache: one object keeps its slab", "[workloads][kernel][slab]") {
  Kmalloc512 world;
  std::vector<SlabIndex> objects;
  for (int i = 0; i < 800; ++i) objects.push_back(world.Take());
  for (size_t i = 0; i < objects.size(); ++i) {
    if (i % 8 != 0) CHECK(world.Put(objects[i]) == 0);
  }
  CHECK(world.cache().nr_in_use() == 100);
  CHECK(world.cache().nr_slabs() == 100);
}

TEST_CASE("SlabLru: what is to be scanned doubles with each priority",
          "[workloads][kernel][slab]") {
  SlabLru lru;
  CHECK(lru.ToScan(4096, 12) == 2);
  CHECK(lru.ToScan(4096, 5) == 256);
  CHECK(lru.ToScan(4096, 0) == 8192);
  // Too little for a batch is left for later.
  lru.NoteScanned(4096, 12, 0);
  CHECK(lru.deferred == 2);
}

}  // namespace
}  // namespace pagelab
