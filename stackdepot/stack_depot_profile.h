// What differs between stack depots of kernel versions and builds.

#ifndef PAGELAB_STACKDEPOT_STACK_DEPOT_PROFILE_H_
#define PAGELAB_STACKDEPOT_STACK_DEPOT_PROFILE_H_

#include <cstdint>

#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/types.h"
#include "pagelab/stackdepot/handle.h"

namespace pagelab {

// Where the hash table comes from (page-ext-owner-depot.md 10.4, 11).
enum class HashTableSource : uint8_t {
  // The kernel image: of one size for every machine, with no line in the log.
  kStatic,
  // Boot memory, sized by the machine's.
  kBootMemory,
};

struct StackDepotProfile {
  Order pool_order;
  HandleLayout handle;
  // Differs from Linux: a machine may lower it, to see a full depot in a small
  // run; no version has a boot parameter for it.
  uint32_t max_pools = 0;
  // Buckets and records are linked both ways, and records have a count.
  bool doubly_linked = true;
  uint32_t record_header_bytes = 0;
  // Longer stacks lose their outer frames, and are never found again.
  uint32_t max_frames = 0;
  uint32_t hash_seed = 0;
  HashTableSource hash_table = HashTableSource::kBootMemory;
  // A stack ends at its first frame in interrupt entry text.
  bool cuts_at_irq_entry = true;
  // What the request for a pool asks for beside what is kept of the mask that
  // it is made for.
  Gfp pool_gfp;
  // There is a file stackdepot/stats, and stack_depot_disable=.
  bool has_stats = true;
  bool can_be_disabled = true;
};

// page-ext-owner-depot.md 11: 16 MiB at most, a static table of 2^20 heads.
inline constexpr StackDepotProfile kStackDepotProfile48{
    .pool_order = Order(2),
    .handle = kHandleLayout48,
    .max_pools = 1024,
    .doubly_linked = false,
    .record_header_bytes = 24,
    .max_frames = 64,
    .hash_seed = 0x9747b28c,
    .hash_table = HashTableSource::kStatic,
    .cuts_at_irq_entry = false,
    .pool_gfp = Gfp(),
    .has_stats = false,
    .can_be_disabled = false};

// As 4.8, with a cap of 8192 pools and quiet requests for them.
inline constexpr StackDepotProfile kStackDepotProfile510 = [] {
  StackDepotProfile depot = kStackDepotProfile48;
  depot.max_pools = 8192;
  depot.pool_gfp = gfp::kNowarn;
  return depot;
}();

// Extra bits in the handle, a table sized by the machine's memory.
inline constexpr StackDepotProfile kStackDepotProfile63 = [] {
  StackDepotProfile depot = kStackDepotProfile510;
  depot.handle = kHandleLayout63;
  depot.hash_table = HashTableSource::kBootMemory;
  depot.cuts_at_irq_entry = true;
  depot.can_be_disabled = true;
  return depot;
}();

// page-ext-owner-depot.md 10.1, 10.5.
inline constexpr StackDepotProfile kStackDepotProfile612 = [] {
  StackDepotProfile depot = kStackDepotProfile63;
  depot.handle = kHandleLayout612;
  depot.doubly_linked = true;
  depot.record_header_bytes = 32;
  depot.pool_gfp = gfp::kNoretry.With(gfp::kNomemalloc).With(gfp::kNowarn);
  depot.has_stats = true;
  return depot;
}();

// An offset field covers exactly one pool.
static_assert(kHandleLayout612.offset_bits ==
              kStackDepotProfile612.pool_order.value() + kPageShift -
                  kHandleLayout612.align_shift);

}  // namespace pagelab

#endif  // PAGELAB_STACKDEPOT_STACK_DEPOT_PROFILE_H_
