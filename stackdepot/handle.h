// The 32-bit name of a stored call stack.

#ifndef PAGELAB_STACKDEPOT_HANDLE_H_
#define PAGELAB_STACKDEPOT_HANDLE_H_

#include <cstdint>

namespace pagelab {

// Names a record of the stack depot; 0 names none. What the bits mean, a
// HandleLayout says. Kernel counterpart: depot_stack_handle_t.
class StackHandle {
 public:
  constexpr StackHandle() = default;
  constexpr explicit StackHandle(uint32_t value) : value_(value) {}
  constexpr uint32_t value() const { return value_; }
  // False for the handle that names nothing.
  constexpr bool valid() const { return value_ != 0; }
  friend constexpr bool operator==(StackHandle, StackHandle) = default;

 private:
  uint32_t value_ = 0;
};

// The fields of a handle, from the least significant bit up: pool index, byte
// offset in the pool divided by the record alignment, and bits that belong to
// whoever keeps the handle. So that no handle is 0, the pool index is stored
// plus one, or a bit above the offset is always set
// (page-ext-owner-depot.md 10.2, 11). Kernel counterpart: union handle_parts.
struct HandleLayout {
  int pool_index_bits = 0;
  int offset_bits = 0;
  // 0: the pool index is stored plus one.
  int valid_bits = 0;
  int extra_bits = 0;
  // log2 of the record alignment.
  int align_shift = 0;

  // REQUIRES: both fit into their fields; `offset` is aligned.
  constexpr StackHandle Make(uint32_t pool_index, uint32_t offset) const {
    return StackHandle((pool_index + index_bias()) |
                       ((offset >> align_shift) << pool_index_bits) |
                       (Mask(valid_bits) << (pool_index_bits + offset_bits)));
  }
  // Of a handle that Make() did not make: any number, also above max_pools().
  constexpr uint32_t PoolIndex(StackHandle handle) const {
    return (handle.value() & Mask(pool_index_bits)) - index_bias();
  }
  // In bytes.
  constexpr uint32_t Offset(StackHandle handle) const {
    return ((handle.value() >> pool_index_bits) & Mask(offset_bits))
           << align_shift;
  }
  constexpr uint32_t Extra(StackHandle handle) const {
    return static_cast<uint32_t>(uint64_t{handle.value()} >> extra_shift());
  }
  // Excess bits of `extra` are dropped; nothing stays nothing.
  // Kernel counterpart: stack_depot_set_extra_bits().
  constexpr StackHandle WithExtra(StackHandle handle, uint32_t extra) const {
    if (!handle.valid()) return handle;
    return StackHandle((handle.value() & Mask(extra_shift())) |
                       static_cast<uint32_t>(uint64_t{extra & Mask(extra_bits)}
                                             << extra_shift()));
  }
  constexpr uint32_t max_pools() const {
    return Mask(pool_index_bits) + 1 - index_bias();
  }
  constexpr int total_bits() const { return extra_shift() + extra_bits; }
  friend constexpr bool operator==(const HandleLayout&,
                                   const HandleLayout&) = default;

 private:
  constexpr uint32_t index_bias() const { return valid_bits == 0 ? 1 : 0; }
  constexpr int extra_shift() const {
    return pool_index_bits + offset_bits + valid_bits;
  }
  static constexpr uint32_t Mask(int bits) {
    return static_cast<uint32_t>((uint64_t{1} << bits) - 1);
  }
};

inline constexpr HandleLayout kHandleLayout48{.pool_index_bits = 21,
                                              .offset_bits = 10,
                                              .valid_bits = 1,
                                              .extra_bits = 0,
                                              .align_shift = 4};
inline constexpr HandleLayout kHandleLayout63{.pool_index_bits = 16,
                                              .offset_bits = 10,
                                              .valid_bits = 1,
                                              .extra_bits = 5,
                                              .align_shift = 4};
inline constexpr HandleLayout kHandleLayout612{.pool_index_bits = 17,
                                               .offset_bits = 10,
                                               .valid_bits = 0,
                                               .extra_bits = 5,
                                               .align_shift = 4};

static_assert(kHandleLayout48.total_bits() == 32);
static_assert(kHandleLayout63.total_bits() == 32);
static_assert(kHandleLayout612.total_bits() == 32);
static_assert(kHandleLayout48.Make(0, 0) == StackHandle(0x80000000));
static_assert(kHandleLayout48.Make(1, 160) == StackHandle(0x81400001));
static_assert(kHandleLayout612.Make(0, 0) == StackHandle(1));
static_assert(kHandleLayout612.Make(0, 160) == StackHandle(0x00140001));
static_assert(kHandleLayout612.Make(1, 0) == StackHandle(2));
static_assert(kHandleLayout612.WithExtra(kHandleLayout612.Make(0, 0x20), 3) ==
              StackHandle(0x18040001));

}  // namespace pagelab

#endif  // PAGELAB_STACKDEPOT_HANDLE_H_
