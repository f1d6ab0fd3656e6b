#include "pagelab/workloads/kernel/readahead.h"

#include <algorithm>
#include <bit>

namespace pagelab {
namespace {

constexpr uint64_t kMax = Readahead::kMaxPages;

// Kernel counterpart: get_init_ra_size().
uint64_t FirstSize(uint64_t wanted) {
  const uint64_t size = std::bit_ceil(wanted);
  if (size <= kMax / 32) return size * 4;
  if (size <= kMax / 4) return size * 2;
  return kMax;
}

// Kernel counterpart: get_next_ra_size().
uint64_t NextSize(uint64_t size) {
  if (size < kMax / 16) return size * 4;
  if (size <= kMax / 2) return size * 2;
  return kMax;
}

}  // namespace

ReadaheadWindow Readahead::OnMiss(uint64_t index, uint64_t wanted,
                                  IsCached cached) {
  // The start of the file, a large read, or one that goes on where the last
  // one ended.
  const bool goes_on = index - previous_ <= 1;
  if (index == 0 || wanted > kMax || goes_on) {
    start_ = index;
    size_ = FirstSize(wanted);
    async_size_ = size_ > wanted ? size_ - wanted : size_ / 2;
    return Current();
  }
  // Others may have read what lies before.
  uint64_t before = 0;
  while (before < std::min(index, kMax) && cached(index - 1 - before)) {
    ++before;
  }
  if (before <= wanted) return {index, std::min(wanted, kMax), 0};
  if (before >= index) before *= 2;
  start_ = index;
  size_ = std::min(before + wanted, kMax);
  async_size_ = 1;
  return Current();
}

std::optional<ReadaheadWindow> Readahead::OnMarker(uint64_t index,
                                                   uint64_t wanted,
                                                   IsCached cached) {
  if (index == start_ + size_ - async_size_) {
    start_ += size_;
    size_ = NextSize(size_);
    async_size_ = size_;
    return Current();
  }
  // Of somebody else's window: goes on behind what is there.
  uint64_t next = index + 1;
  while (next - index <= kMax && cached(next)) ++next;
  if (next - index > kMax) return std::nullopt;
  start_ = next;
  size_ = NextSize(next - index + wanted);
  async_size_ = size_;
  return Current();
}

}  // namespace pagelab
