#ifndef PAGELAB_OWNER_SORT_SORT_BLOCK_H_
#define PAGELAB_OWNER_SORT_SORT_BLOCK_H_

#include <cstdint>
#include <limits>
#include <string_view>

#include "pagelab/owner/sort/allocator_bits.h"

namespace pagelab {

// What a time that is not known sorts as: behind all others.
inline constexpr uint64_t kUnknownTs = std::numeric_limits<uint64_t>::max();

// A block of a dump on its way into a group: what the plan needs of it, the
// rest as it is here.
struct SortBlock {
  // In the input; what is smaller came first.
  uint64_t position = 0;
  // The first line, with its newline. A view of times' digits in it, to be cut
  // or kept apart; none if they are to stay.
  std::string_view head;
  std::string_view ts_digits;
  std::string_view free_ts_digits;
  // All further lines, but not the PFN's.
  std::string_view rest;

  int32_t pid = -1;
  int32_t tgid = -1;
  std::string_view name;
  uint64_t pages = 0;
  uint64_t ts = kUnknownTs;
  uint64_t free_ts = 0;
  AllocatorBits allocator = 0;
  bool released = false;
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_SORT_BLOCK_H_
