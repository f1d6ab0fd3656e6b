// What happens when the fast path finds nothing: page-allocator.md 14.

#include "pagelab/alloc/alloc_failure.h"
#include "pagelab/alloc/page_allocator.h"

namespace pagelab {
inline namespace PAGELAB_HOOK_NAMESPACE {
namespace {

// Kernel counterpart: gfp_to_alloc_flags().
AllocFlags SlowPathFlags(const AllocatorState& state, const AllocControl& ac) {
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
AllocFlags ReserveFlags(const ExecutionContext& context, Gfp gfp) {
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

}  // namespace

Page* PageAllocator::AllocPagesSlowpath(ExecutionContext& context,
                                        const AllocControl& ac) {
  AllocFlags flags = SlowPathFlags(state_, ac);
  Page* page = GetPageFromFreelist(context, ac, flags);
  if (page != nullptr) return page;

  const AllocFlags reserves = ReserveFlags(context, ac.gfp);
  if (reserves.value() != 0) {
    flags = reserves.With(CmaFlag(state_, ac.type))
                .With(AllocFlags(flags.value() & alloc_flag::kKswapd.value()));
  }
  const bool can_wait =
      ac.gfp.Has(gfp::kDirectReclaim) && !context.task->memalloc;
  const bool gives_up_early =
      ac.gfp.Has(gfp::kNoretry) ||
      (ac.order > Order(3) && !ac.gfp.Has(gfp::kRetryMayfail));
  do {
    page = GetPageFromFreelist(context, ac, flags);
    if (page != nullptr) return page;
    // Nothing reclaims here, so a retry can help only after a reserved
    // pageblock came back.
  } while (can_wait && !gives_up_early &&
           UnreserveHighatomic(ac, /*force=*/true, context.cpu));

  if (ac.gfp.Has(gfp::kNofail) && can_wait) {
    // Differs from Linux: which would retry forever; here running out of
    // memory is an answer.
    page = GetPageFromFreelist(
        context, ac, alloc_flag::kMinReserve.With(CmaFlag(state_, ac.type)));
    if (page != nullptr) return page;
  }
  ReportAllocFailure(state_, context, ac.gfp, ac.order);
  return nullptr;
}

}  // namespace PAGELAB_HOOK_NAMESPACE
}  // namespace pagelab
