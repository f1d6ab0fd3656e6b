#include "pagelab/alloc/caller_bugs.h"

#include "pagelab/alloc/dump_page.h"
#include "pagelab/alloc/page_walk.h"

namespace pagelab {

void ReportBadFree(AllocatorState& state, const ExecutionContext& context,
                   Pfn pfn, Order order) {
  std::string_view reason = bad_page_reason::kNonzeroRefcount;
  const Page& page = *state.memory->PageAt(pfn);
  if (page.state == PageState::kAllocated && page.order() != order) {
    reason = bad_page_reason::kWrongOrder;
  } else if (state.memory->IsReserved(pfn)) {
    reason = bad_page_reason::kFlagsAtFree;
  }
  ReportBadPage(state, context, pfn, reason);
}

}  // namespace pagelab
