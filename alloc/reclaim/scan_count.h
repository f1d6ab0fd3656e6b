#ifndef PAGELAB_ALLOC_RECLAIM_SCAN_COUNT_H_
#define PAGELAB_ALLOC_RECLAIM_SCAN_COUNT_H_

#include <array>
#include <cstdint>

#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/types.h"
#include "pagelab/alloc/zone.h"

namespace pagelab {

// How much of each list a reclaim looks at: rules without state.

// The lists that are scanned: kInactiveAnon to kActiveFile.
inline constexpr int kNrEvictableLists = 4;
using ListPages = std::array<uint64_t, kNrEvictableLists>;

// What the numbers depend on.
struct ScanCountInputs {
  // Pages on each list, of the zones that may be scanned.
  ListPages sizes{};
  int priority = 0;
  // vm.swappiness, 0 to 200.
  int64_t swappiness = 0;
  // Lruvec::cost.
  std::array<int64_t, 2> cost{};
  // Anonymous memory can go somewhere, and may.
  bool can_swap = false;
  bool file_is_tiny = false;
  bool cache_trim_mode = false;
};

// Pages to scan of each list. Kernel counterpart: get_scan_count().
ListPages GetScanCount(const ScanCountInputs& inputs);

// Are the inactive pages of one kind so few that active ones have to follow?
// The more memory, the smaller their share: one page in 1 + sqrt(10 * GiB).
// Kernel counterpart: inactive_is_low().
bool InactiveIsLow(PageCount inactive, PageCount active);

// A list of an LRU set as the counters of a node or a zone see it.
constexpr LruList ListAt(int index) { return static_cast<LruList>(index); }
constexpr bool IsFileList(LruList list) {
  return list == LruList::kInactiveFile || list == LruList::kActiveFile;
}
constexpr bool IsActiveList(LruList list) {
  return list == LruList::kActiveAnon || list == LruList::kActiveFile;
}

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_RECLAIM_SCAN_COUNT_H_
