#ifndef PAGELAB_ALLOC_VM_EVENT_H_
#define PAGELAB_ALLOC_VM_EVENT_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "pagelab/alloc/zone.h"

namespace pagelab {

// Event counters of /proc/vmstat that are one number each, in the order of the
// recorded build (text-formats.md 9); between the first four and the others
// stand those of VmEvents. Kernel counterpart: enum vm_event_item.
enum class VmEvent : uint8_t {
  kPgpgin,
  kPgpgout,
  kPswpin,
  kPswpout,
  kPgactivate,
  kPgdeactivate,
  kPglazyfree,
  kPgfault,
  kPgmajfault,
  kPglazyfreed,
  kPgrefill,
  kPgreuse,
  kPgstealKswapd,
  kPgstealDirect,
  kPgstealKhugepaged,
  kPgscanKswapd,
  kPgscanDirect,
  kPgscanKhugepaged,
  kPgscanDirectThrottle,
  kPgscanAnon,
  kPgscanFile,
  kPgstealAnon,
  kPgstealFile,
  kZoneReclaimSuccess,
  kZoneReclaimFailed,
  kPginodesteal,
  kSlabsScanned,
  kKswapdInodesteal,
  kKswapdLowWmarkHitQuickly,
  kKswapdHighWmarkHitQuickly,
  kPageoutrun,
  kPgrotated,
  kDropPagecache,
  kDropSlab,
  kOomKill,
  kNumaPteUpdates,
  kNumaHugePteUpdates,
  kNumaHintFaults,
  kNumaHintFaultsLocal,
  kNumaPagesMigrated,
  kPgmigrateSuccess,
  kPgmigrateFail,
  kThpMigrationSuccess,
  kThpMigrationFail,
  kThpMigrationSplit,
  kCompactMigrateScanned,
  kCompactFreeScanned,
  kCompactIsolated,
  kCompactStall,
  kCompactFail,
  kCompactSuccess,
  kCompactDaemonWake,
  kCompactDaemonMigrateScanned,
  kCompactDaemonFreeScanned,
  kHtlbBuddyAllocSuccess,
  kHtlbBuddyAllocFail,
  kCmaAllocSuccess,
  kCmaAllocFail,
  kUnevictablePgsCulled,
  kUnevictablePgsScanned,
  kUnevictablePgsRescued,
  kUnevictablePgsMlocked,
  kUnevictablePgsMunlocked,
  kUnevictablePgsCleared,
  kUnevictablePgsStranded,
  kThpFaultAlloc,
  kThpFaultFallback,
  kThpFaultFallbackCharge,
  kThpCollapseAlloc,
  kThpCollapseAllocFailed,
  kThpFileAlloc,
  kThpFileFallback,
  kThpFileFallbackCharge,
  kThpFileMapped,
  kThpSplitPage,
  kThpSplitPageFailed,
  kThpDeferredSplitPage,
  kThpUnderusedSplitPage,
  kThpSplitPmd,
  kThpScanExceedNonePte,
  kThpScanExceedSwapPte,
  kThpScanExceedSharePte,
  kThpSplitPud,
  kThpZeroPageAlloc,
  kThpZeroPageAllocFailed,
  kThpSwpout,
  kThpSwpoutFallback,
  kSwapRa,
  kSwapRaHit,
  kSwpinZero,
  kSwpoutZero,
  kDirectMapLevel2Splits,
  kDirectMapLevel3Splits,
  kNrUnstable,
};
inline constexpr int kNrVmEvents = 94;
constexpr int Index(VmEvent event) { return static_cast<int>(event); }
// "pgpgin", ...
std::string_view ToString(VmEvent event);

// The event counters of /proc/vmstat (text-formats.md 9), in base pages where
// the name says pages. The allocator keeps `pgalloc`, `pgfree`; reclaim,
// compaction and those who use memory keep the others.
struct VmEvents {
  std::array<uint64_t, kMaxNrZones> pgalloc{};
  std::array<uint64_t, kMaxNrZones> allocstall{};
  uint64_t pgfree = 0;
  std::array<uint64_t, kNrVmEvents> counts{};

  void Count(VmEvent event, uint64_t by = 1) {
    counts[static_cast<size_t>(Index(event))] += by;
  }
  uint64_t count(VmEvent event) const {
    return counts[static_cast<size_t>(Index(event))];
  }
};

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_VM_EVENT_H_
