// Compiled once per hook build: see CMakeLists.txt.

#include "pagelab/bench/page_traffic.h"

#include "pagelab/base/check.h"

namespace pagelab {
inline namespace PAGELAB_HOOK_NAMESPACE {
namespace {

Page* Get(PageAllocator& allocator, ExecutionContext& context,
          const AllocRequest& request) {
  Page* page = allocator.AllocPages(context, request);
  PAGELAB_CHECK(page != nullptr);
  return page;
}

}  // namespace

void RepeatPairs(const TrafficSource& source, const AllocRequest& request,
                 uint64_t pairs) {
  PageAllocator allocator(source.state);
  for (uint64_t i = 0; i < pairs; ++i) {
    Page* page = Get(allocator, source.context, request);
    allocator.FreePages(source.context, page, request.order);
  }
}

void BulkPairs(const TrafficSource& source, const AllocRequest& request,
               absl::Span<Page*> held) {
  PageAllocator allocator(source.state);
  for (Page*& page : held) page = Get(allocator, source.context, request);
  for (Page* page : held) {
    allocator.FreePages(source.context, page, request.order);
  }
}

void ChurnPairs(const TrafficSource& source, const AllocRequest& request,
                absl::Span<Page*> held, TrafficRandom& random, uint64_t pairs) {
  PageAllocator allocator(source.state);
  for (uint64_t i = 0; i < pairs; ++i) {
    Page*& page = held[random.Next(static_cast<uint32_t>(held.size()))];
    allocator.FreePages(source.context, page, request.order);
    page = Get(allocator, source.context, request);
  }
}

void MixPairs(const TrafficSource& source, Gfp gfp, absl::Span<HeldBlock> held,
              TrafficRandom& random, uint64_t pairs) {
  PageAllocator allocator(source.state);
  for (uint64_t i = 0; i < pairs; ++i) {
    HeldBlock& block = held[random.Next(static_cast<uint32_t>(held.size()))];
    allocator.FreePages(source.context, block.page, block.order);
    block.order = NextMixedOrder(random);
    block.page =
        Get(allocator, source.context, {.gfp = gfp, .order = block.order});
  }
}

void PlaySteps(const TrafficSource& source, absl::Span<const TrafficStep> steps,
               absl::Span<Page*> slots) {
  PageAllocator allocator(source.state);
  for (const TrafficStep& step : steps) {
    Page*& page = slots[step.slot];
    if (step.put) {
      allocator.FreePages(source.context, page, step.order);
    } else {
      page = Get(allocator, source.context,
                 {.gfp = step.gfp, .order = step.order});
    }
  }
}

}  // namespace PAGELAB_HOOK_NAMESPACE
}  // namespace pagelab
