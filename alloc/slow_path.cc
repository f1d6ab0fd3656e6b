// What happens when the fast path finds nothing: page-allocator.md 14.

#include "pagelab/alloc/alloc_failure.h"
#include "pagelab/alloc/page_allocator.h"
#include "pagelab/alloc/slow_path_flags.h"

namespace pagelab {
inline namespace PAGELAB_HOOK_NAMESPACE {

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
