#ifndef PAGELAB_OWNER_DUMP_FRAME_SCAN_VARIANTS_H_
#define PAGELAB_OWNER_DUMP_FRAME_SCAN_VARIANTS_H_

#include <string_view>

#include "absl/types/span.h"

namespace pagelab {

// One implementation of frame_scan.h, for tests.
struct FrameScanVariant {
  std::string_view name;
  const char* (*end_of_frames)(const char* begin, const char* end);
  const char* (*end_of_empty_line)(const char* begin, const char* end);
};

// Those that run on this processor. The last one is used.
absl::Span<const FrameScanVariant> FrameScanVariants();

}  // namespace pagelab

#endif  // PAGELAB_OWNER_DUMP_FRAME_SCAN_VARIANTS_H_
