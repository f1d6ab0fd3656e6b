#ifndef PAGELAB_WORKLOADS_KERNEL_SOURCE_PLACES_H_
#define PAGELAB_WORKLOADS_KERNEL_SOURCE_PLACES_H_

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"

namespace pagelab {

// Where a simulated kernel function is in the source.
struct SourcePlace {
  std::string_view function;
  std::string_view file;
  // Of the function. Lines of its calls follow by their offsets.
  uint32_t line = 0;
  std::string_view module = {};
};

// Files are those of Linux 6.12, but for modules that exist only here. Lines
// are made up; where a call's line in /proc/allocinfo was published, that of
// its function is such that it comes out.
absl::Span<const SourcePlace> KernelSourcePlaces();

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_KERNEL_SOURCE_PLACES_H_
