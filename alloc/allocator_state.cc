#include "pagelab/alloc/allocator_state.h"

namespace pagelab {

Zone* AllocatorState::FindZone(Pfn pfn) const {
  if (section_zone != nullptr && pfn < memory->end_pfn()) {
    const uint8_t id = section_zone[memory->SectionOf(pfn)];
    if (id != 0) return &zones[id - 1];
  }
  for (Zone& zone : all_zones()) {
    if (zone.populated() && zone.span.Contains(pfn)) return &zone;
  }
  return nullptr;
}

}  // namespace pagelab
