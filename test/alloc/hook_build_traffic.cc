#include "pagelab/test/alloc/hook_build_traffic.h"

#include <algorithm>
#include <string_view>
#include <typeinfo>

#include "pagelab/alloc/page_allocator.h"
#include "pagelab/base/check.h"
#include "pagelab/base/random.h"

#define PAGELAB_STRINGIZE(x) #x
#define PAGELAB_NAME_OF(x) PAGELAB_STRINGIZE(x)

namespace pagelab {

// PAGELAB_TRAFFIC is the name of one of the three functions.
std::vector<uint64_t> PAGELAB_TRAFFIC(AllocatorState& state,
                                      ExecutionContext& context) {
  PageAllocator allocator(state);
  // Really the build that was asked for.
  PAGELAB_CHECK(std::string_view(typeid(allocator).name())
                    .find(PAGELAB_NAME_OF(PAGELAB_HOOK_NAMESPACE)) !=
                std::string_view::npos);
  constexpr Gfp kMasks[] = {gfp::kKernel, gfp::kHighuserMovable, gfp::kAtomic,
                            gfp::kKernel.With(gfp::kReclaimable)};
  Random random(7);
  std::vector<uint64_t> pfns;
  std::vector<PageAllocator::Folio> live;
  for (int step = 0; step < 3000; ++step) {
    if (live.empty() || random.Bernoulli(0.52)) {
      const Order order(static_cast<int>(random.Uniform(6)));
      const Gfp gfp =
          kMasks[random.Uniform(std::size(kMasks))].With(gfp::kNowarn);
      Page* page = allocator.AllocPages(context, {.gfp = gfp, .order = order});
      if (page == nullptr) continue;
      pfns.push_back(state.memory->PfnOf(page).value());
      live.push_back({page, order});
    } else if (random.Bernoulli(0.05)) {
      const size_t count = std::min<size_t>(live.size(), 20);
      allocator.FreeFolios(context,
                           {live.data() + (live.size() - count), count});
      live.resize(live.size() - count);
    } else {
      std::swap(live[random.Uniform(live.size())], live.back());
      allocator.FreePages(context, live.back().page, live.back().order);
      live.pop_back();
    }
    if (step % 500 == 0) allocator.VmstatUpdate(context, context.cpu);
  }
  return pfns;
}

}  // namespace pagelab
