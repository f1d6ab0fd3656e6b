#include "pagelab/sim/memory_access.h"

#include <algorithm>

namespace pagelab {

AccessOutcome AccessMemory(Machine& machine, const ExecutionContext& context,
                           const MemoryAccess& access) {
  PhysicalMemory& memory = machine.memory();
  const DebugPagealloc* debug = machine.debug_pagealloc();
  const uint64_t end = access.offset + access.length;
  for (uint64_t at = access.offset; at < end;) {
    const Pfn pfn = access.pfn + PageCount(at / kPageSize);
    if (debug != nullptr && !debug->IsMapped(pfn)) {
      ReportDirectMapFault(
          machine.state(), context,
          {.kind = access.kind, .pfn = pfn, .offset = at % kPageSize});
      return AccessOutcome::kFault;
    }
    const uint64_t frame_end = std::min(end, (at / kPageSize + 1) * kPageSize);
    const bool changes =
        access.kind == AccessKind::kWrite && !memory.IsReserved(pfn);
    for (; at < frame_end; ++at) {
      if (changes) memory.WriteByte(pfn, at % kPageSize, access.value);
    }
  }
  return AccessOutcome::kDone;
}

}  // namespace pagelab
