#ifndef PAGELAB_ALLOC_TRACE_HOOKS_H_
#define PAGELAB_ALLOC_TRACE_HOOKS_H_

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/hook_keys.h"
#include "pagelab/alloc/static_key.h"

namespace pagelab {
// Emits `event` when its tracepoint is on and the machine has a sink.
template <StaticKey& key, typename Event>
[[gnu::always_inline]] inline void Trace(const AllocatorState& state,
                                         const ExecutionContext& context,
                                         const Event& event) {
  if (StaticBranchUnlikely<key>()) {
    if (state.trace != nullptr) state.trace->OnEvent(context, event);
  }
}

// The same for a place that has no tracepoint.
template <StaticKey& key, typename Probe>
[[gnu::always_inline]] inline void TraceProbe(const AllocatorState& state,
                                              const ExecutionContext& context,
                                              const Probe& probe) {
  if (StaticBranchUnlikely<key>()) {
    if (state.trace != nullptr) state.trace->OnProbe(context, probe);
  }
}

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_TRACE_HOOKS_H_
