#include <array>

#include "pagelab/bench/page_traffic.h"

namespace pagelab {

Order NextMixedOrder(TrafficRandom& random) {
  // In tenths of a per cent; what is missing to 1000 goes to order 0.
  struct Share {
    uint32_t up_to;
    int order;
  };
  constexpr std::array<Share, 7> kShares = {Share{752, 0}, {842, 1}, {902, 2},
                                            {952, 3},      {968, 4}, {984, 5},
                                            {1000, 9}};
  const uint32_t draw = random.Next(1000);
  size_t i = 0;
  while (draw >= kShares[i].up_to) ++i;
  return Order(kShares[i].order);
}

}  // namespace pagelab
