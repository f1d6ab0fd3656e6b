#include "pagelab/alloc/migrate_reason.h"

#include <array>

#include "pagelab/base/check.h"

namespace pagelab {

std::string_view ToString(MigrateReason reason) {
  static constexpr std::array<std::string_view, kMigrateReasons> kNames = {
      "compaction",      "memory_failure",
      "memory_hotplug",  "syscall_or_cpuset",
      "mempolicy_mbind", "numa_misplaced",
      "contig_range",    "longterm_pin",
      "demotion",        "damon",
  };
  const auto index = static_cast<size_t>(reason);
  PAGELAB_CHECK_LT(index, kNames.size());
  return kNames[index];
}

}  // namespace pagelab
