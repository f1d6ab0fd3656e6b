#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

Zone* AllocatorState::FindZone(Pfn pfn) const {
  for (Zone& zone : all_zones()) {
    if (zone.populated() && zone.span.Contains(pfn)) return &zone;
  }
  return nullptr;
}

}  // namespace pagelab
