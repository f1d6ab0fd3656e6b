// Compiled once per hook build: see CMakeLists.txt.

#include "pagelab/bench/page_traffic.h"

#include "pagelab/bench/traffic_loops.h"

namespace pagelab {
inline namespace PAGELAB_HOOK_NAMESPACE {

void RepeatPairs(const TrafficSource& source, const AllocRequest& request,
                 uint64_t pairs) {
  LoopOverPairs<PageAllocator>(source, request, pairs);
}

void BulkPairs(const TrafficSource& source, const AllocRequest& request,
               absl::Span<Page*> held) {
  PageAllocator allocator(source.state);
  for (Page*& page : held) page = GetBlock(allocator, source.context, request);
  for (Page* page : held) {
    allocator.FreePages(source.context, page, request.order);
  }
}

void ChurnPairs(const TrafficSource& source, const AllocRequest& request,
                absl::Span<Page*> held, TrafficRandom& random, uint64_t pairs) {
  PageAllocator allocator(source.state);
  // Not through the span, whose index is checked.
  Page** const pages = held.data();
  const auto count = static_cast<uint32_t>(held.size());
  for (uint64_t i = 0; i < pairs; ++i) {
    Page*& page = pages[random.Next(count)];
    allocator.FreePages(source.context, page, request.order);
    page = GetBlock(allocator, source.context, request);
  }
}

void MixPairs(const TrafficSource& source, Gfp gfp, absl::Span<HeldBlock> held,
              TrafficRandom& random, uint64_t pairs) {
  PageAllocator allocator(source.state);
  AllocRequest request{.gfp = gfp};
  HeldBlock* const blocks = held.data();
  const auto count = static_cast<uint32_t>(held.size());
  for (uint64_t i = 0; i < pairs; ++i) {
    HeldBlock& block = blocks[random.Next(count)];
    allocator.FreePages(source.context, block.page, block.order);
    request.order = NextMixedOrder(random);
    block.order = request.order;
    block.page = GetBlock(allocator, source.context, request);
  }
}

void PlaySteps(const TrafficSource& source, absl::Span<const TrafficStep> steps,
               absl::Span<Page*> slots) {
  LoopOverSteps<PageAllocator>(source, steps, slots);
}

}  // namespace PAGELAB_HOOK_NAMESPACE
}  // namespace pagelab
