#ifndef PAGELAB_BENCH_ALLOC_PAIRS_H_
#define PAGELAB_BENCH_ALLOC_PAIRS_H_

#include <cstdint>

#include "pagelab/alloc/page_allocator.h"

namespace pagelab {

// Allocates a block and frees it again, `pairs` times, through each build of
// the hot path. Outside of the inline namespace that would hide two of three.
namespace hooks_absent {
void RunPairs(AllocatorState& state, ExecutionContext& context, Order order,
              uint64_t pairs);
}
namespace hooks_branch {
void RunPairs(AllocatorState& state, ExecutionContext& context, Order order,
              uint64_t pairs);
}
namespace hooks_static_key {
void RunPairs(AllocatorState& state, ExecutionContext& context, Order order,
              uint64_t pairs);
}

}  // namespace pagelab

#endif  // PAGELAB_BENCH_ALLOC_PAIRS_H_
