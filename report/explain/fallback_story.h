#ifndef PAGELAB_REPORT_EXPLAIN_FALLBACK_STORY_H_
#define PAGELAB_REPORT_EXPLAIN_FALLBACK_STORY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pagelab/alloc/allocator_state.h"
#include "pagelab/alloc/tracepoints.h"
#include "pagelab/report/explain/explanation.h"

namespace pagelab {

// How a request came to a block of another migratetype: what
// mm_page_alloc_extfrag means, from the state right after it
// (page-allocator.md 10).

// What a pageblock held when it was asked whether it may be claimed.
struct ClaimCount {
  Pfn pageblock;
  int64_t pages = 0;
  int64_t free = 0;
  int64_t movable = 0;
  // Of `other` or `movable`: those that count as compatible.
  int64_t alike = 0;
  // Only a pageblock that lies in the zone as a whole may change its type.
  bool is_whole = true;

  int64_t other() const { return pages - free - movable; }
  int64_t threshold() const { return pages / 2; }
  bool is_enough() const { return is_whole && free + alike >= threshold(); }
};

// A block of another type that was looked at first, and not taken.
struct PassedOver {
  ListedBlock block;
  ClaimCount count;
};

struct FallbackStory {
  enum class Kind : uint8_t {
    kClaimedBlock,      // of a pageblock or more: it changed its type
    kClaimedPageblock,  // the pageblock around it changed its type
    kStolen,            // only the block
  };
  Kind kind = Kind::kStolen;
  MmPageAllocExtfrag event;
  std::vector<PassedOver> passed_over;
  // Of the pageblock of the block that was taken, before; not for kClaimedBlock
  // and not where the type of request forbids claiming.
  std::optional<ClaimCount> count;
  // An earlier block of the same refill was stolen, so this one was at once.
  bool goes_on_stealing = false;
  bool is_early_policy = false;
};

// `claim_moved_blocks`: a mm_page_alloc_zone_locked of the same frame came just
// before. `stole_before`: see goes_on_stealing.
FallbackStory StoryOf(const AllocatorState& state, const Zone& zone,
                      const MmPageAllocExtfrag& event, bool claim_moved_blocks,
                      bool stole_before);

// Whole: which types were tried, what was passed over, what was taken, what
// became of the pageblock.
std::vector<Sentence> FallbackSentences(const AllocatorState& state,
                                        const Zone& zone,
                                        const FallbackStory& story);
// "Movable takes from Unmovable, order 4 at 0x40: the pageblock is claimed (13
// free + 0 alike >= 8)".
std::string FallbackLine(const FallbackStory& story);

}  // namespace pagelab

#endif  // PAGELAB_REPORT_EXPLAIN_FALLBACK_STORY_H_
