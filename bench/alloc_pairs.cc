// Compiled once per hook build: see CMakeLists.txt.

#include "pagelab/alloc/page_allocator.h"
#include "pagelab/base/check.h"

namespace pagelab {
inline namespace PAGELAB_HOOK_NAMESPACE {

void RunPairs(AllocatorState& state, ExecutionContext& context, Order order,
              uint64_t pairs) {
  PageAllocator allocator(state);
  const AllocRequest request{.gfp = gfp::kKernel, .order = order};
  for (uint64_t i = 0; i < pairs; ++i) {
    Page* page = allocator.AllocPages(context, request);
    PAGELAB_CHECK(page != nullptr);
    allocator.FreePages(context, page, order);
  }
}

}  // namespace PAGELAB_HOOK_NAMESPACE
}  // namespace pagelab
