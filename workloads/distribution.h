#ifndef PAGELAB_WORKLOADS_DISTRIBUTION_H_
#define PAGELAB_WORKLOADS_DISTRIBUTION_H_

#include <cstdint>
#include <string_view>

#include "pagelab/base/random.h"
#include "pagelab/workloads/scenario.h"

namespace pagelab {

// "constant", "uniform", ... as a scenario file has it.
std::string_view ToString(DistributionKind kind);

// A value of the distribution, rounded to the nearest whole number, within its
// [min, max]. A constant takes nothing from `random`.
uint64_t Draw(const Distribution& distribution, Random& random);

// The value of `quantity`, drawn if it is random.
uint64_t Draw(const Scenario& scenario, const Quantity& quantity,
              Random& random);

// The smallest and the largest value that Draw() can give.
uint64_t SmallestDraw(const Distribution& distribution);
uint64_t LargestDraw(const Distribution& distribution);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_DISTRIBUTION_H_
