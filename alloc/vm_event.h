#ifndef PAGELAB_ALLOC_VM_EVENT_H_
#define PAGELAB_ALLOC_VM_EVENT_H_

#include <array>
#include <cstdint>

#include "pagelab/alloc/zone.h"

namespace pagelab {

// The event counters of /proc/vmstat that the allocator keeps
// (text-formats.md 9). Counted in base pages where the name says pages.
struct VmEvents {
  std::array<uint64_t, kMaxNrZones> pgalloc{};
  std::array<uint64_t, kMaxNrZones> allocstall{};
  uint64_t pgfree = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_VM_EVENT_H_
