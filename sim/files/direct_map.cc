#include "pagelab/sim/files/direct_map.h"

#include <algorithm>

namespace pagelab {
namespace {

constexpr uint64_t k2M = uint64_t{1} << 21;
constexpr uint64_t k1G = uint64_t{1} << 30;

uint64_t Down(uint64_t address, uint64_t align) {
  return address / align * align;
}
uint64_t Up(uint64_t address, uint64_t align) {
  return Down(address + align - 1, align);
}

// [begin, end) in pages of 4 KiB at the ends and 2 MiB between.
void MapSmall(uint64_t begin, uint64_t end, DirectMapSizes& sizes) {
  const uint64_t large_begin = Up(begin, k2M);
  const uint64_t large_end = Down(end, k2M);
  const uint64_t large = large_begin < large_end ? large_end - large_begin : 0;
  sizes.by_2m += large;
  sizes.by_4k += end - begin - large;
}

}  // namespace

DirectMapSizes DirectMapOf(absl::Span<const FirmwareRange> memory_map,
                           DirectMapPages pages) {
  DirectMapSizes sizes;
  for (const FirmwareRange& entry : memory_map) {
    if (!entry.usable) continue;
    uint64_t begin = Up(entry.range.begin, kPageSize);
    const uint64_t end = Down(entry.range.end, kPageSize);
    if (begin >= end) continue;
    if (pages == DirectMapPages::kSmallOnly) {
      sizes.by_4k += end - begin;
      continue;
    }
    const uint64_t low_end = std::min(end, k2M);
    if (begin < low_end) {
      sizes.by_4k += low_end - begin;
      begin = low_end;
    }
    const uint64_t huge_begin = Up(begin, k1G);
    const uint64_t huge_end = Down(end, k1G);
    if (huge_begin < huge_end) {
      sizes.by_1g += huge_end - huge_begin;
      MapSmall(begin, huge_begin, sizes);
      MapSmall(huge_end, end, sizes);
    } else {
      MapSmall(begin, end, sizes);
    }
  }
  return sizes;
}

}  // namespace pagelab
