#ifndef PAGELAB_TEST_SUPPORT_WORLD_RECOUNT_H_
#define PAGELAB_TEST_SUPPORT_WORLD_RECOUNT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "pagelab/sim/machine.h"
#include "pagelab/workloads/kernel/world.h"

namespace pagelab {

// Pages that are allocated, frame by frame.
uint64_t AllocatedPages(const Machine& machine);

// What Verify() finds, and every counter of /proc/vmstat that a walk over all
// frames does not confirm: "nr_anon_pages 12, counted 13".
// `allocated_before`: AllocatedPages() before the world began; nobody else than
// the world allocates.
std::vector<std::string> RecountWorld(KernelWorld& world,
                                      uint64_t allocated_before);

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_WORLD_RECOUNT_H_
