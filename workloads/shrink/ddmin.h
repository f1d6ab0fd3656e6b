#ifndef PAGELAB_WORKLOADS_SHRINK_DDMIN_H_
#define PAGELAB_WORKLOADS_SHRINK_DDMIN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace pagelab {

// Ascending indices of the items that are kept.
using KeptItems = std::vector<size_t>;

// Delta debugging: takes chunks of halving size out of `count` items as long
// as `shows` holds for what is kept; it is taken to hold for all. At the end no
// single item can go. `shows` is not asked for all items.
KeptItems MinimizeItems(size_t count,
                        const std::function<bool(const KeptItems&)>& shows);

// The smallest number from `least` to `most` for which `shows` holds, provided
// that it holds for all above; it is taken to hold for `most`.
uint64_t MinimizeNumber(uint64_t least, uint64_t most,
                        const std::function<bool(uint64_t)>& shows);

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_SHRINK_DDMIN_H_
