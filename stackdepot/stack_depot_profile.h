// What differs between stack depots of kernel versions and builds.

#ifndef PAGELAB_STACKDEPOT_STACK_DEPOT_PROFILE_H_
#define PAGELAB_STACKDEPOT_STACK_DEPOT_PROFILE_H_

#include <cstdint>

#include "pagelab/alloc/types.h"
#include "pagelab/stackdepot/handle.h"

namespace pagelab {

struct StackDepotProfile {
  Order pool_order;
  HandleLayout handle;
  // Differs from Linux: a machine may lower it, to see a full depot in a small
  // run; 6.12 has no boot parameter for it.
  uint32_t max_pools = 0;
  uint32_t record_header_bytes = 0;
  // Longer stacks lose their outer frames, and are never found again.
  uint32_t max_frames = 0;
  uint32_t hash_seed = 0;
};

// page-ext-owner-depot.md 10.1.
inline constexpr StackDepotProfile kStackDepotProfile612{
    .pool_order = Order(2),
    .handle = kHandleLayout612,
    .max_pools = 8192,
    .record_header_bytes = 32,
    .max_frames = 64,
    .hash_seed = 0x9747b28c};

// An offset field covers exactly one pool.
static_assert(kHandleLayout612.offset_bits ==
              kStackDepotProfile612.pool_order.value() + kPageShift -
                  kHandleLayout612.align_shift);

}  // namespace pagelab

#endif  // PAGELAB_STACKDEPOT_STACK_DEPOT_PROFILE_H_
