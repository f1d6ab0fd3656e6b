#ifndef PAGELAB_SIM_BOOT_RESERVATIONS_H_
#define PAGELAB_SIM_BOOT_RESERVATIONS_H_

#include "absl/status/status.h"
#include "pagelab/sim/machine_impl.h"

namespace pagelab {

// Alignment of boot allocations that ask for none: a cache line.
inline constexpr uint64_t kBootAlign = 64;

// Takes out of memblock what the machine's file lists, and, where it says so,
// the kernel's book-keeping that grows with memory: struct page, the large
// hash tables, per-cpu areas.
// Kernel counterpart of the parameter cma=: dma_contiguous_reserve(),
// page-allocator.md 16.4.
absl::Status ReserveBootMemory(Machine::Impl& machine);

}  // namespace pagelab

#endif  // PAGELAB_SIM_BOOT_RESERVATIONS_H_
