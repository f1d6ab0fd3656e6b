#ifndef PAGELAB_WORKLOADS_KERNEL_SLAB_LRU_H_
#define PAGELAB_WORKLOADS_KERNEL_SLAB_LRU_H_

#include <algorithm>
#include <cstdint>
#include <map>

namespace pagelab {

// The objects of one cache on one node that a shrinker may take, by the order
// in which they came, and what it left to do. Kernel counterparts: struct
// list_lru, shrinker::nr_deferred.
struct SlabLru {
  // What an object costs the shrinker: SHRINK_BATCH at once.
  static constexpr uint64_t kBatch = 128;

  // Slab, and cgroup plus 1, of each.
  struct Entry {
    uint32_t slab = 0;
    uint32_t memcg = 0;
  };
  uint32_t cache = 0;
  std::map<uint64_t, Entry> objects;
  uint64_t deferred = 0;

  // How many of `freeable` to look at, at this priority. Kernel counterpart:
  // do_shrink_slab(), whose caches have seeks of 2.
  uint64_t ToScan(uint64_t freeable, int priority) const {
    const uint64_t fresh = (freeable >> priority) * 4 / 2;
    const uint64_t total = (deferred >> priority) + fresh;
    return std::min(total, 2 * freeable);
  }
  void NoteScanned(uint64_t freeable, int priority, uint64_t scanned) {
    const uint64_t fresh = (freeable >> priority) * 4 / 2;
    const uint64_t due = deferred + fresh;
    deferred = std::min(due > scanned ? due - scanned : 0, 2 * freeable);
  }
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_SLAB_LRU_H_
