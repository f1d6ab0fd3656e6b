#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include <algorithm>
#include <limits>

#include "pagelab/stackdepot/unwinder.h"

namespace pagelab {
namespace {

class LibunwindCapture final : public Unwinder {
 public:
  size_t Capture(absl::Span<uintptr_t> out) const override {
    static_assert(sizeof(uintptr_t) == sizeof(void*));
    const size_t size =
        std::min<size_t>(out.size(), std::numeric_limits<int>::max());
    // Stepping through a cursor is seventy times slower
    // (anchors/performance.md 2).
    const int captured = unw_backtrace(reinterpret_cast<void**>(out.data()),
                                       static_cast<int>(size));
    return captured < 0 ? 0 : static_cast<size_t>(captured);
  }
};

}  // namespace

const Unwinder& LibunwindUnwinder() {
  static const LibunwindCapture unwinder;
  return unwinder;
}

}  // namespace pagelab
