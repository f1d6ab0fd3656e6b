#ifndef PAGELAB_TEST_SUPPORT_RECORDED_SNAPSHOT_H_
#define PAGELAB_TEST_SUPPORT_RECORDED_SNAPSHOT_H_

#include <string>
#include <vector>

#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

// The lines of a recorded allocator snapshot that boot decides: zones and their
// sizes, free lists in order, pageblock types, free page counters.
std::vector<std::string> ReadRecordedLists(const std::string& path);

// The same lines of a simulated machine.
std::vector<std::string> SimulatedLists(const AllocatorState& state);

}  // namespace pagelab

#endif  // PAGELAB_TEST_SUPPORT_RECORDED_SNAPSHOT_H_
