#ifndef PAGELAB_SIM_MEMORY_ACCESS_H_
#define PAGELAB_SIM_MEMORY_ACCESS_H_

#include <cstddef>
#include <cstdint>

#include "pagelab/pageext/direct_map.h"
#include "pagelab/sim/machine.h"

namespace pagelab {

// Some bytes of physical memory that simulated kernel code reads or writes by
// their address in the direct map.
struct MemoryAccess {
  AccessKind kind = AccessKind::kRead;
  Pfn pfn;
  // Counts from the start of `pfn` and may go beyond it: frames follow each
  // other, whoever has them. REQUIRES: all of it is in valid sections.
  uint64_t offset = 0;
  uint64_t length = 1;
  // What each byte becomes; for kWrite.
  std::byte value{};
};

enum class AccessOutcome : uint8_t {
  kDone,
  // Stopped at a frame that is not mapped, which is in the kernel's log now
  // (direct_map.h). Frames before it were written.
  kFault,
};

// Nobody checks whether the memory is still the caller's: without debugging
// switches, using it after it was freed goes unnoticed, and a write changes
// what the next owner has. Data of the simulated kernel itself and reserved
// memory stay as they are (PhysicalMemory::WriteByte()).
AccessOutcome AccessMemory(Machine& machine, const ExecutionContext& context,
                           const MemoryAccess& access);

}  // namespace pagelab

#endif  // PAGELAB_SIM_MEMORY_ACCESS_H_
