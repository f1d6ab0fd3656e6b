#include "pagelab/bench/object_sizes.h"

namespace pagelab {

absl::Span<const ObjectSizes> MeasuredObjectSizes() {
  static constexpr ObjectSizes kSizes[] = {
#include PAGELAB_OBJECT_SIZES_FILE
  };
  return kSizes;
}

}  // namespace pagelab
