#ifndef PAGELAB_ALLOC_PAGE_LIST_H_
#define PAGELAB_ALLOC_PAGE_LIST_H_

#include <boost/intrusive/list.hpp>

#include "pagelab/alloc/page.h"

namespace pagelab {

// Blocks that are on no free list: an LRU list, what reclaim or compaction took
// aside. Counts nothing. Links are raw pointers into the machine's arena, as
// those of free lists.
using PageList =
    boost::intrusive::list<Page, boost::intrusive::base_hook<PageHook>,
                           boost::intrusive::constant_time_size<false>>;

}  // namespace pagelab

#endif  // PAGELAB_ALLOC_PAGE_LIST_H_
