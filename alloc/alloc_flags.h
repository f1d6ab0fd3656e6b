#ifndef PAGELAB_ALLOC_ALLOC_FLAGS_H_
#define PAGELAB_ALLOC_ALLOC_FLAGS_H_

#include <cstdint>

#include "absl/types/span.h"
#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/gfp.h"
#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/types.h"
#include "pagelab/alloc/zone.h"

namespace pagelab {

// How one attempt at an allocation may go about it (page-allocator.md 13.1).
// Kernel counterpart: ALLOC_*.
class AllocFlags {
 public:
  constexpr AllocFlags() = default;
  constexpr explicit AllocFlags(uint32_t value) : value_(value) {}
  constexpr uint32_t value() const { return value_; }
  constexpr bool HasAny(AllocFlags flags) const {
    return (value_ & flags.value_) != 0;
  }
  constexpr AllocFlags With(AllocFlags flags) const {
    return AllocFlags(value_ | flags.value_);
  }
  constexpr AllocFlags Without(AllocFlags flags) const {
    return AllocFlags(value_ & ~flags.value_);
  }
  // The two lowest bits name the watermark to test.
  constexpr Watermark watermark() const {
    return static_cast<Watermark>(value_ & 3);
  }

 private:
  uint32_t value_ = 0;
};

namespace alloc_flag {
inline constexpr AllocFlags kWmarkMin{0};
inline constexpr AllocFlags kWmarkLow{1};
inline constexpr AllocFlags kWmarkHigh{2};
inline constexpr AllocFlags kNoWatermarks{0x4};
inline constexpr AllocFlags kOom{0x8};
inline constexpr AllocFlags kNonBlock{0x10};
inline constexpr AllocFlags kMinReserve{0x20};
inline constexpr AllocFlags kCpuset{0x40};
inline constexpr AllocFlags kCma{0x80};
inline constexpr AllocFlags kNofragment{0x100};
inline constexpr AllocFlags kHighatomic{0x200};
inline constexpr AllocFlags kKswapd{0x800};
inline constexpr AllocFlags kReserves{0x10 | 0x20 | 0x200 | 0x8};
}  // namespace alloc_flag

// What stays the same over all attempts at one allocation.
// Kernel counterpart: struct alloc_context.
struct AllocControl {
  Gfp gfp;
  Order order;
  Migratetype type = Migratetype::kUnmovable;
  int highest_zoneidx = 0;
  // From the preferred zone on; entries above highest_zoneidx are skipped.
  absl::Span<const Zoneref> zonelist;

  // REQUIRES: the zonelist is not empty.
  Zone& preferred_zone() const { return *zonelist.front().zone; }
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_ALLOC_FLAGS_H_
