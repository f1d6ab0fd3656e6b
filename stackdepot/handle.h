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

// The fields of a handle, from the least significant bit up: pool index plus
// one, byte offset in the pool divided by the record alignment, and bits that
// belong to whoever keeps the handle (page-ext-owner-depot.md 10.2).
// Kernel counterpart: union handle_parts.
struct HandleLayout {
  int pool_index_bits = 0;
  int offset_bits = 0;
  int extra_bits = 0;
  // log2 of the record alignment.
  int align_shift = 0;

  // REQUIRES: both fit into their fields; `offset` is aligned.
  constexpr StackHandle Make(uint32_t pool_index, uint32_t offset) const {
    return StackHandle((pool_index + 1) |
                       ((offset >> align_shift) << pool_index_bits));
  }
  // REQUIRES: the handle's pool field is not 0.
  constexpr uint32_t PoolIndex(StackHandle handle) const {
    return (handle.value() & Mask(pool_index_bits)) - 1;
  }
  // In bytes.
  constexpr uint32_t Offset(StackHandle handle) const {
    return ((handle.value() >> pool_index_bits) & Mask(offset_bits))
           << align_shift;
  }
  constexpr uint32_t Extra(StackHandle handle) const {
    return handle.value() >> (pool_index_bits + offset_bits);
  }
  // Excess bits of `extra` are dropped; nothing stays nothing.
  // Kernel counterpart: stack_depot_set_extra_bits().
  constexpr StackHandle WithExtra(StackHandle handle, uint32_t extra) const {
    if (!handle.valid()) return handle;
    return StackHandle(
        (handle.value() & Mask(pool_index_bits + offset_bits)) |
        ((extra & Mask(extra_bits)) << (pool_index_bits + offset_bits)));
  }
  constexpr uint32_t max_pools() const { return Mask(pool_index_bits); }

 private:
  static constexpr uint32_t Mask(int bits) {
    return static_cast<uint32_t>((uint64_t{1} << bits) - 1);
  }
};

inline constexpr HandleLayout kHandleLayout612{.pool_index_bits = 17,
                                               .offset_bits = 10,
                                               .extra_bits = 5,
                                               .align_shift = 4};

static_assert(kHandleLayout612.pool_index_bits + kHandleLayout612.offset_bits +
                  kHandleLayout612.extra_bits ==
              32);
static_assert(kHandleLayout612.Make(0, 0) == StackHandle(1));
static_assert(kHandleLayout612.Make(0, 160) == StackHandle(0x00140001));
static_assert(kHandleLayout612.Make(1, 0) == StackHandle(2));
static_assert(kHandleLayout612.WithExtra(kHandleLayout612.Make(0, 0x20), 3) ==
              StackHandle(0x18040001));

}  // namespace pagelab

#endif  // PAGELAB_STACKDEPOT_HANDLE_H_
