#ifndef PAGELAB_ALLOC_TYPES_H_
#define PAGELAB_ALLOC_TYPES_H_

#include <compare>
#include <cstddef>
#include <cstdint>

namespace pagelab {

inline constexpr int kPageShift = 12;
inline constexpr uint64_t kPageSize = uint64_t{1} << kPageShift;

// The largest buddy block is 2^10 pages, 4 MiB (page-allocator.md 1). The one
// piece of geometry that is a constant: the kernel fixes it at build time.
inline constexpr int kMaxPageOrder = 10;
inline constexpr int kNrPageOrders = kMaxPageOrder + 1;
inline constexpr uint64_t kMaxOrderNrPages = uint64_t{1} << kMaxPageOrder;

// A number of pages. Never negative.
class PageCount {
 public:
  constexpr PageCount() = default;
  constexpr explicit PageCount(uint64_t value) : value_(value) {}
  constexpr uint64_t value() const { return value_; }
  constexpr uint64_t bytes() const { return value_ << kPageShift; }
  constexpr PageCount& operator+=(PageCount other) {
    value_ += other.value_;
    return *this;
  }
  constexpr PageCount& operator-=(PageCount other) {
    value_ -= other.value_;
    return *this;
  }
  friend constexpr PageCount operator+(PageCount a, PageCount b) {
    return PageCount(a.value_ + b.value_);
  }
  friend constexpr PageCount operator-(PageCount a, PageCount b) {
    return PageCount(a.value_ - b.value_);
  }
  friend constexpr auto operator<=>(PageCount, PageCount) = default;

 private:
  uint64_t value_ = 0;
};

// The log2 size of a buddy block, in pages: 0 to kMaxPageOrder.
class Order {
 public:
  constexpr Order() = default;
  constexpr explicit Order(int value) : value_(static_cast<uint8_t>(value)) {}
  constexpr int value() const { return value_; }
  constexpr uint64_t pages() const { return uint64_t{1} << value_; }
  friend constexpr auto operator<=>(Order, Order) = default;

 private:
  uint8_t value_ = 0;
};

// A page frame number: the physical address divided by the page size.
class Pfn {
 public:
  constexpr Pfn() = default;
  constexpr explicit Pfn(uint64_t value) : value_(value) {}
  constexpr uint64_t value() const { return value_; }
  constexpr uint64_t address() const { return value_ << kPageShift; }
  constexpr bool IsAlignedTo(Order order) const {
    return (value_ & (order.pages() - 1)) == 0;
  }
  constexpr Pfn& operator++() {
    ++value_;
    return *this;
  }
  constexpr Pfn& operator+=(PageCount n) {
    value_ += n.value();
    return *this;
  }
  friend constexpr Pfn operator+(Pfn p, PageCount n) {
    return Pfn(p.value_ + n.value());
  }
  friend constexpr Pfn operator-(Pfn p, PageCount n) {
    return Pfn(p.value_ - n.value());
  }
  // REQUIRES: a >= b.
  friend constexpr PageCount operator-(Pfn a, Pfn b) {
    return PageCount(a.value_ - b.value_);
  }
  friend constexpr auto operator<=>(Pfn, Pfn) = default;

 private:
  uint64_t value_ = 0;
};

// [begin, end).
struct PfnRange {
  Pfn begin;
  Pfn end;
  constexpr bool empty() const { return begin >= end; }
  constexpr PageCount size() const {
    return empty() ? PageCount(0) : end - begin;
  }
  constexpr bool Contains(Pfn pfn) const { return begin <= pfn && pfn < end; }
  friend constexpr bool operator==(PfnRange, PfnRange) = default;
};

constexpr Pfn AlignDown(Pfn pfn, Order order) {
  return Pfn(pfn.value() & ~(order.pages() - 1));
}
constexpr Pfn AlignUp(Pfn pfn, Order order) {
  return AlignDown(Pfn(pfn.value() + order.pages() - 1), order);
}

// A NUMA node, 0 to 63. The default value means "no preference".
class NodeId {
 public:
  constexpr NodeId() = default;
  constexpr explicit NodeId(int value) : value_(static_cast<int16_t>(value)) {}
  constexpr int value() const { return value_; }
  constexpr bool valid() const { return value_ >= 0; }
  friend constexpr auto operator<=>(NodeId, NodeId) = default;

 private:
  int16_t value_ = -1;
};

// A simulated CPU, 0 to the machine's number of CPUs.
class CpuId {
 public:
  constexpr CpuId() = default;
  constexpr explicit CpuId(int value) : value_(static_cast<uint16_t>(value)) {}
  constexpr int value() const { return value_; }
  friend constexpr auto operator<=>(CpuId, CpuId) = default;

 private:
  uint16_t value_ = 0;
};

// Simulated time since boot.
class Nanoseconds {
 public:
  constexpr Nanoseconds() = default;
  constexpr explicit Nanoseconds(uint64_t value) : value_(value) {}
  constexpr uint64_t value() const { return value_; }
  constexpr Nanoseconds& operator+=(Nanoseconds other) {
    value_ += other.value_;
    return *this;
  }
  friend constexpr Nanoseconds operator+(Nanoseconds a, Nanoseconds b) {
    return Nanoseconds(a.value_ + b.value_);
  }
  friend constexpr auto operator<=>(Nanoseconds, Nanoseconds) = default;

 private:
  uint64_t value_ = 0;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_TYPES_H_
