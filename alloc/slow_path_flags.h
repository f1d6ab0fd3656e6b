#ifndef PAGELAB_ALLOC_SLOW_PATH_FLAGS_H_
#define PAGELAB_ALLOC_SLOW_PATH_FLAGS_H_

#include "pagelab/alloc/request.h"

namespace pagelab {

// How the attempts of the slow path go about it (page-allocator.md 14).

// Kernel counterpart: gfp_to_alloc_flags().
inline AllocFlags SlowPathFlags(const AllocatorState& state,
                                const AllocControl& ac) {
  const Gfp gfp = ac.gfp;
  // Same bits in both sets.
  static_assert(gfp::kHigh.value() == alloc_flag::kMinReserve.value());
  static_assert(gfp::kKswapdReclaim.value() == alloc_flag::kKswapd.value());
  AllocFlags flags =
      alloc_flag::kWmarkMin.With(alloc_flag::kCpuset)
          .With(AllocFlags(
              gfp.Masked(gfp::kHigh.With(gfp::kKswapdReclaim)).value()));
  if (!gfp.Has(gfp::kDirectReclaim)) {
    if (!gfp.Has(gfp::kNomemalloc)) {
      flags = flags.With(alloc_flag::kNonBlock);
      if (ac.order > Order(0) && flags.HasAny(alloc_flag::kMinReserve)) {
        flags = flags.With(alloc_flag::kHighatomic);
      }
    }
    if (flags.HasAny(alloc_flag::kMinReserve)) {
      flags = flags.Without(alloc_flag::kCpuset);
    }
  }
  return flags.With(CmaFlag(state, ac.type));
}

// Rights beyond the watermarks. Kernel counterpart: __gfp_pfmemalloc_flags().
inline AllocFlags ReserveFlags(const ExecutionContext& context, Gfp gfp) {
  if (gfp.Has(gfp::kNomemalloc)) return AllocFlags();
  if (gfp.Has(gfp::kMemalloc)) return alloc_flag::kNoWatermarks;
  if (context.level == InterruptLevel::kSoftirq && context.task->memalloc) {
    return alloc_flag::kNoWatermarks;
  }
  if (context.level == InterruptLevel::kTask) {
    if (context.task->memalloc) return alloc_flag::kNoWatermarks;
    if (context.task->oom_victim) return alloc_flag::kOom;
  }
  return AllocFlags();
}

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_SLOW_PATH_FLAGS_H_
