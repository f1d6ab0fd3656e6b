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
  // Those that touch it become one with it.
  const auto first = std::lower_bound(
      ranges_.begin(), ranges_.end(), range.begin,
      [](const PfnRange& other, Pfn begin) { return other.end < begin; });
  auto last = first;
  for (; last != ranges_.end() && last->begin <= range.end; ++last) {
    range = {std::min(range.begin, last->begin),
             std::max(range.end, last->end)};
  }
  ranges_.insert(ranges_.erase(first, last), range);
}

void RangeSet::Remove(PfnRange range) {
  if (range.empty()) return;
  const auto first = std::lower_bound(
      ranges_.begin(), ranges_.end(), range.begin,
      [](const PfnRange& other, Pfn begin) { return other.end <= begin; });
  auto last = first;
  std::vector<PfnRange> kept;
  for (; last != ranges_.end() && last->begin < range.end; ++last) {
    const PfnRange below{last->begin, range.begin};
    const PfnRange above{range.end, last->end};
    if (!below.empty()) kept.push_back(below);
    if (!above.empty()) kept.push_back(above);
  }
  ranges_.insert(ranges_.erase(first, last), kept.begin(), kept.end());
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
