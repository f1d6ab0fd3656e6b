#ifndef PAGELAB_OWNER_SORT_SORT_PLAN_H_
#define PAGELAB_OWNER_SORT_SORT_PLAN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace pagelab {

// Whose page_owner_sort (page-owner-sort.md 9): a kernel release stands for
// all that came with the same tool.
enum class SortGeneration : uint8_t {
  // 3.19 to 5.15.
  kLinux319,
  // 5.16 and 5.17.
  kLinux517,
  // 5.18 to 6.6.
  kLinux63,
  // 6.7 to 6.12.
  kLinux612,
  // What the documentation of all of them promises.
  kPagelab,
};

enum class SortBy : uint8_t {
  kTimes,
  kPages,
  kPid,
  kTgid,
  kName,
  kStack,
  kText,
  kAllocTs,
  kFreeTs,
  kAllocator,
};

struct SortKey {
  SortBy by;
  bool descending = false;

  friend bool operator==(const SortKey&, const SortKey&) = default;
};

// What blocks must have in common to be one group; nothing chosen: all of
// their text.
struct CullKeys {
  bool stack = false;
  bool pid = false;
  bool tgid = false;
  bool name = false;
  bool free = false;
  bool allocator = false;

  bool any() const { return stack || pid || tgid || name || free || allocator; }
  friend bool operator==(const CullKeys&, const CullKeys&) = default;
};

// Only blocks with one of these values; all without a list.
struct SortFilters {
  std::optional<std::vector<int32_t>> pids;
  std::optional<std::vector<int32_t>> tgids;
  std::optional<std::vector<std::string>> names;
  // Drops blocks whose memory has been released.
  bool in_use_only = false;

  bool TakesPid(int32_t pid) const;
  bool TakesTgid(int32_t tgid) const;
  bool TakesName(std::string_view name) const;
};

// What to do with a dump's blocks.
struct SortPlan {
  SortGeneration generation = SortGeneration::kPagelab;
  // The first dominates. Empty: in the order of the cull keys.
  std::vector<SortKey> order;
  CullKeys cull;
  SortFilters filters;

  bool sorts_by(SortBy by) const;
  // Whether times stay in the text of a block, so that blocks that differ in
  // nothing else stay apart.
  bool keeps_ts() const;
  bool keeps_free_ts() const;
  // Whether groups are shown with all of their text: 5.17 does that even if
  // they were culled.
  bool shows_text() const {
    return !cull.any() || generation == SortGeneration::kLinux517;
  }
  // What must be known of a block.
  bool needs_text() const { return shows_text() || sorts_by(SortBy::kText); }
  bool needs_stack() const {
    return needs_text() || cull.stack || sorts_by(SortBy::kStack);
  }
  bool needs_name() const {
    return cull.name || filters.names.has_value() || sorts_by(SortBy::kName);
  }
  bool needs_allocator() const {
    return !cull.any() || cull.allocator || sorts_by(SortBy::kAllocator);
  }
};

}  // namespace pagelab

#endif  // PAGELAB_OWNER_SORT_SORT_PLAN_H_
