#ifndef PAGELAB_ALLOC_RANGE_SET_H_
#define PAGELAB_ALLOC_RANGE_SET_H_

#include <vector>

#include "absl/types/span.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// A set of frames as sorted, disjoint, non-adjacent ranges. Cheap to query,
// linear to change: for boot-time sets of a few hundred ranges.
class RangeSet {
 public:
  void Add(PfnRange range);
  void Remove(PfnRange range);
  bool Contains(Pfn pfn) const;
  // The range that contains `pfn`, or the first one after it, or an empty
  // range at the end of time.
  PfnRange FindFrom(Pfn pfn) const;
  // The parts of `within` that are not in this set, ascending.
  std::vector<PfnRange> Gaps(PfnRange within) const;
  // How many frames of `within` are in the set.
  PageCount CountWithin(PfnRange within) const;
  absl::Span<const PfnRange> ranges() const { return ranges_; }
  bool empty() const { return ranges_.empty(); }

 private:
  std::vector<PfnRange> ranges_;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_RANGE_SET_H_
