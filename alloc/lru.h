#ifndef PAGELAB_ALLOC_LRU_H_
#define PAGELAB_ALLOC_LRU_H_

#include <array>
#include <cstdint>

#include "pagelab/alloc/page_flags.h"
#include "pagelab/alloc/page_list.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

struct AllocatorState;

// The lists on which user memory waits to be reclaimed, oldest at the tail.
// Kernel counterpart: enum lru_list.
enum class LruList : uint8_t {
  kInactiveAnon = 0,
  kActiveAnon,
  kInactiveFile,
  kActiveFile,
  kUnevictable
};
inline constexpr int kNrLruLists = 5;
constexpr int Index(LruList list) { return static_cast<int>(list); }

// The LRU lists of a node.
//
//  U1  A block is on one of them exactly if its head has kLru; then it is
//      kAllocated, and on the list that LruListOf() names.
//  U2  The nr_inactive_anon to nr_unevictable of the node and the nr_zone_*
//      of its zones count the pages on them.
//
// Kernel counterpart: struct lruvec, one for each node: memory cgroups have
// none of their own here.
struct Lruvec {
  std::array<PageList, kNrLruLists> lists;
  // What reclaim paid lately on either side, anonymous and files.
  std::array<int64_t, 2> cost{};
};

// Anonymous memory and tmpfs are swapbacked, files are not.
constexpr bool IsFileLru(PageFlags flags) {
  return !flags.Has(page_flag::kSwapbacked);
}

// The list that the flags of a block name.
constexpr LruList LruListOf(PageFlags flags) {
  if (flags.Has(page_flag::kUnevictable)) return LruList::kUnevictable;
  const int base = IsFileLru(flags) ? Index(LruList::kInactiveFile)
                                    : Index(LruList::kInactiveAnon);
  return static_cast<LruList>(base + (flags.Has(page_flag::kActive) ? 1 : 0));
}

enum class LruEnd : uint8_t { kHead, kTail };

// Puts `pages` frames, headed by an allocated block, on its list, and counts
// them; `folio` gets kLru. REQUIRES: it is on no list.
void AddToLru(AllocatorState& state, Page& folio, PageCount pages,
              LruEnd end = LruEnd::kHead);
// Takes it off, without kLru then. REQUIRES: it is on its list.
void RemoveFromLru(AllocatorState& state, Page& folio, PageCount pages);

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_LRU_H_
