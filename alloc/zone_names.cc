#include <array>

#include "pagelab/alloc/zone.h"

namespace pagelab {

std::string_view ToString(ZoneType type) {
  static constexpr std::array<std::string_view, kMaxNrZones> kNames = {
      "DMA", "DMA32", "Normal", "Movable"};
  return kNames[Index(type)];
}

std::string_view ToString(ZoneLruStat stat) {
  static constexpr std::array<std::string_view, kNrZoneLruStats> kNames = {
      "nr_zone_inactive_anon",
      "nr_zone_active_anon",
      "nr_zone_inactive_file",
      "nr_zone_active_file",
      "nr_zone_unevictable",
      "nr_zone_write_pending",
      "nr_mlock",
      "nr_bounce"};
  return kNames[Index(stat)];
}

std::string_view ToString(NumaStat stat) {
  static constexpr std::array<std::string_view, kNrNumaStats> kNames = {
      "numa_hit",        "numa_miss",  "numa_foreign",
      "numa_interleave", "numa_local", "numa_other"};
  return kNames[static_cast<int>(stat)];
}

}  // namespace pagelab
