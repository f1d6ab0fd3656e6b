#ifndef PAGELAB_PAGEEXT_DIRECT_MAP_H_
#define PAGELAB_PAGEEXT_DIRECT_MAP_H_

#include <cstdint>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/execution_context.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// Where x86-64 maps all physical memory, without KASLR.
inline constexpr uint64_t kDirectMapBase = 0xffff888000000000;

constexpr uint64_t DirectMapAddress(Pfn pfn, uint64_t offset) {
  return kDirectMapBase + pfn.address() + offset;
}

enum class AccessKind : uint8_t { kRead, kWrite };

// The first byte that an access found outside of the direct map.
struct DirectMapFault {
  AccessKind kind = AccessKind::kRead;
  Pfn pfn;
  uint64_t offset = 0;
};

// Says in the kernel's log what `context` did, running in the kernel, and what
// is known of the frame.
//
// Differs from Linux: an oops goes on with the page tables, the registers and
// the call trace of who did it, kills the task, and does not dump the page;
// here the page's owner is the point, the line "page dumped because" names the
// task, and the task lives on.
//
// Kernel counterpart: show_fault_oops().
void ReportDirectMapFault(const AllocatorState& state,
                          const ExecutionContext& context,
                          const DirectMapFault& fault);

}  // namespace pagelab

#endif  // PAGELAB_PAGEEXT_DIRECT_MAP_H_
