#include "pagelab/alloc/lru.h"

#include "pagelab/alloc/allocator_state.h"

namespace pagelab {
namespace {

void CountLru(AllocatorState& state, const Page& folio, int64_t pages) {
  const int list = Index(LruListOf(folio.flags));
  Zone& zone = state.ZoneOf(folio);
  // Both sets of counters begin with the five lists, in the same order.
  static_assert(Index(NodeStat::kUnevictable) == Index(LruList::kUnevictable));
  static_assert(Index(ZoneLruStat::kUnevictable) ==
                Index(LruList::kUnevictable));
  zone.lru_stat[static_cast<size_t>(list)] += pages;
  state.nodes[zone.node.value()].stat[static_cast<size_t>(list)] += pages;
}

PageList& ListOf(AllocatorState& state, const Page& folio) {
  Node& node = state.nodes[state.ZoneOf(folio).node.value()];
  return node.lruvec.lists[static_cast<size_t>(Index(LruListOf(folio.flags)))];
}

}  // namespace

void AddToLru(AllocatorState& state, Page& folio, PageCount pages, LruEnd end) {
  folio.flags = folio.flags.With(page_flag::kLru);
  PageList& list = ListOf(state, folio);
  if (end == LruEnd::kHead) {
    list.push_front(folio);
  } else {
    list.push_back(folio);
  }
  CountLru(state, folio, static_cast<int64_t>(pages.value()));
}

void RemoveFromLru(AllocatorState& state, Page& folio, PageCount pages) {
  PageList& list = ListOf(state, folio);
  list.erase(list.iterator_to(folio));
  CountLru(state, folio, -static_cast<int64_t>(pages.value()));
  folio.flags = folio.flags.Without(page_flag::kLru);
}

}  // namespace pagelab
