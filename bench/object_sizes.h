#ifndef PAGELAB_BENCH_OBJECT_SIZES_H_
#define PAGELAB_BENCH_OBJECT_SIZES_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/types/span.h"

namespace pagelab {

// How large a part of this very build is, in bytes: as size(1) prints it, so
// that text has constants and unwind tables in it.
struct ObjectSizes {
  std::string_view object;
  uint64_t text = 0;
  uint64_t data = 0;
  uint64_t bss = 0;
  // Of data: where the tests of static keys are.
  uint64_t jump_table = 0;
  // Code of the hot path alone, and the functions it consists of (those in
  // hot_functions.txt that are not inlined), separated by blanks.
  std::optional<uint64_t> hot_text;
  std::string_view hot_functions;
};

// Measured by the build (object_sizes.sh).
absl::Span<const ObjectSizes> MeasuredObjectSizes();

}  // namespace pagelab

#endif  // PAGELAB_BENCH_OBJECT_SIZES_H_
