#ifndef PAGELAB_ALLOC_HOOK_KEYS_H_
#define PAGELAB_ALLOC_HOOK_KEYS_H_

#include "absl/status/status.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/static_key.h"

namespace pagelab {

// On while some machine has allocation hooks attached.
[[gnu::visibility("hidden")]] extern StaticKey allocation_hooks_key;

// One key per tracepoint: on while some machine has a trace sink attached.
[[gnu::visibility("hidden")]] extern StaticKey mm_page_alloc_key;
[[gnu::visibility("hidden")]] extern StaticKey mm_page_free_key;
[[gnu::visibility("hidden")]] extern StaticKey mm_page_free_batched_key;
[[gnu::visibility("hidden")]] extern StaticKey mm_page_alloc_zone_locked_key;
[[gnu::visibility("hidden")]] extern StaticKey mm_page_pcpu_drain_key;
[[gnu::visibility("hidden")]] extern StaticKey mm_page_alloc_extfrag_key;
[[gnu::visibility("hidden")]] extern StaticKey decay_pcp_high_key;
[[gnu::visibility("hidden")]] extern StaticKey drain_pages_zone_key;
[[gnu::visibility("hidden")]] extern StaticKey drain_zone_pages_key;
[[gnu::visibility("hidden")]] extern StaticKey bulk_alloc_key;

inline namespace PAGELAB_HOOK_NAMESPACE {

// Does anybody watch allocations? The question that the builds of the hot path
// ask in different ways (hook_build.h); all have their tracepoints.
[[gnu::always_inline]] inline bool AllocationsAreWatched() {
#if PAGELAB_HOOK_BUILD == PAGELAB_HOOKS_ABSENT
  return false;
#elif PAGELAB_HOOK_BUILD == PAGELAB_HOOKS_BRANCH
  return __builtin_expect(allocation_hooks_key.enabled > 0, 0);
#else
  return StaticBranchUnlikely<allocation_hooks_key>();
#endif
}

}  // namespace PAGELAB_HOOK_NAMESPACE

// Attaches hooks or a trace sink to a machine's allocator and keeps the keys
// on until detached. At most one of each a machine. See StaticKeyIncrement()
// for when this is allowed.
absl::Status AttachHooks(AllocatorState& state, AllocationHooks& hooks);
void DetachHooks(AllocatorState& state);
absl::Status AttachTrace(AllocatorState& state, TraceSink& sink);
void DetachTrace(AllocatorState& state);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_HOOK_KEYS_H_
