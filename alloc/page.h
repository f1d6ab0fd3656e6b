#ifndef PAGELAB_ALLOC_PAGE_H_
#define PAGELAB_ALLOC_PAGE_H_

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <cstdint>

#include "pagelab/alloc/memcg_word.h"
#include "pagelab/alloc/page_flags.h"
#include "pagelab/alloc/types.h"

namespace pagelab {

// What the block headed by a frame is. A frame that heads nothing is kNone:
// it lies inside a block, or nobody has touched it since boot (then the runs
// of physical memory know what it is).
enum class PageState : uint8_t {
  kNone = 0,
  kBuddy,      // on a free list of a zone
  kPcp,        // on a per-cpu list
  kAllocated,  // handed out
  kPrivate,    // taken off a free list, owned by nobody yet
  kGuard,      // put aside when a block was split (guard_page.h)
};

// What page tables say of an allocated block, in Page::pte. Kept by those who
// map: the allocator only passes it on when a block is split.
namespace page_pte {
// The accessed bit of a mapping, as the processor sets it. One for all of the
// block's mappings.
inline constexpr uint8_t kAccessed = 1u << 0;
// Mapped by who allocated the block.
inline constexpr uint8_t kMapped = 1u << 1;
// One more mapping; the bits from here on count those of others.
inline constexpr uint8_t kOtherMapping = 1u << 2;
inline constexpr uint8_t kMaxOtherMappings = 63;

constexpr bool IsMapped(uint8_t pte) { return pte >= kMapped; }
constexpr uint8_t OtherMappings(uint8_t pte) { return pte / kOtherMapping; }
}  // namespace page_pte

using PageLinkMode = boost::intrusive::link_mode<boost::intrusive::normal_link>;
using PageHook = boost::intrusive::list_base_hook<PageLinkMode>;

// The descriptor of one frame. 32 bytes, in an array indexed by pfn that
// starts out all zero; all zero is a valid descriptor.
//
//  P1  Only the head of a block has a state other than kNone.
//  P2  `order`, `zone`, `refcount`, `extra_blocks` mean something only where
//      the state is not kNone.
//  P3  A block that is neither kBuddy nor kAllocated has no extra_blocks: who
//      charges an allocated block uncharges it before it is freed.
//  P4  `pte` is 0 unless the state is kAllocated.
//
// Kernel counterpart: struct page.
struct Page : PageHook {
  PageFlags flags;
  uint32_t refcount;
  // For a kBuddy block of the largest order: how many more blocks of that
  // order, never touched, follow it in memory and, in that order, on its list.
  // For a kAllocated block: its MemcgWord, to be used through memcg().
  uint32_t extra_blocks;
  PageState state;
  uint8_t order_value;
  // Index of the zone in the machine: node * kMaxNrZones + zone index.
  uint8_t zone;
  // How user space maps the block: see page_pte.
  uint8_t pte;

  Order order() const { return Order(order_value); }

  // To whom an allocated block is charged.
  MemcgWord memcg() const {
    return state == PageState::kAllocated ? MemcgWord(extra_blocks)
                                          : MemcgWord();
  }
  // REQUIRES: the state is kAllocated.
  void set_memcg(MemcgWord word) { extra_blocks = word.value(); }
};
static_assert(sizeof(Page) == 32);

// Migration: the charge goes with the contents. Kernel counterpart:
// mem_cgroup_migrate().
inline void MoveMemcg(Page& from, Page& to) {
  to.set_memcg(from.memcg());
  from.set_memcg(MemcgWord());
}

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_PAGE_H_
