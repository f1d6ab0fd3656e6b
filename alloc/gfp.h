#ifndef PAGELAB_ALLOC_GFP_H_
#define PAGELAB_ALLOC_GFP_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "pagelab/alloc/migratetype.h"

namespace pagelab {

// The request flags of an allocation: kernel 6.12 bit values
// (page-allocator.md 6.1).
class Gfp {
 public:
  constexpr Gfp() = default;
  constexpr explicit Gfp(uint32_t value) : value_(value) {}
  constexpr uint32_t value() const { return value_; }
  constexpr bool Has(Gfp flags) const {
    return (value_ & flags.value_) == flags.value_;
  }
  constexpr bool HasAny(Gfp flags) const {
    return (value_ & flags.value_) != 0;
  }
  constexpr Gfp With(Gfp flags) const { return Gfp(value_ | flags.value_); }
  constexpr Gfp Without(Gfp flags) const { return Gfp(value_ & ~flags.value_); }
  constexpr Gfp Masked(Gfp mask) const { return Gfp(value_ & mask.value_); }
  friend constexpr bool operator==(Gfp, Gfp) = default;

 private:
  uint32_t value_ = 0;
};

namespace gfp {
inline constexpr Gfp kDma{0x1};
inline constexpr Gfp kHighmem{0x2};
inline constexpr Gfp kDma32{0x4};
inline constexpr Gfp kMovable{0x8};
inline constexpr Gfp kReclaimable{0x10};
inline constexpr Gfp kHigh{0x20};
inline constexpr Gfp kIo{0x40};
inline constexpr Gfp kFs{0x80};
inline constexpr Gfp kZero{0x100};
inline constexpr Gfp kDirectReclaim{0x400};
inline constexpr Gfp kKswapdReclaim{0x800};
inline constexpr Gfp kWrite{0x1000};
inline constexpr Gfp kNowarn{0x2000};
inline constexpr Gfp kRetryMayfail{0x4000};
inline constexpr Gfp kNofail{0x8000};
inline constexpr Gfp kNoretry{0x10000};
inline constexpr Gfp kMemalloc{0x20000};
inline constexpr Gfp kComp{0x40000};
inline constexpr Gfp kNomemalloc{0x80000};
inline constexpr Gfp kHardwall{0x100000};
inline constexpr Gfp kThisnode{0x200000};
inline constexpr Gfp kAccount{0x400000};
inline constexpr Gfp kZerotags{0x800000};
inline constexpr Gfp kReclaim{0xc00};
inline constexpr Gfp kAtomic{0x820};
inline constexpr Gfp kKernel{0xcc0};
inline constexpr Gfp kKernelAccount{0x400cc0};
inline constexpr Gfp kNowait{0x2800};
inline constexpr Gfp kNoio{0xc00};
inline constexpr Gfp kNofs{0xc40};
inline constexpr Gfp kUser{0x100cc0};
inline constexpr Gfp kHighuser{0x100cc2};
inline constexpr Gfp kHighuserMovable{0x100cca};
inline constexpr Gfp kTranshugeLight{0x1c20ca};
inline constexpr Gfp kTranshuge{0x1c24ca};
}  // namespace gfp

// Bits 3 and 4 of the mask; both set is illegal and reads as HighAtomic
// (page-allocator.md 6.4).
constexpr Migratetype MigratetypeOf(Gfp flags) {
  return static_cast<Migratetype>((flags.value() >> 3) & 3);
}

// The text of %pGg: names joined with '|', leftover bits in hex, empty for 0
// (text-formats.md 1.2). Trace events print "none" for 0 instead.
std::string ToString(Gfp flags);
void AppendGfp(std::string& out, Gfp flags);

// The inverse: ORs kernel names (composites, single bits, hex leftovers,
// "none", empty) joined with '|', blanks around them allowed. The error names
// the word and the nearest name. Bits that another kernel version names and
// 6.12 does not have (text-formats.md 1.2) parse to 0.
absl::StatusOr<Gfp> ParseGfp(std::string_view text);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_GFP_H_
