#ifndef PAGELAB_PAGEEXT_USER_PAGE_H_
#define PAGELAB_PAGEEXT_USER_PAGE_H_

#include "pagelab/alloc/page.h"
#include "pagelab/alloc/page_flags.h"

namespace pagelab {

// The head of an allocated block that is on an LRU list and that somebody
// holds: memory of user space.
inline bool IsUserPage(const Page& page) {
  return page.state == PageState::kAllocated &&
         page.flags.Has(page_flag::kLru) && page.refcount > 0;
}

// Of a page on an LRU list: anonymous memory rather than a file's. Told by the
// flags that the recorded pages had: a page of tmpfs is swapbacked and dirty.
// Differs from Linux: there the mapping says so. Kernel counterpart:
// folio_test_anon().
inline bool IsAnonymous(PageFlags flags) {
  return flags.Has(page_flag::kSwapbacked) && !flags.Has(page_flag::kDirty);
}

}  // namespace pagelab

#endif  // PAGELAB_PAGEEXT_USER_PAGE_H_
