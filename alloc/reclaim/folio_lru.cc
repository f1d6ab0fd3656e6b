#include "pagelab/alloc/reclaim/folio_lru.h"

#include <algorithm>

#include "pagelab/alloc/lru.h"
#include "pagelab/alloc/page_users.h"
#include "pagelab/alloc/stat_totals.h"

namespace pagelab {
namespace {

PageCount PagesOf(const Page& folio) {
  return PageCount(folio.order().pages());
}

void MoveToList(AllocatorState& state, Page& folio, PageFlags flags,
                LruEnd end) {
  const PageCount pages = PagesOf(folio);
  RemoveFromLru(state, folio, pages);
  folio.flags = flags.Without(page_flag::kLru);
  AddToLru(state, folio, pages, end);
}

}  // namespace

void FolioRotateReclaimable(AllocatorState& state, Page& folio) {
  const bool wanted = folio.flags.Has(page_flag::kReclaim);
  folio.flags =
      folio.flags.Without(page_flag::kWriteback).Without(page_flag::kReclaim);
  if (!wanted || !folio.flags.Has(page_flag::kLru) ||
      folio.flags.Has(page_flag::kUnevictable) ||
      folio.flags.Has(page_flag::kDirty)) {
    return;
  }
  MoveToList(state, folio, folio.flags.Without(page_flag::kActive),
             LruEnd::kTail);
  state.events.Count(VmEvent::kPgrotated, PagesOf(folio).value());
}

void FolioMarkAccessed(AllocatorState& state, Page& folio) {
  if (!folio.flags.Has(page_flag::kReferenced)) {
    folio.flags = folio.flags.With(page_flag::kReferenced);
    return;
  }
  if (folio.flags.Has(page_flag::kUnevictable) ||
      folio.flags.Has(page_flag::kActive) ||
      !folio.flags.Has(page_flag::kLru)) {
    return;
  }
  MoveToList(
      state, folio,
      folio.flags.With(page_flag::kActive).Without(page_flag::kReferenced),
      LruEnd::kHead);
  state.events.Count(VmEvent::kPgactivate, PagesOf(folio).value());
}

void LruNoteCost(Node& node, const LruCost& cost) {
  // A page of I/O weighs as much as a batch of pages looked at.
  const uint64_t total = cost.nr_io * kSwapClusterMax.value() + cost.nr_rotated;
  if (total == 0) return;
  std::array<int64_t, 2>& costs = node.lruvec.cost;
  costs[Index(cost.side)] += static_cast<int64_t>(total);
  // Old costs fade as memory is gone through.
  const auto pages =
      static_cast<int64_t>(StatOf(node, NodeStat::kInactiveAnon) +
                           StatOf(node, NodeStat::kActiveAnon) +
                           StatOf(node, NodeStat::kInactiveFile) +
                           StatOf(node, NodeStat::kActiveFile));
  if (costs[0] + costs[1] > pages / 4) {
    for (int64_t& side : costs) side /= 2;
  }
}

PageCount ZoneReclaimablePages(const AllocatorState& state, const Zone& zone) {
  uint64_t pages = StatOf(zone, ZoneLruStat::kInactiveFile) +
                   StatOf(zone, ZoneLruStat::kActiveFile);
  if (state.users != nullptr && state.users->Swap().free > PageCount(0)) {
    pages += StatOf(zone, ZoneLruStat::kInactiveAnon) +
             StatOf(zone, ZoneLruStat::kActiveAnon);
  }
  return PageCount(pages != 0 ? pages : zone.StatPages(ZoneStat::kFreePages));
}

}  // namespace pagelab
