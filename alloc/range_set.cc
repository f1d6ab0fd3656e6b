#include "pagelab/alloc/range_set.h"

#include <algorithm>
#include <limits>

namespace pagelab {
namespace {

// The first range that ends after `pfn`.
auto FirstEndingAfter(const std::vector<PfnRange>& ranges, Pfn pfn) {
  return std::upper_bound(
      ranges.begin(), ranges.end(), pfn,
      [](Pfn value, const PfnRange& range) { return value < range.end; });
}

}  // namespace

void RangeSet::Add(PfnRange range) {
  if (range.empty()) return;
  std::vector<PfnRange> result;
  result.reserve(ranges_.size() + 1);
  for (const PfnRange& other : ranges_) {
    if (other.end < range.begin || range.end < other.begin) {
      result.push_back(other);
    } else {
      range.begin = std::min(range.begin, other.begin);
      range.end = std::max(range.end, other.end);
    }
  }
  result.insert(std::upper_bound(result.begin(), result.end(), range,
                                 [](const PfnRange& a, const PfnRange& b) {
                                   return a.begin < b.begin;
                                 }),
                range);
  ranges_ = std::move(result);
}

void RangeSet::Remove(PfnRange range) {
  if (range.empty()) return;
  std::vector<PfnRange> result;
  result.reserve(ranges_.size() + 1);
  for (const PfnRange& other : ranges_) {
    const PfnRange below{other.begin, std::min(other.end, range.begin)};
    const PfnRange above{std::max(other.begin, range.end), other.end};
    if (!below.empty()) result.push_back(below);
    if (!above.empty()) result.push_back(above);
  }
  ranges_ = std::move(result);
}

bool RangeSet::Contains(Pfn pfn) const {
  const auto it = FirstEndingAfter(ranges_, pfn);
  return it != ranges_.end() && it->begin <= pfn;
}

PfnRange RangeSet::FindFrom(Pfn pfn) const {
  const auto it = FirstEndingAfter(ranges_, pfn);
  if (it != ranges_.end()) return *it;
  const Pfn never(std::numeric_limits<uint64_t>::max());
  return {never, never};
}

std::vector<PfnRange> RangeSet::Gaps(PfnRange within) const {
  std::vector<PfnRange> gaps;
  Pfn at = within.begin;
  for (auto it = FirstEndingAfter(ranges_, at);
       it != ranges_.end() && it->begin < within.end; ++it) {
    if (at < it->begin) gaps.push_back({at, it->begin});
    at = it->end;
  }
  if (at < within.end) gaps.push_back({at, within.end});
  return gaps;
}

PageCount RangeSet::CountWithin(PfnRange within) const {
  PageCount count;
  for (auto it = FirstEndingAfter(ranges_, within.begin);
       it != ranges_.end() && it->begin < within.end; ++it) {
    count += PfnRange{std::max(it->begin, within.begin),
                      std::min(it->end, within.end)}
                 .size();
  }
  return count;
}

}  // namespace pagelab
