#include "pagelab/alloc/hook_keys.h"

#include <array>

#include "pagelab/base/check.h"

namespace pagelab {

StaticKey allocation_hooks_key;
StaticKey mm_page_alloc_key;
StaticKey mm_page_free_key;
StaticKey mm_page_free_batched_key;
StaticKey mm_page_alloc_zone_locked_key;
StaticKey mm_page_pcpu_drain_key;
StaticKey mm_page_alloc_extfrag_key;
StaticKey decay_pcp_high_key;
StaticKey drain_pages_zone_key;
StaticKey drain_zone_pages_key;
StaticKey bulk_alloc_key;

namespace {

constexpr std::array<StaticKey*, kNrTracepoints> kTraceKeys = {
    &mm_page_alloc_key,        &mm_page_free_key,
    &mm_page_free_batched_key, &mm_page_alloc_zone_locked_key,
    &mm_page_pcpu_drain_key,   &mm_page_alloc_extfrag_key,
    &decay_pcp_high_key,       &drain_pages_zone_key,
    &drain_zone_pages_key,     &bulk_alloc_key,
};

}  // namespace

absl::Status AttachHooks(AllocatorState& state, AllocationHooks& hooks) {
  PAGELAB_CHECK(state.hooks == nullptr);
  const absl::Status enabled = StaticKeyIncrement(allocation_hooks_key);
  if (enabled.ok()) state.hooks = &hooks;
  return enabled;
}

void DetachHooks(AllocatorState& state) {
  if (state.hooks == nullptr) return;
  state.hooks = nullptr;
  StaticKeyDecrement(allocation_hooks_key);
}

absl::Status AttachTrace(AllocatorState& state, TraceSink& sink) {
  PAGELAB_CHECK(state.trace == nullptr);
  for (size_t i = 0; i < kTraceKeys.size(); ++i) {
    const absl::Status enabled = StaticKeyIncrement(*kTraceKeys[i]);
    if (enabled.ok()) continue;
    while (i > 0) StaticKeyDecrement(*kTraceKeys[--i]);
    return enabled;
  }
  state.trace = &sink;
  return absl::OkStatus();
}

void DetachTrace(AllocatorState& state) {
  if (state.trace == nullptr) return;
  state.trace = nullptr;
  for (StaticKey* key : kTraceKeys) StaticKeyDecrement(*key);
}

}  // namespace pagelab
