#ifndef PAGELAB_SIM_BOOT_INITIAL_H_
#define PAGELAB_SIM_BOOT_INITIAL_H_

#include "absl/status/status.h"
#include "pagelab/sim/machine_impl.h"

namespace pagelab {

// The steps of a boot with memory in use (MachineConfig::initial). All do
// nothing on an ordinary machine.

// After the reservations whose place is known, before those that go anywhere:
// these keep clear of what is in use, or free, on the other machine. An error
// where a block is no memory or is reserved.
absl::Status ReserveInitialMemory(Machine::Impl& machine);

// After the last reservation: what is not known to be free is in use. Memory
// that boot frees late (MachineConfig::boot_frees) is free from here on.
void SettleInitialMemory(Machine::Impl& machine);

// After memblock_free_all(): reserved frames become allocated blocks.
void ClaimInitialMemory(Machine::Impl& machine);

// Managed pages that boot frees late count from their stage on.
void CountLateFrees(Machine::Impl& machine, const BootFree& late);

}  // namespace pagelab

#endif  // PAGELAB_SIM_BOOT_INITIAL_H_
