#ifndef PAGELAB_SIM_BOOT_H_
#define PAGELAB_SIM_BOOT_H_

#include "absl/status/status.h"
#include "pagelab/sim/machine_impl.h"

namespace pagelab {

// Brings up the parts of `machine` in the kernel's order
// (page-ext-owner-depot.md 2, page-allocator.md 5 and 25.8).
absl::Status BootMachine(Machine::Impl& machine, const BootObserver& observer);

}  // namespace pagelab

#endif  // PAGELAB_SIM_BOOT_H_
