#include <array>

#include "pagelab/alloc/zone.h"

namespace pagelab {

std::string_view ToString(ZoneType type) {
  static constexpr std::array<std::string_view, kMaxNrZones> kNames = {
      "DMA", "DMA32", "Normal", "Movable"};
  return kNames[Index(type)];
}

}  // namespace pagelab
