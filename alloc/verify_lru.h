#ifndef PAGELAB_ALLOC_VERIFY_LRU_H_
#define PAGELAB_ALLOC_VERIFY_LRU_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

// The part of Verify() that looks at LRU lists: U1 and U2 of lru.h. `met` are
// the allocated blocks with kLru that are in memory, ascending.
std::vector<std::string> VerifyLru(const AllocatorState& state,
                                   absl::Span<const Pfn> met);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_VERIFY_LRU_H_
