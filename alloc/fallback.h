#ifndef PAGELAB_ALLOC_FALLBACK_H_
#define PAGELAB_ALLOC_FALLBACK_H_

#include "pagelab/alloc/alloc_flags.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/hook_build.h"

namespace pagelab {

// One block wanted from a zone's buddy lists.
struct TakeRequest {
  Order order{};
  Migratetype type = Migratetype::kUnmovable;
  AllocFlags flags{};
};

// Where the search of one refill stands: what worked last is tried first for
// the next block (page-allocator.md 9.3). A fresh kNormal per refill and per
// single block.
enum class TakeMode : uint8_t { kNormal, kCma, kClaim, kSteal };

// The type whose list of `area` may serve `type`, and whether taking it may
// re-type its pageblock (page-allocator.md 10.2).
struct Fallback {
  bool found = false;
  Migratetype type = Migratetype::kUnmovable;
  bool can_claim = false;
};
Fallback FindSuitableFallback(const AllocatorState& state, const Zone& zone,
                              Order order, Migratetype type,
                              bool only_claimable);

inline namespace PAGELAB_HOOK_NAMESPACE {

// The head of the smallest sufficient list of `type`, split to `order`; null
// when there is none. Kernel counterpart: __rmqueue_smallest().
Page* TakeSmallest(AllocatorState& state, const ExecutionContext& context,
                   Zone& zone, Order order, Migratetype type);

// From the lists of the type, else from others. Kernel counterpart:
// __rmqueue(). Section 9.3.
Page* TakeBlock(AllocatorState& state, const ExecutionContext& context,
                Zone& zone, const TakeRequest& request, TakeMode& mode);

// The part of TakeBlock() after the type's own lists: CMA, claim, steal, by
// the machine's fallback policy. Sections 9.3, 10.4, 10.5, 21.
Page* TakeFromOthers(AllocatorState& state, const ExecutionContext& context,
                     Zone& zone, const TakeRequest& request, TakeMode& mode);

}  // namespace PAGELAB_HOOK_NAMESPACE
}  // namespace pagelab

#endif  // PAGELAB_ALLOC_FALLBACK_H_
