#include "pagelab/workloads/shrink/ddmin.h"

#include <algorithm>
#include <numeric>

namespace pagelab {
namespace {

KeptItems WithoutChunk(const KeptItems& kept, size_t begin, size_t size) {
  KeptItems rest = kept;
  const auto first = rest.begin() + static_cast<ptrdiff_t>(begin);
  rest.erase(first, first + static_cast<ptrdiff_t>(
                                std::min(size, kept.size() - begin)));
  return rest;
}

}  // namespace

KeptItems MinimizeItems(size_t count,
                        const std::function<bool(const KeptItems&)>& shows) {
  KeptItems kept(count);
  std::iota(kept.begin(), kept.end(), size_t{0});
  size_t size = count;
  while (!kept.empty()) {
    bool smaller = false;
    // From the end: what comes late depends on what came before.
    for (size_t end = kept.size(); end > 0;) {
      const size_t begin = end > size ? end - size : 0;
      KeptItems rest = WithoutChunk(kept, begin, end - begin);
      if (shows(rest)) {
        kept = std::move(rest);
        smaller = true;
      }
      end = begin;
    }
    if (size == 1 && !smaller) break;
    if (size > 1) size = std::min((size + 1) / 2, kept.size());
    if (size == 0) break;
  }
  return kept;
}

uint64_t MinimizeNumber(uint64_t least, uint64_t most,
                        const std::function<bool(uint64_t)>& shows) {
  if (least >= most) return most;
  if (shows(least)) return least;
  // `least` is too little, `most` is enough.
  while (most - least > 1) {
    const uint64_t middle = least + (most - least) / 2;
    if (shows(middle)) {
      most = middle;
    } else {
      least = middle;
    }
  }
  return most;
}

}  // namespace pagelab
