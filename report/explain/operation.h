#ifndef PAGELAB_REPORT_EXPLAIN_OPERATION_H_
#define PAGELAB_REPORT_EXPLAIN_OPERATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pagelab/alloc/vm_event.h"
#include "pagelab/report/explain/fallback_story.h"
#include "pagelab/report/explain/glimpse.h"

namespace pagelab {

// A block that left the free lists: one mm_page_alloc_zone_locked, one
// mm_page_alloc_extfrag, or both of one claim.
struct Take {
  uint64_t first_event = 0;
  uint64_t last_event = 0;
  ListedBlock block;
  BlockSplit split;
  std::optional<FallbackStory> fallback;
};

// An allocation while it goes on: what left the free lists for it so far.
struct OpenAllocation {
  std::vector<Take> takes;
  // Before its first event; not taken where it had none.
  Glimpse before;
  // What happened just before it is not in `before` entirely.
  bool before_is_vague = false;

  void Clear() {
    takes.clear();
    before_is_vague = false;
  }
};

// What the kernel's counters say that a request went through.
struct SlowPathTrail {
  uint64_t direct_reclaims = 0;
  uint64_t scanned = 0;
  uint64_t reclaimed = 0;
  uint64_t compactions = 0;
  uint64_t compactions_served = 0;
  uint64_t kills = 0;

  static SlowPathTrail Between(const VmEvents& before, const VmEvents& after);
  bool is_empty() const {
    return direct_reclaims == 0 && compactions == 0 && kills == 0;
  }
};

// How a block came onto the per-cpu list where a request found it.
struct PcpOrigin {
  enum class Kind : uint8_t { kFreed, kRefilled };
  Kind kind = Kind::kFreed;
  uint64_t event = 0;
  // Who freed it, or for whom it was refilled.
  std::string comm;
};

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_OPERATION_H_
