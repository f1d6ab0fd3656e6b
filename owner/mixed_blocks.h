#ifndef PAGELAB_OWNER_MIXED_BLOCKS_H_
#define PAGELAB_OWNER_MIXED_BLOCKS_H_

#include <array>
#include <cstdint>

#include "pagelab/alloc/migratetype.h"
#include "pagelab/alloc/zone.h"
#include "pagelab/owner/page_owner.h"

namespace pagelab {

// By migratetype of the pageblock, how many pageblocks of the zone hold a page
// that was asked for as another type: the last part of /proc/pagetypeinfo
// (page-ext-owner-depot.md 9). The kernel drains the per-cpu lists before;
// that is for the caller to do.
// Kernel counterpart: pagetypeinfo_showmixedcount_print().
std::array<uint64_t, kMigrateTypes> CountMixedBlocks(const PageOwner& owner,
                                                     const Zone& zone);

}  // namespace pagelab

#endif  // PAGELAB_OWNER_MIXED_BLOCKS_H_
