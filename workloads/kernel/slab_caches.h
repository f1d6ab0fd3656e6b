#ifndef PAGELAB_WORKLOADS_KERNEL_SLAB_CACHES_H_
#define PAGELAB_WORKLOADS_KERNEL_SLAB_CACHES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/types.h"
#include "pagelab/workloads/kernel/file_system.h"
#include "pagelab/workloads/kernel/process.h"
#include "pagelab/workloads/kernel/slab_cache.h"
#include "pagelab/workloads/kernel/slab_lru.h"

namespace pagelab {

class KernelWorld;

// An object that somebody has.
struct SlabObject {
  // As they are in SlabCacheSpecs().
  uint32_t cache = 0;
  SlabIndex slab = 0;
  // Who pays: the index of the cgroup plus 1; 0: nobody.
  uint32_t memcg = 0;
  // Where it is on the LRU list of its cache; 0: on none.
  uint64_t lru = 0;
};

// The slab allocator: the caches of the recorded kernel, and what the kernel
// itself takes from them for processes and files.
//
//  S1  Every block with PageUse of a slab that the world knows is a slab of
//      one of these caches, and the other way round.
//  S2  An object of a shrinkable cache is on an LRU list from its allocation
//      on, and may go whenever memory is asked for.
//
// Differs from Linux: caches start empty, what the kernel took at boot is no
// object; an object beyond the memory of its cgroup is refused before the slab
// is asked for. See README.md for the rest.
//
// Kernel counterparts: mm/slub.c, mm/slab_common.c.
class SlabCaches {
 public:
  explicit SlabCaches(KernelWorld& world);
  ~SlabCaches();
  SlabCaches(const SlabCaches&) = delete;
  SlabCaches& operator=(const SlabCaches&) = delete;

  // An object for the process, or nothing: memory is out. What is asked for
  // may have killed the process. Kernel counterpart: kmem_cache_alloc().
  std::optional<SlabObject> Alloc(Process& process, const SlabCacheSpec& spec);
  // Kernel counterpart: kmem_cache_free(). Nothing happens if a shrinker was
  // faster.
  void Free(Process& process, const SlabObject& object);

  // fork(2): task, signals, memory descriptor, and what `child` has of areas.
  // False: memory is out; what there is goes with OnExit().
  bool OnFork(Process& parent, Process& child);
  void OnExit(Process& process);
  // A name and an inode for a new file. False: memory is out.
  bool OnFileCreated(Process& process, FileSystem fs, uint64_t file);
  void OnFileRemoved(Process& process, uint64_t file);

  // Takes 1/2^priority of the objects of shrinkable caches of a node, oldest
  // first, twice as many as vm.vfs_cache_pressure is 200; pages that came back.
  // Kernel counterpart: shrink_slab() of super_cache_scan().
  PageCount ShrinkSlab(ExecutionContext& context, NodeId node, int priority);
  // All that can go. Kernel counterpart: drop_caches with 2.
  PageCount DropSlab(ExecutionContext& context);

  // By index of SlabCacheSpecs().
  const std::vector<SlabCache>& caches() const { return caches_; }
  uint64_t nr_shrinkable(NodeId node) const;
  // /proc/slabinfo, version 2.1.
  std::string SlabInfo() const;

 private:
  bool GrowFor(Process& process, SlabCache& cache);
  void FreeAt(ExecutionContext& context, const SlabObject& object);
  void ReleaseGone(ExecutionContext& context);
  uint64_t Scan(ExecutionContext& context, SlabLru& lru, uint64_t count);
  uint32_t MemcgOf(const Process& process, const SlabCacheSpec& spec);

  KernelWorld& world_;
  std::vector<SlabCache> caches_;
  // Of shrinkable caches, by cache, then node.
  std::vector<std::vector<SlabLru>> lrus_;
  // Heads of slabs that are to be freed.
  std::vector<Pfn> gone_;
  std::map<const Process*, std::vector<SlabObject>> of_processes_;
  std::map<uint64_t, std::vector<SlabObject>> of_files_;
  uint64_t next_lru_ = 1;
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_SLAB_CACHES_H_
