#include "pagelab/alloc/migratetype.h"

#include <array>

namespace pagelab {

std::string_view ToString(Migratetype type) {
  static constexpr std::array<std::string_view, kMigrateTypes> kNames = {
      "Unmovable", "Movable", "Reclaimable", "HighAtomic", "CMA", "Isolate"};
  return kNames[Index(type)];
}

}  // namespace pagelab
