#ifndef PAGELAB_WORKLOADS_KERNEL_SLAB_CACHE_SPECS_H_
#define PAGELAB_WORKLOADS_KERNEL_SLAB_CACHE_SPECS_H_

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "pagelab/alloc/gfp.h"

namespace pagelab {

// The way into the kernel on which a cache asks for a slab: the recorded one,
// or the simulated driver's for caches that no recording has growing.
enum class SlabWay : uint8_t {
  kDriver,
  kDriverKmalloc,
  kForkTask,
  kForkOther,
  kForkVma,
  kForkAnonVma,
  kOpenFile,
  kOpenDentry,
  kCreateExt4,
  kCreateShmem,
  kListProc,
  kLookupKernfs,
  kAddToPageCache,
  kWriteBuffers,
};

// What a cache is, as the recorded build has it.
struct SlabCacheSpec {
  std::string_view name;
  // Of an object, alignment included: the <objsize> of /proc/slabinfo.
  uint32_t size = 0;
  // How its users ask; mobility is in it.
  Gfp gfp;
  SlabWay way = SlabWay::kDriver;
  // Objects are charged to the cgroup of who asks (SLAB_ACCOUNT).
  bool account = false;
  // Nobody holds the objects but an LRU list that a shrinker takes them from:
  // names and inodes of files that are not open.
  bool shrinkable = false;
};

// In the order of the recorded /proc/slabinfo.
absl::Span<const SlabCacheSpec> SlabCacheSpecs();
// Null if there is none.
const SlabCacheSpec* FindSlabCacheSpec(std::string_view name);

// Which of the four sets of kmalloc caches. Kernel counterpart:
// enum kmalloc_cache_type.
enum class KmallocKind : uint8_t { kNormal, kReclaimable, kAccount, kDma };
// Requests above it are no slab objects (KMALLOC_MAX_CACHE_SIZE).
inline constexpr uint64_t kKmallocMaxCacheSize = 8192;
// The cache of an allocation of `bytes`. REQUIRES: 1 to kKmallocMaxCacheSize.
const SlabCacheSpec& KmallocCacheSpec(uint64_t bytes, KmallocKind kind);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_SLAB_CACHE_SPECS_H_
