#include "pagelab/report/source/timeline.h"

namespace pagelab {
namespace {

constexpr std::array<std::string_view, kNrTimelineCounters> kNames = {
    "allocations",
    "pages_allocated",
    "frees",
    "pages_freed",
    "failures",
    "fallbacks",
    "steals",
    "pcp_refills",
    "pcp_drains",
    "allocstall",
    "pgscan",
    "pgsteal",
    "compact_stall",
    "compact_fail",
    "compact_success",
    "compact_migrate_scanned",
    "compact_free_scanned",
    "pgmigrate_success",
    "pgmigrate_fail",
    "oom_kill"};

}  // namespace

std::string_view ToString(TimelineCounter counter) {
  return kNames[static_cast<size_t>(counter)];
}

FreeBlockCounts TimelineSample::FreeOfAll() const {
  FreeBlockCounts sum;
  for (const FreeBlockCounts& zone : free) sum += zone;
  return sum;
}

std::vector<PageblockState> Timeline::PageblocksAt(size_t sample) const {
  std::vector<PageblockState> blocks(nr_pageblocks);
  for (size_t i = 0; i <= sample && i < changes.size(); ++i) {
    for (const PageblockChange& change : changes[i]) {
      blocks[change.block] = change.state;
    }
  }
  return blocks;
}

std::vector<PageblockChange> MergeChanges(
    absl::Span<const PageblockChange> first,
    absl::Span<const PageblockChange> second) {
  std::vector<PageblockChange> merged;
  merged.reserve(first.size() + second.size());
  size_t at = 0;
  for (const PageblockChange& change : second) {
    while (at < first.size() && first[at].block < change.block) {
      merged.push_back(first[at++]);
    }
    if (at < first.size() && first[at].block == change.block) ++at;
    merged.push_back(change);
  }
  merged.insert(merged.end(), first.begin() + static_cast<ptrdiff_t>(at),
                first.end());
  merged.shrink_to_fit();
  return merged;
}

}  // namespace pagelab
