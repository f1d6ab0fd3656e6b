#ifndef PAGELAB_WORKLOADS_EXACT_REPLAY_COUNTS_H_
#define PAGELAB_WORKLOADS_EXACT_REPLAY_COUNTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pagelab {

// What the replay recognised in the recording and applied, because the events
// of the allocator alone do not show it (page-allocator.md 25.3 to 25.8).
enum class Applied : uint8_t {
  kDecayTicks,
  kInferredTicks,
  kFullDrains,
  kUnannouncedDrains,
  kExpiredDrains,
  kKswapdPasses,
  kKswapdFlagFlips,
  kDirectReclaims,
  kUnreserves,
  kForcedUnreserves,
  kOomVictims,
  kIsolatedBlocks,
  kRotations,
  kPutbacks,
  kCompactorFrees,
  kCapturedBlocks,
  kContigRanges,
  kClaimsByRecording,
  kExactTails,
  kBulkRefills,
  kBulkPages,
  kLockHeldCertain,
  kLockHeldLikely,
  kLockHeldVisible,
  kPopBeforeInterrupt,
  kNestedOuterFirst,
  kNestedInFree,
  kRescheduled,
  kOtherCpu,
  kOtherNode,
  kAssumedReserves,
  kBootLimits,
};
inline constexpr size_t kNrApplied =
    static_cast<size_t>(Applied::kBootLimits) + 1;
// "decay ticks", in words for a report; "decay_ticks" for machines.
std::string_view ToString(Applied applied);
std::string_view KeyOf(Applied applied);

struct ReplayCounts {
  // Recorded allocations that gave a page, and those that came out exact.
  uint64_t allocations = 0;
  uint64_t exact = 0;
  // Recorded as failed; and the simulated one failed too.
  uint64_t failed_allocations = 0;
  uint64_t failed_alike = 0;
  // Failed ones inside reclaim: the moment of the attempt is not recorded.
  uint64_t failed_unknown = 0;
  uint64_t frees = 0;
  // Refills, fallbacks and drains that were predicted, one by one.
  uint64_t checks = 0;
  uint64_t divergences = 0;
  std::array<uint64_t, kNrApplied> applied{};

  void Note(Applied what, uint64_t times = 1) {
    applied[static_cast<size_t>(what)] += times;
  }
  uint64_t count(Applied what) const {
    return applied[static_cast<size_t>(what)];
  }
};

}  // namespace pagelab

#endif  // PAGELAB_WORKLOADS_EXACT_REPLAY_COUNTS_H_
