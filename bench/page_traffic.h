// The work that allocators are measured by, through each build of the hot path.

#ifndef PAGELAB_BENCH_PAGE_TRAFFIC_H_
#define PAGELAB_BENCH_PAGE_TRAFFIC_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "pagelab/alloc/page_allocator.h"

namespace pagelab {

// Whose pages, and who asks for them.
struct TrafficSource {
  AllocatorState& state;
  ExecutionContext& context;
};

// A block that is held.
struct HeldBlock {
  Page* page = nullptr;
  Order order;
};

// One step of a recorded workload: gets a block into a slot that is empty, or
// puts the one that is in it.
struct TrafficStep {
  uint32_t slot = 0;
  Gfp gfp;
  Order order;
  bool put = false;
};

// Steps a choice of random numbers: one multiplication and two shifts.
class TrafficRandom {
 public:
  // Below `bound`.
  uint32_t Next(uint32_t bound) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>((state_ >> 32) * bound >> 32);
  }

 private:
  uint64_t state_ = 1;
};

// Orders by how often a mix asks for them: 75 % order 0, 9 % 1, 6 % 2, 5 % 3,
// and a sixtieth each 4, 5 and 9.
inline constexpr std::array<uint8_t, 1024> kMixedOrders = [] {
  struct Share {
    size_t up_to;
    uint8_t order;
  };
  constexpr std::array<Share, 7> kShares = {Share{768, 0}, {860, 1}, {921, 2},
                                            {973, 3},      {990, 4}, {1007, 5},
                                            {1024, 9}};
  std::array<uint8_t, 1024> orders = {};
  size_t begin = 0;
  for (const Share& share : kShares) {
    for (; begin < share.up_to; ++begin) orders[begin] = share.order;
  }
  return orders;
}();

// What one step of a mix asks for.
inline Order NextMixedOrder(TrafficRandom& random) {
  return Order(kMixedOrders[random.Next(kMixedOrders.size())]);
}

// Each is a number of pairs of one allocation and one free. A request that
// fails ends the program.
#define PAGELAB_DECLARE_TRAFFIC                                              \
  /* The same block again and again. */                                      \
  void RepeatPairs(const TrafficSource& source, const AllocRequest& request, \
                   uint64_t pairs);                                          \
  /* All blocks out, then back in the order they came; `held` is scratch. */ \
  void BulkPairs(const TrafficSource& source, const AllocRequest& request,   \
                 absl::Span<Page*> held);                                    \
  /* Puts a random one of the order-0 pages held, and gets another. */       \
  void ChurnPairs(const TrafficSource& source, const AllocRequest& request,  \
                  absl::Span<Page*> held, TrafficRandom& random,             \
                  uint64_t pairs);                                           \
  /* The same with blocks of mixed orders. */                                \
  void MixPairs(const TrafficSource& source, Gfp gfp,                        \
                absl::Span<HeldBlock> held, TrafficRandom& random,           \
                uint64_t pairs);                                             \
  /* A recorded workload. Every slot is empty before and after. */           \
  void PlaySteps(const TrafficSource& source,                                \
                 absl::Span<const TrafficStep> steps,                        \
                 absl::Span<Page*> slots);

// One of them was declared inline before.
#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winline-namespace-reopened-noninline"
#endif
namespace hooks_absent {
PAGELAB_DECLARE_TRAFFIC
}
namespace hooks_branch {
PAGELAB_DECLARE_TRAFFIC
}
namespace hooks_static_key {
PAGELAB_DECLARE_TRAFFIC
}
#ifdef __clang__
#pragma clang diagnostic pop
#endif
#undef PAGELAB_DECLARE_TRAFFIC

}  // namespace pagelab

#endif  // PAGELAB_BENCH_PAGE_TRAFFIC_H_
