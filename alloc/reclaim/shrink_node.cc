#include "pagelab/alloc/reclaim/shrink_node.h"

#include <algorithm>

#include "pagelab/alloc/page_users.h"
#include "pagelab/alloc/pcp_tuning.h"
#include "pagelab/alloc/reclaim/node_balance.h"
#include "pagelab/alloc/reclaim/shrink_lists.h"
#include "pagelab/alloc/stat_totals.h"
#include "pagelab/alloc/watermark.h"

namespace pagelab {
namespace {

// The two lists of a side.
struct SideLists {
  LruList inactive;
  LruList active;
};
constexpr SideLists ListsOf(LruSide side) {
  return side == LruSide::kAnon
             ? SideLists{LruList::kInactiveAnon, LruList::kActiveAnon}
             : SideLists{LruList::kInactiveFile, LruList::kActiveFile};
}
constexpr size_t At(LruList list) { return static_cast<size_t>(Index(list)); }

uint64_t SumOf(const ListPages& pages, LruSide side) {
  const SideLists lists = ListsOf(side);
  return pages[At(lists.inactive)] + pages[At(lists.active)];
}

// Enough came back: the side with less left to scan is done, and of the other
// so much is left as makes both scanned in proportion to what was planned.
void ScaleDown(const ListPages& targets, ListPages& left) {
  const LruSide smaller =
      SumOf(left, LruSide::kFile) > SumOf(left, LruSide::kAnon)
          ? LruSide::kAnon
          : LruSide::kFile;
  const LruSide larger =
      smaller == LruSide::kAnon ? LruSide::kFile : LruSide::kAnon;
  const uint64_t percent_left =
      SumOf(left, smaller) * 100 / (SumOf(targets, smaller) + 1);
  const SideLists done = ListsOf(smaller);
  left[At(done.inactive)] = 0;
  left[At(done.active)] = 0;
  const SideLists rest = ListsOf(larger);
  for (const LruList list : {rest.inactive, rest.active}) {
    const uint64_t scanned = targets[At(list)] - left[At(list)];
    const uint64_t wanted = targets[At(list)] * (100 - percent_left) / 100;
    left[At(list)] = wanted - std::min(wanted, scanned);
  }
}

}  // namespace

RefaultMarks RefaultsOf(const Node& node) {
  return {
      node.stat[static_cast<size_t>(Index(NodeStat::kWorkingsetActivateAnon))],
      node.stat[static_cast<size_t>(Index(NodeStat::kWorkingsetActivateFile))]};
}

bool InReclaimCompaction(const ScanControl& control) {
  return control.may_io && control.order > Order(0) &&
         (control.order > kCostlyOrder || control.priority < kDefPriority - 2);
}

PageCount NodeShrinker::ListSize(const Node& node, LruList list,
                                 int reclaim_idx) const {
  uint64_t pages = 0;
  for (const Zone& zone : ZonesOf(state_, node)) {
    if (Index(zone.type) > reclaim_idx) continue;
    pages += StatOf(zone, static_cast<ZoneLruStat>(Index(list)));
  }
  return PageCount(pages);
}

bool NodeShrinker::CanSwap(const ScanControl& control) const {
  return control.may_swap && state_.users->Swap().free > PageCount(0);
}

// So little file memory, with so little free, that taking more of it would
// only thrash. Kernel counterpart: the end of prepare_scan_control().
bool NodeShrinker::FileIsTiny(const Node& node,
                              const ScanControl& control) const {
  int64_t high = 0;
  int64_t free = 0;
  for (const Zone& zone : ZonesOf(state_, node)) {
    if (zone.managed == PageCount(0)) continue;
    high += zone.WatermarkPages(Watermark::kHigh);
    free += static_cast<int64_t>(zone.StatPages(ZoneStat::kFreePages));
  }
  const auto file = static_cast<int64_t>(StatOf(node, NodeStat::kActiveFile) +
                                         StatOf(node, NodeStat::kInactiveFile));
  return file + free <= high &&
         !control.may_deactivate[Index(LruSide::kAnon)] &&
         StatOf(node, NodeStat::kInactiveAnon) >> control.priority != 0;
}

// Kernel counterpart: prepare_scan_control().
void NodeShrinker::Prepare(const Node& node, ScanControl& control) const {
  const RefaultMarks refaults = RefaultsOf(node);
  for (const LruSide side : {LruSide::kAnon, LruSide::kFile}) {
    const SideLists lists = ListsOf(side);
    control.may_deactivate[Index(side)] =
        control.force_deactivate ||
        refaults[Index(side)] != marks_[Index(side)] ||
        InactiveIsLow(ListSize(node, lists.inactive, kMaxNrZones),
                      ListSize(node, lists.active, kMaxNrZones));
  }
  control.cache_trim_mode =
      StatOf(node, NodeStat::kInactiveFile) >> control.priority != 0 &&
      !control.may_deactivate[Index(LruSide::kFile)] &&
      !control.no_cache_trim_mode;
  control.file_is_tiny = FileIsTiny(node, control);
}

// Kernel counterpart: shrink_lruvec().
void NodeShrinker::ShrinkLists(ExecutionContext& context, Node& node,
                               ScanControl& control) {
  ScanCountInputs inputs{.priority = control.priority,
                         .swappiness = state_.policy.swappiness,
                         .cost = node.lruvec.cost,
                         .can_swap = CanSwap(control),
                         .file_is_tiny = control.file_is_tiny,
                         .cache_trim_mode = control.cache_trim_mode};
  for (int i = 0; i < kNrEvictableLists; ++i) {
    inputs.sizes[static_cast<size_t>(i)] =
        ListSize(node, ListAt(i), control.reclaim_idx).value();
  }
  const ListPages targets = GetScanCount(inputs);
  ListPages left = targets;
  // A direct reclaim that has just begun keeps to the plan, so that its first
  // round does not empty one list alone.
  const bool proportional =
      control.scanner == Scanner::kDirect && control.priority == kDefPriority;
  ListShrinker shrinker(allocator_, context, node, control);
  uint64_t nr_reclaimed = 0;
  while (left[At(LruList::kInactiveAnon)] != 0 ||
         left[At(LruList::kActiveFile)] != 0 ||
         left[At(LruList::kInactiveFile)] != 0) {
    for (int i = 0; i < kNrEvictableLists; ++i) {
      uint64_t& rest = left[static_cast<size_t>(i)];
      if (rest == 0) continue;
      const PageCount batch(std::min(rest, kSwapClusterMax.value()));
      rest -= batch.value();
      const LruList list = ListAt(i);
      if (!IsActiveList(list)) {
        nr_reclaimed += shrinker.ShrinkInactive(list, batch).value();
      } else if (control.may_deactivate[IsFileList(list) ? 1 : 0]) {
        shrinker.ShrinkActive(list, batch);
      } else {
        control.skipped_deactivate = true;
      }
    }
    if (nr_reclaimed < control.nr_to_reclaim.value() || proportional) continue;
    if (SumOf(left, LruSide::kFile) == 0 || SumOf(left, LruSide::kAnon) == 0) {
      break;
    }
    ScaleDown(targets, left);
  }
  control.nr_reclaimed += nr_reclaimed;
  AgeAnon(context, node, control);
}

void NodeShrinker::AgeAnon(ExecutionContext& context, Node& node,
                           ScanControl& control) {
  if (state_.users->Swap().total == PageCount(0)) return;
  if (!InactiveIsLow(ListSize(node, LruList::kInactiveAnon, kMaxNrZones),
                     ListSize(node, LruList::kActiveAnon, kMaxNrZones))) {
    return;
  }
  ListShrinker(allocator_, context, node, control)
      .ShrinkActive(LruList::kActiveAnon, kSwapClusterMax);
}

// Kernel counterpart: should_continue_reclaim().
bool NodeShrinker::ShouldContinue(const Node& node, const ScanControl& control,
                                  uint64_t nr_reclaimed) const {
  if (!InReclaimCompaction(control) || nr_reclaimed == 0) return false;
  for (const Zone& zone : ZonesOf(state_, node)) {
    if (zone.managed == PageCount(0) ||
        Index(zone.type) > control.reclaim_idx) {
      continue;
    }
    const WatermarkQuery query{.order = control.order,
                               .mark = zone.WatermarkPages(Watermark::kMin),
                               .highest_zoneidx = control.reclaim_idx};
    if (WatermarkOk(
            state_.policy, zone, query,
            static_cast<int64_t>(zone.StatPages(ZoneStat::kFreePages)))) {
      return false;
    }
    if (compaction_.Suitable(zone, control.order, control.reclaim_idx,
                             AllocFlags()) != CompactResult::kSkipped) {
      return false;
    }
  }
  uint64_t inactive =
      ListSize(node, LruList::kInactiveFile, kMaxNrZones).value();
  if (CanSwap(control)) {
    inactive += ListSize(node, LruList::kInactiveAnon, kMaxNrZones).value();
  }
  return inactive > CompactGap(control.order);
}

void NodeShrinker::Shrink(ExecutionContext& context, Node& node,
                          ScanControl& control) {
  bool reclaimable = false;
  uint64_t nr_reclaimed = 0;
  do {
    const uint64_t before = control.nr_reclaimed;
    control.nr_immediate = 0;
    control.nr_writeback = 0;
    Prepare(node, control);
    ShrinkLists(context, node, control);
    control.nr_reclaimed +=
        state_.users->ShrinkSlab(context, node.id, control.priority).value();
    nr_reclaimed = control.nr_reclaimed - before;
    reclaimable = reclaimable || nr_reclaimed != 0;
  } while (ShouldContinue(node, control, nr_reclaimed));
  if (reclaimable) {
    node.kswapd.failures = 0;
  } else if (control.cache_trim_mode) {
    control.cache_trim_mode_failed = true;
  }
}

}  // namespace pagelab
