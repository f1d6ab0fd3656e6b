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
  // Those that touch it become one with it.
  const auto first =
      std::lower_bound(reserved_.begin(), reserved_.end(), range.begin,
                       [](const AddressRange& other, uint64_t begin) {
                         return other.end < begin;
                       });
  auto last = first;
  for (; last != reserved_.end() && last->begin <= range.end; ++last) {
    range = {std::min(range.begin, last->begin),
             std::max(range.end, last->end)};
  }
  reserved_.insert(reserved_.erase(first, last), range);
}

void Memblock::Release(AddressRange range) {
  if (range.empty()) return;
  const auto first =
      std::lower_bound(reserved_.begin(), reserved_.end(), range.begin,
                       [](const AddressRange& other, uint64_t begin) {
                         return other.end <= begin;
                       });
  auto last = first;
  std::vector<AddressRange> kept;
  for (; last != reserved_.end() && last->begin < range.end; ++last) {
    for (const AddressRange& part : Outside(*last, {range})) {
      kept.push_back(part);
    }
  }
  reserved_.insert(reserved_.erase(first, last), kept.begin(), kept.end());
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
