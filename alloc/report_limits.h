#ifndef PAGELAB_ALLOC_REPORT_LIMITS_H_
#define PAGELAB_ALLOC_REPORT_LIMITS_H_

#include <cstdint>

#include "pagelab/alloc/types.h"

namespace pagelab {

// At most `burst` reports an interval, in simulated time; the others are
// counted. All zero is a fresh limit.
struct ReportLimit {
  Nanoseconds window_end;
  uint32_t shown = 0;
  uint64_t suppressed = 0;
};

// What keeps the simulated kernel's log readable (dump_page.h,
// alloc_failure.h).
struct ReportLimits {
  ReportLimit bad_page;
  ReportLimit alloc_failure;
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_REPORT_LIMITS_H_
