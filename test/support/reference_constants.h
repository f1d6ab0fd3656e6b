// Bits that the reference allocator shares between its sources.

#ifndef PAGELAB_TEST_SUPPORT_REFERENCE_CONSTANTS_H_
#define PAGELAB_TEST_SUPPORT_REFERENCE_CONSTANTS_H_

#include <cstddef>
#include <cstdint>

namespace pagelab::reference {

// Alloc flags, 13.1.
inline constexpr uint32_t kLow = 1;
inline constexpr uint32_t kNoWatermarks = 0x4;
inline constexpr uint32_t kOom = 0x8;
inline constexpr uint32_t kNonBlock = 0x10;
inline constexpr uint32_t kMinReserve = 0x20;
inline constexpr uint32_t kCmaFlag = 0x80;
inline constexpr uint32_t kNofragment = 0x100;
inline constexpr uint32_t kHighatomic = 0x200;
inline constexpr uint32_t kKswapd = 0x800;
inline constexpr uint32_t kReserves =
    kNonBlock | kMinReserve | kHighatomic | kOom;

// For subscripts.
template <typename T>
constexpr size_t S(T value) {
  return static_cast<size_t>(value);
}

}  // namespace pagelab::reference

#endif  // PAGELAB_TEST_SUPPORT_REFERENCE_CONSTANTS_H_
