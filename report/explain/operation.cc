#include "pagelab/report/explain/operation.h"

#include <numeric>

namespace pagelab {

SlowPathTrail SlowPathTrail::Between(const VmEvents& before,
                                     const VmEvents& after) {
  const auto more = [&](VmEvent event) {
    return after.count(event) - before.count(event);
  };
  const auto stalls = [](const VmEvents& events) {
    return std::accumulate(events.allocstall.begin(), events.allocstall.end(),
                           uint64_t{0});
  };
  return {.direct_reclaims = stalls(after) - stalls(before),
          .scanned = more(VmEvent::kPgscanDirect),
          .reclaimed = more(VmEvent::kPgstealDirect),
          .compactions = more(VmEvent::kCompactStall),
          .compactions_served = more(VmEvent::kCompactSuccess),
          .kills = more(VmEvent::kOomKill)};
}

}  // namespace pagelab
