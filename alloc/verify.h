#ifndef PAGELAB_ALLOC_VERIFY_H_
#define PAGELAB_ALLOC_VERIFY_H_

#include <string>
#include <vector>

#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

// What is wrong with the state between two operations; nothing if it is
// consistent. Every finding starts with the invariant it breaks: I1 to I21 of
// page-allocator.md 22 where they can be told from a state alone, P1, P3 and
// P4 of page.h, R1: a run is on a list of the largest order, T1:
// nr_isolate_pageblock counts the pageblocks of that type, and G1: a guard is
// of an order below debug_guardpage_minorder, and its buddy is not free; U1 and
// U2 of lru.h.
//
// I6, I15 to I19, I22 and I23 speak of how a state came to be, or of what an
// operation answered, and are not looked at; nor is I12's type at entry.
//
// Where frames are unknown (PhysicalMemory::has_unknown_frames), I20 only says
// that a zone does not hold more than it manages, and U2 nothing.
//
// Costs one step for every block and every pcp page, and for every untouched
// run. Stops after some hundred findings. REQUIRES: memblock handed its memory
// over.
std::vector<std::string> Verify(const AllocatorState& state);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_VERIFY_H_
