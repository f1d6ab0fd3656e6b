#include "pagelab/workloads/kernel/slab_caches.h"

#include <fmt/format.h>

#include <iterator>
#include <memory>
#include <utility>

#include "pagelab/base/check.h"
#include "pagelab/sim/files/rendered_file.h"
#include "pagelab/workloads/kernel/kernel_memory.h"
#include "pagelab/workloads/kernel/slab_ways.h"
#include "pagelab/workloads/kernel/world.h"
#include "pagelab/workloads/memcg_steps.h"

namespace pagelab {
namespace {

constexpr std::string_view kSlabInfoPath = "/proc/slabinfo";
// What fork(2) takes whatever the process has.
constexpr std::string_view kOfProcess[] = {
    "task_struct", "sighand_cache", "signal_cache", "files_cache", "mm_struct"};
// And for each area of memory.
constexpr std::string_view kOfArea[] = {"vm_area_struct", "anon_vma"};
// A pointer to the payer for each object (obj_full_size()).
constexpr int64_t kObjectOwnerBytes = 8;

const SlabCacheSpec& SpecOf(std::string_view name) {
  const SlabCacheSpec* spec = FindSlabCacheSpec(name);
  PAGELAB_CHECK(spec != nullptr);
  return *spec;
}

uint32_t IndexOf(const SlabCacheSpec& spec) {
  return static_cast<uint32_t>(&spec - SlabCacheSpecs().data());
}

int64_t ChargeOf(const SlabCacheSpec& spec) {
  return static_cast<int64_t>(spec.size) + kObjectOwnerBytes;
}

// allocate_slab(): the first try does not wait for a large slab, and the second
// is for the smallest there is.
struct SlabRequest {
  Gfp first;
  SlabFallback fallback;
};
SlabRequest RequestFor(const SlabCache& cache) {
  const Gfp base = cache.spec().gfp.Without(gfp::kAccount).With(gfp::kComp);
  const bool can_shrink = cache.geometry().order > cache.smallest().order;
  Gfp first = base.With(gfp::kNowarn).With(gfp::kNoretry);
  if (can_shrink && first.Has(gfp::kDirectReclaim)) {
    first = first.With(gfp::kNomemalloc).Without(gfp::kReclaim);
  }
  return {.first = first,
          .fallback = {.gfp = base, .order = cache.smallest().order}};
}

}  // namespace

SlabCaches::SlabCaches(KernelWorld& world) : world_(world) {
  const AllocatorState& state = world_.machine().state();
  const SlabCache::Shape shape{state.nr_cpus, state.nr_nodes};
  const absl::Span<const SlabCacheSpec> specs = SlabCacheSpecs();
  lrus_.resize(specs.size());
  for (size_t i = 0; i < specs.size(); ++i) {
    caches_.emplace_back(specs[i], shape);
    if (!specs[i].shrinkable) continue;
    lrus_[i].resize(static_cast<size_t>(state.nr_nodes));
    for (SlabLru& lru : lrus_[i]) lru.cache = static_cast<uint32_t>(i);
  }
  world_.machine().kernel_files().Add(kSlabInfoPath, [this] {
    return std::make_unique<RenderedFile>(
        [this](RenderFor) { return SlabInfo(); });
  });
}

// The file stays as it is at the end, for who looks at the machine then.
SlabCaches::~SlabCaches() {
  world_.machine().kernel_files().Add(kSlabInfoPath, [text = SlabInfo()] {
    return std::make_unique<RenderedFile>([text](RenderFor) { return text; });
  });
}

uint32_t SlabCaches::MemcgOf(const Process& process,
                             const SlabCacheSpec& spec) {
  if (!spec.account || process.memcg.empty() ||
      process.memcg == MemcgTable::kRoot) {
    return 0;
  }
  return world_.machine().memcgs().FindOrMake(process.memcg) + 1;
}

bool SlabCaches::GrowFor(Process& process, SlabCache& cache) {
  const SlabRequest request = RequestFor(cache);
  const auto blocks = world_.Enter(process, SlabPathOf(cache.spec().way),
                                   {.gfp = request.first,
                                    .order = cache.geometry().order,
                                    .slab_fallback = &request.fallback});
  if (blocks.empty()) return false;
  const KernelRequest::Allocated block = blocks[0];
  world_.Adopt(process, block, FolioUse());
  Machine& machine = world_.machine();
  const Pfn head = machine.memory().PfnOf(block.page);
  // Objects are charged, not slabs.
  UnchargePages(machine, head, PageCount(block.order.pages()));
  const uint64_t bytes = block.order.pages() * kPageSize;
  cache.AddSlab(process.cpu,
                {.head = head,
                 .geometry = {.order = block.order,
                              .objects = static_cast<uint32_t>(
                                  bytes / cache.spec().size)},
                 .node = machine.state().ZoneOf(*block.page).node});
  return true;
}

std::optional<SlabObject> SlabCaches::Alloc(Process& process,
                                            const SlabCacheSpec& spec) {
  const uint32_t index = IndexOf(spec);
  SlabCache& cache = caches_[index];
  Machine& machine = world_.machine();
  const uint32_t memcg = MemcgOf(process, spec);
  if (memcg != 0) {
    ExecutionContext context = world_.ContextOf(process);
    MemcgLimits& limits = world_.kernel_memory().memcg_limits;
    if (!limits.MakeRoom(context, process, PageCount(1))) return std::nullopt;
  }
  const NodeId node =
      machine.state().cpu_node[static_cast<size_t>(process.cpu.value())];
  std::optional<SlabIndex> slab = cache.Take(process.cpu, node);
  while (!slab.has_value()) {
    if (!GrowFor(process, cache)) return std::nullopt;
    slab = cache.Take(process.cpu, node);
  }
  SlabObject object{.cache = index, .slab = *slab, .memcg = memcg};
  if (memcg != 0) {
    machine.memcgs().ChargeSlab(memcg - 1, ChargeOf(spec));
    Page* page = machine.memory().PageAt(cache.HeadOf(*slab));
    if (!page->memcg().charged()) {
      page->set_memcg(MemcgWord::Slab(memcg - 1));
    }
  }
  if (spec.shrinkable) {
    object.lru = next_lru_++;
    const auto on = static_cast<size_t>(cache.NodeOf(*slab).value());
    lrus_[index][on].objects.emplace(object.lru,
                                     SlabLru::Entry{object.slab, memcg});
  }
  return object;
}

void SlabCaches::Free(Process& process, const SlabObject& object) {
  if (object.lru != 0) {
    bool found = false;
    for (SlabLru& lru : lrus_[object.cache]) {
      found |= lru.objects.erase(object.lru) > 0;
    }
    if (!found) return;
  }
  ExecutionContext context = world_.ContextOf(process);
  FreeAt(context, object);
}

void SlabCaches::FreeAt(ExecutionContext& context, const SlabObject& object) {
  SlabCache& cache = caches_[object.cache];
  if (object.memcg != 0) {
    world_.machine().memcgs().ChargeSlab(object.memcg - 1,
                                         -ChargeOf(cache.spec()));
  }
  cache.Put(context.cpu, object.slab, gone_);
  ReleaseGone(context);
}

void SlabCaches::ReleaseGone(ExecutionContext& context) {
  while (!gone_.empty()) {
    const Pfn head = gone_.back();
    gone_.pop_back();
    // The word says that objects have payers; there are none any more.
    world_.machine().memory().PageAt(head)->set_memcg(MemcgWord());
    world_.Release(context, head);
  }
}

bool SlabCaches::OnFork(Process& parent, Process& child) {
  const auto take = [&](std::string_view name) {
    const std::optional<SlabObject> object = Alloc(parent, SpecOf(name));
    if (object.has_value()) of_processes_[&child].push_back(*object);
    // What is taken after the child's end nobody else gives back.
    if (!child.alive) OnExit(child);
    return object.has_value() && parent.alive && child.alive;
  };
  for (const std::string_view name : kOfProcess) {
    if (!take(name)) return false;
  }
  const size_t areas = parent.areas.size();
  for (size_t i = 0; i < areas; ++i) {
    for (const std::string_view name : kOfArea) {
      if (!take(name)) return false;
    }
  }
  return true;
}

void SlabCaches::OnExit(Process& process) {
  const auto found = of_processes_.find(&process);
  if (found == of_processes_.end()) return;
  const std::vector<SlabObject> objects = std::move(found->second);
  of_processes_.erase(found);
  for (const SlabObject& object : objects) Free(process, object);
}

bool SlabCaches::OnFileCreated(Process& process, FileSystem fs, uint64_t file) {
  const std::string_view inode =
      fs == FileSystem::kExt4 ? "ext4_inode_cache" : "shmem_inode_cache";
  for (const std::string_view name : {std::string_view("dentry"), inode}) {
    const std::optional<SlabObject> object = Alloc(process, SpecOf(name));
    if (!object.has_value()) {
      OnFileRemoved(process, file);
      return false;
    }
    of_files_[file].push_back(*object);
  }
  return true;
}

void SlabCaches::OnFileRemoved(Process& process, uint64_t file) {
  const auto found = of_files_.find(file);
  if (found == of_files_.end()) return;
  const std::vector<SlabObject> objects = std::move(found->second);
  of_files_.erase(found);
  for (const SlabObject& object : objects) Free(process, object);
}

uint64_t SlabCaches::Scan(ExecutionContext& context, SlabLru& lru,
                          uint64_t count) {
  uint64_t scanned = 0;
  while (scanned < count && !lru.objects.empty()) {
    const auto oldest = lru.objects.begin();
    const SlabObject object{.cache = lru.cache,
                            .slab = oldest->second.slab,
                            .memcg = oldest->second.memcg};
    lru.objects.erase(oldest);
    FreeAt(context, object);
    ++scanned;
  }
  world_.machine().state().events.Count(VmEvent::kSlabsScanned, scanned);
  return scanned;
}

PageCount SlabCaches::ShrinkSlab(ExecutionContext& context, NodeId node,
                                 int priority) {
  const uint64_t before = world_.counts().pages_freed;
  const auto pressure =
      static_cast<uint64_t>(world_.machine().state().policy.vfs_cache_pressure);
  for (std::vector<SlabLru>& of_cache : lrus_) {
    if (of_cache.empty()) continue;
    SlabLru& lru = of_cache[static_cast<size_t>(node.value())];
    const uint64_t freeable = lru.objects.size() * pressure / 100;
    if (freeable == 0) continue;
    uint64_t total = lru.ToScan(freeable, priority);
    uint64_t scanned = 0;
    while (total >= SlabLru::kBatch || (total > 0 && total >= freeable)) {
      const uint64_t done =
          Scan(context, lru, std::min(SlabLru::kBatch, total));
      scanned += done;
      total -= std::min(total, SlabLru::kBatch);
      if (done == 0) break;
    }
    lru.NoteScanned(freeable, priority, scanned);
  }
  return PageCount(world_.counts().pages_freed - before);
}

PageCount SlabCaches::DropSlab(ExecutionContext& context) {
  const uint64_t before = world_.counts().pages_freed;
  for (std::vector<SlabLru>& of_cache : lrus_) {
    for (SlabLru& lru : of_cache) Scan(context, lru, lru.objects.size());
  }
  return PageCount(world_.counts().pages_freed - before);
}

uint64_t SlabCaches::nr_shrinkable(NodeId node) const {
  uint64_t count = 0;
  for (const std::vector<SlabLru>& of_cache : lrus_) {
    if (of_cache.empty()) continue;
    count += of_cache[static_cast<size_t>(node.value())].objects.size();
  }
  return count;
}

std::string SlabCaches::SlabInfo() const {
  std::string text =
      "slabinfo - version: 2.1\n"
      "# name            <active_objs> <num_objs> <objsize> <objperslab> "
      "<pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : "
      "slabdata <active_slabs> <num_slabs> <sharedavail>\n";
  for (const SlabCache& cache : caches_) {
    fmt::format_to(std::back_inserter(text),
                   "{:<17} {:>6} {:>6} {:>6} {:>4} {:>4} : tunables {:>4} "
                   "{:>4} {:>4} : slabdata {:>6} {:>6} {:>6}\n",
                   cache.spec().name, cache.nr_active(), cache.nr_objects(),
                   cache.spec().size, cache.geometry().objects,
                   cache.geometry().order.pages(), 0, 0, 0, cache.nr_slabs(),
                   cache.nr_slabs(), 0);
  }
  return text;
}

}  // namespace pagelab
