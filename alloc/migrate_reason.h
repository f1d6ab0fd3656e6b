#ifndef PAGELAB_ALLOC_MIGRATE_REASON_H_
#define PAGELAB_ALLOC_MIGRATE_REASON_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace pagelab {

// Why a page was moved (page-ext-owner-depot.md 4.4).
enum class MigrateReason : int16_t {
  kNone = -1,
  kCompaction = 0,
  kMemoryFailure,
  kMemoryHotplug,
  kSyscallOrCpuset,
  kMempolicyMbind,
  kNumaMisplaced,
  kContigRange,
  kLongtermPin,
  kDemotion,
  kDamon,
};
inline constexpr int kMigrateReasons = 10;

// In the order of MigrateReason, as 6.12 prints them.
inline constexpr std::array<std::string_view, kMigrateReasons>
    kMigrateReasonNames = {
        "compaction",      "memory_failure",
        "memory_hotplug",  "syscall_or_cpuset",
        "mempolicy_mbind", "numa_misplaced",
        "contig_range",    "longterm_pin",
        "demotion",        "damon",
};

// "compaction", "memory_failure", ... REQUIRES: reason is not kNone.
std::string_view ToString(MigrateReason reason);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_MIGRATE_REASON_H_
