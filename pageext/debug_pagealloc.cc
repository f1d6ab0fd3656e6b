#include "pagelab/pageext/debug_pagealloc.h"

#include "pagelab/alloc/guard_page.h"
#include "pagelab/alloc/physical_memory.h"
#include "pagelab/base/check.h"
#include "pagelab/base/status.h"
#include "pagelab/pageext/free_frames.h"
#include "pagelab/pageext/shared_flags.h"

namespace pagelab {

DebugPagealloc::DebugPagealloc(AllocatorState& state, HookChain& hooks,
                               Options options,
                               const DebugPageallocProfile& profile)
    : state_(state),
      hooks_(hooks),
      options_(options),
      profile_(profile),
      unmapped_(state.memory->geometry().section_order) {
  PAGELAB_CHECK(options.guard_minorder >= 0 &&
                options.guard_minorder <= kMaxDebugGuardpageMinorder);
}

DebugPagealloc::~DebugPagealloc() { hooks_.Remove(*this); }

absl::Status DebugPagealloc::Start() {
  if (!options_.enabled) return absl::OkStatus();
  PAGELAB_RETURN_IF_ERROR(hooks_.Add(HookPlace::kDebugPagealloc, *this));
  active_ = true;
  ForEachFreeRange(state_, [this](PfnRange range) { unmapped_.Set(range); });
  if (!profile_.page_ext_clients) StartGuards();
  return absl::OkStatus();
}

void DebugPagealloc::AddClient(PageExt& page_ext) {
  if (!profile_.page_ext_clients) return;
  page_ext_ = &page_ext;
  page_ext.AddClient({.name = "debug_guardpage",
                      .size = 0,
                      .need_shared_flags = true,
                      .need = [this] { return wants_guards(); },
                      .init =
                          [this](ExecutionContext&) {
                            if (wants_guards()) StartGuards();
                            return absl::OkStatus();
                          }});
}

void DebugPagealloc::OnAlloc(ExecutionContext& /*context*/, Pfn head,
                             Order order, Gfp /*gfp*/) {
  unmapped_.Clear({head, head + PageCount(order.pages())});
}

void DebugPagealloc::OnFree(ExecutionContext& /*context*/, Pfn head,
                            Order order) {
  unmapped_.Set({head, head + PageCount(order.pages())});
}

void DebugPagealloc::OnGuard(Pfn head, Order /*order*/, GuardChange change) {
  if (page_ext_ == nullptr) return;
  AssignSharedFlag(*page_ext_, head, profile_.guard_bit,
                   change == GuardChange::kSet);
}

}  // namespace pagelab
