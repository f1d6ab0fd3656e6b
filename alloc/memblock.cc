#include "pagelab/alloc/memblock.h"

#include <algorithm>

namespace pagelab {
namespace {

constexpr uint64_t PageUp(uint64_t address) {
  return (address + kPageSize - 1) & ~(kPageSize - 1);
}
constexpr uint64_t PageDown(uint64_t address) {
  return address & ~(kPageSize - 1);
}

// The parts of `range` outside `others`, which are sorted and disjoint.
std::vector<AddressRange> Outside(AddressRange range,
                                  absl::Span<const AddressRange> others) {
  std::vector<AddressRange> parts;
  uint64_t at = range.begin;
  for (const AddressRange& other : others) {
    if (other.end <= at) continue;
    if (other.begin >= range.end) break;
    if (at < other.begin) parts.push_back({at, other.begin});
    at = other.end;
  }
  if (at < range.end) parts.push_back({at, range.end});
  return parts;
}

}  // namespace

void Memblock::AddMemory(AddressRange range, NodeId node) {
  range = {PageUp(range.begin), PageDown(range.end)};
  if (range.empty()) return;
  std::vector<AddressRange> known;
  for (const Region& region : memory_) known.push_back(region.range);
  for (const AddressRange& part : Outside(range, known)) {
    memory_.push_back({part, node});
  }
  std::sort(memory_.begin(), memory_.end(),
            [](const Region& a, const Region& b) {
              return a.range.begin < b.range.begin;
            });
  std::vector<Region> merged;
  for (const Region& region : memory_) {
    if (!merged.empty() && merged.back().range.end == region.range.begin &&
        merged.back().node == region.node) {
      merged.back().range.end = region.range.end;
    } else {
      merged.push_back(region);
    }
  }
  memory_ = std::move(merged);
}

void Memblock::RemoveMemory(AddressRange range) {
  std::vector<Region> kept;
  for (const Region& region : memory_) {
    for (const AddressRange& part : Outside(region.range, {range})) {
      kept.push_back({part, region.node});
    }
  }
  memory_ = std::move(kept);
}

void Memblock::Reserve(AddressRange range) {
  if (range.empty()) return;
  std::vector<AddressRange> result;
  for (const AddressRange& other : reserved_) {
    if (other.end < range.begin || range.end < other.begin) {
      result.push_back(other);
    } else {
      range = {std::min(range.begin, other.begin),
               std::max(range.end, other.end)};
    }
  }
  result.insert(std::upper_bound(result.begin(), result.end(), range,
                                 [](const auto& a, const auto& b) {
                                   return a.begin < b.begin;
                                 }),
                range);
  reserved_ = std::move(result);
}

void Memblock::Release(AddressRange range) {
  std::vector<AddressRange> kept;
  for (const AddressRange& other : reserved_) {
    for (const AddressRange& part : Outside(other, {range})) {
      kept.push_back(part);
    }
  }
  reserved_ = std::move(kept);
}

std::optional<uint64_t> Memblock::Allocate(uint64_t bytes, uint64_t align,
                                           NodeId node) {
  if (node.valid()) {
    const std::optional<uint64_t> place = AllocateOn(bytes, align, node);
    if (place.has_value()) return place;
  }
  return AllocateOn(bytes, align, NodeId());
}

std::optional<uint64_t> Memblock::AllocateOn(uint64_t bytes, uint64_t align,
                                             NodeId node) {
  for (auto region = memory_.rbegin(); region != memory_.rend(); ++region) {
    if (node.valid() && region->node != node) continue;
    const std::vector<AddressRange> free = Outside(region->range, reserved_);
    for (auto part = free.rbegin(); part != free.rend(); ++part) {
      if (part->size() < bytes) continue;
      const uint64_t begin = (part->end - bytes) / align * align;
      if (begin < part->begin) continue;
      Reserve({begin, begin + bytes});
      return begin;
    }
  }
  return std::nullopt;
}

std::vector<PfnRange> Memblock::FreeRanges() const {
  std::vector<PfnRange> ranges;
  for (const Region& region : memory_) {
    for (const AddressRange& part : Outside(region.range, reserved_)) {
      const PfnRange frames{Pfn(PageUp(part.begin) >> kPageShift),
                            Pfn(part.end >> kPageShift)};
      if (!frames.empty()) ranges.push_back(frames);
    }
  }
  return ranges;
}

}  // namespace pagelab
