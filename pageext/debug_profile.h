#ifndef PAGELAB_PAGEEXT_DEBUG_PROFILE_H_
#define PAGELAB_PAGEEXT_DEBUG_PROFILE_H_

#include <cstdint>

namespace pagelab {

// Bits of the shared flags word in 3.19 (page-ext-owner-depot.md 1.3).
namespace page_ext_3_19 {
inline constexpr uint64_t kDebugPoison = uint64_t{1} << 0;
inline constexpr uint64_t kDebugGuard = uint64_t{1} << 1;
inline constexpr uint64_t kOwner = uint64_t{1} << 2;
}  // namespace page_ext_3_19

// What a kernel version decides about guard pages and page poisoning. The
// default is 6.12: both work from the first allocation on, and page_ext has
// nothing to do with them.
struct DebugPageallocProfile {
  // Both are clients of page_ext, of size 0, and start when its tables exist
  // (page-ext-owner-depot.md 13).
  bool page_ext_clients = false;
  // Their bits in the shared flags word; 0: none.
  uint64_t poison_bit = 0;
  uint64_t guard_bit = 0;
};

inline constexpr DebugPageallocProfile kDebugPagealloc319{
    .page_ext_clients = true,
    .poison_bit = page_ext_3_19::kDebugPoison,
    .guard_bit = page_ext_3_19::kDebugGuard};

}  // namespace pagelab

#endif  // PAGELAB_PAGEEXT_DEBUG_PROFILE_H_
